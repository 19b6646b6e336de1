"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from mastery.outcome_views import EdgeOutcomeViewSet
from mastery.research_views import DictionaryView, StudiedClassesView, record_urls
from mastery.views import BeliefViewSet, EnrolmentViewSet, MasteryEventViewSet, ParametersView

router = SimpleRouter(trailing_slash=False)
router.register("enrolments", EnrolmentViewSet, basename="enrolment")
router.register("mastery-events", MasteryEventViewSet, basename="mastery-event")
router.register("beliefs", BeliefViewSet, basename="belief")
router.register("edge-outcomes", EdgeOutcomeViewSet, basename="edge-outcome")

api_urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("mastery-parameters", ParametersView.as_view(), name="mastery-parameters"),
    path("research/dictionary", DictionaryView.as_view(), name="research-dictionary"),
    path("research/classes", StudiedClassesView.as_view(), name="research-classes"),
    *record_urls(),
]
page_urlpatterns: list[URLPattern | URLResolver] = []
