"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from tutor import map_pages, pages
from tutor.map_views import MapView, NextView
from tutor.views import AttemptViewSet, LessonViewSet

router = SimpleRouter(trailing_slash=False)
router.register("lessons", LessonViewSet, basename="lesson")
router.register("attempts", AttemptViewSet, basename="attempt")

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("enrolments/<uuid:pk>/map", MapView.as_view(), name="enrolment-map"),
    path("enrolments/<uuid:pk>/next", NextView.as_view(), name="enrolment-next"),
    *router.urls,
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("subjects/<slug:key>/map/", map_pages.show_map, name="concept-map"),
    path("subjects/<slug:key>/map/<uuid:pk>/", map_pages.show_learner_map, name="learner-map"),
    path("subjects/<slug:key>/map/start/", map_pages.start, name="concept-map-start"),
    path("subjects/<slug:key>/map/goals/", map_pages.change_goals, name="concept-map-goals"),
    path("subjects/<slug:key>/study/<slug:concept_key>/", pages.study, name="study"),
    path("lessons/wait/<uuid:pk>/", pages.wait_for_lesson, name="lesson-wait"),
    path("lessons/<uuid:pk>/", pages.lesson, name="lesson"),
    path("lessons/<uuid:pk>/differently/", pages.differently, name="lesson-differently"),
    path("lessons/<uuid:pk>/answer/", pages.answer, name="lesson-answer"),
    path("attempts/<uuid:pk>/", pages.attempt, name="attempt"),
]
