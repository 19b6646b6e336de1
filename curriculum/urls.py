"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curriculum import pages
from curriculum.views import LearningPathView

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("enrolments/<uuid:pk>/path", LearningPathView.as_view(), name="enrolment-path"),
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("subjects/<slug:key>/path/", pages.learning_path, name="learning-path"),
]
