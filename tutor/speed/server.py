"""The service as it is, with one more address: a view that only reads a row, to measure the others by."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
settings.ROOT_URLCONF = "tutor.speed.urls"
application = get_wsgi_application()
