"""The service as it is, with one more address: a view that only reads a row, to measure the others by."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application


def make_application() -> WSGIHandler:
    """Return what gunicorn serves; a function, so that importing this changes no setting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    settings.ROOT_URLCONF = "tutor.speed.urls"
    return get_wsgi_application()
