"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from mastery import research_pages
from mastery.experiment_views import CalibrationView, ExperimentViewSet
from mastery.forgetting_views import ForgetMeView
from mastery.outcome_views import EdgeOutcomeViewSet
from mastery.research_views import DictionaryView, StudiedClassesView, record_urls
from mastery.review_views import ReviewSchedulerView
from mastery.views import BeliefViewSet, EnrolmentViewSet, MasteryEventViewSet, ParametersView
from mastery.what_if_views import WhatIfView

router = SimpleRouter(trailing_slash=False)
router.register("enrolments", EnrolmentViewSet, basename="enrolment")
router.register("mastery-events", MasteryEventViewSet, basename="mastery-event")
router.register("beliefs", BeliefViewSet, basename="belief")
router.register("edge-outcomes", EdgeOutcomeViewSet, basename="edge-outcome")
router.register("experiments", ExperimentViewSet, basename="experiment")

api_urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("mastery-parameters", ParametersView.as_view(), name="mastery-parameters"),
    path("me/forget", ForgetMeView.as_view(), name="forget-me"),
    path("review-schedulers/<uuid:subject>", ReviewSchedulerView.as_view(), name="review-scheduler"),
    path("mastery-what-ifs", WhatIfView.as_view(), name="mastery-what-ifs"),
    path("research/dictionary", DictionaryView.as_view(), name="research-dictionary"),
    path("research/classes", StudiedClassesView.as_view(), name="research-classes"),
    path("research/calibration", CalibrationView.as_view(), name="research-calibration"),
    *record_urls(),
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("subjects/<slug:key>/research/", research_pages.research, name="research-explorer"),
    path("subjects/<slug:key>/research/plots/<slug:name>.svg", research_pages.plot, name="research-plot"),
    path("subjects/<slug:key>/research/tables/<slug:name>.csv", research_pages.table, name="research-table"),
]
