"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from jobs import pages
from jobs.views import JobViewSet

router = SimpleRouter(trailing_slash=False)
router.register("jobs", JobViewSet, basename="job")

api_urlpatterns: list[URLPattern | URLResolver] = list(router.urls)
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("jobs/<uuid:pk>/progress/", pages.progress, name="job-progress"),
    path("jobs/<uuid:pk>/retry/", pages.retry, name="job-retry"),
]
