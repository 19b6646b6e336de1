"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tutor import map_pages
from tutor.map_views import MapView, NextView

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("enrolments/<uuid:pk>/map", MapView.as_view(), name="enrolment-map"),
    path("enrolments/<uuid:pk>/next", NextView.as_view(), name="enrolment-next"),
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("subjects/<slug:key>/map/", map_pages.show_map, name="concept-map"),
    path("subjects/<slug:key>/map/<uuid:pk>/", map_pages.show_learner_map, name="learner-map"),
    path("subjects/<slug:key>/map/start/", map_pages.start, name="concept-map-start"),
    path("subjects/<slug:key>/map/goals/", map_pages.change_goals, name="concept-map-goals"),
]
