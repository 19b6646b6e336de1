"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from tutor import (
    draft_pages,
    effort_pages,
    map_pages,
    pages,
    placement_pages,
    practice_pages,
    probe_pages,
    reply_pages,
    staleness_pages,
)
from tutor.agreement_views import AgreementView, GradingSwitchView
from tutor.effort_views import EffortView
from tutor.impact_views import ImpactView
from tutor.map_views import MapView, NextView
from tutor.placement_views import EnrolmentPlacementsView, PlacementViewSet
from tutor.practice_views import PracticeItemViewSet
from tutor.probe_views import ProbeView
from tutor.reply_views import AttemptDisputesView, AttemptRulingsView, DisputeViewSet, MisconceptionViewSet
from tutor.staleness_views import StalenessView
from tutor.views import AttemptViewSet, LessonViewSet

router = SimpleRouter(trailing_slash=False)
router.register("lessons", LessonViewSet, basename="lesson")
router.register("attempts", AttemptViewSet, basename="attempt")
router.register("disputes", DisputeViewSet, basename="dispute")
router.register("misconceptions", MisconceptionViewSet, basename="misconception")
router.register("placements", PlacementViewSet, basename="placement")
router.register("practice-items", PracticeItemViewSet, basename="practice-item")

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("enrolments/<uuid:pk>/map", MapView.as_view(), name="enrolment-map"),
    path("enrolments/<uuid:pk>/next", NextView.as_view(), name="enrolment-next"),
    path("enrolments/<uuid:pk>/placements", EnrolmentPlacementsView.as_view(), name="enrolment-placements"),
    path("enrolments/<uuid:pk>/probe", ProbeView.as_view(), name="enrolment-probe"),
    path("graph-drafts/<uuid:pk>/impact", ImpactView.as_view(), name="graph-draft-impact"),
    path("attempts/<uuid:pk>/disputes", AttemptDisputesView.as_view(), name="attempt-disputes"),
    path("subjects/<uuid:pk>/staleness", StalenessView.as_view(), name="subject-staleness-api"),
    path("subjects/<uuid:pk>/effort", EffortView.as_view(), name="subject-effort"),
    path("agreement", AgreementView.as_view(), name="agreement"),
    path("concepts/<uuid:pk>/automatic-grading", GradingSwitchView.as_view(), name="automatic-grading"),
    path("attempts/<uuid:pk>/rulings", AttemptRulingsView.as_view(), name="attempt-rulings"),
    *router.urls,
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("subjects/<slug:key>/map/", map_pages.show_map, name="concept-map"),
    path("subjects/<slug:key>/map/<uuid:pk>/", map_pages.show_learner_map, name="learner-map"),
    path("subjects/<slug:key>/map/start/", map_pages.start, name="concept-map-start"),
    path("subjects/<slug:key>/map/goals/", map_pages.change_goals, name="concept-map-goals"),
    path("subjects/<slug:key>/drafts/", draft_pages.drafts, name="graph-drafts"),
    path("subjects/<slug:key>/drafts/<uuid:pk>/", draft_pages.draft, name="graph-draft"),
    path("subjects/<slug:key>/drafts/<uuid:pk>/impact/", draft_pages.impact, name="graph-draft-impact-page"),
    path("subjects/<slug:key>/drafts/<uuid:pk>/close/", draft_pages.close, name="graph-draft-close"),
    path(
        "subjects/<slug:key>/drafts/<uuid:pk>/operations/<int:number>/",
        draft_pages.change,
        name="graph-draft-change",
    ),
    path(
        "subjects/<slug:key>/drafts/<uuid:pk>/add/<slug:kind>/",
        draft_pages.add_operation,
        name="graph-draft-add",
    ),
    path("subjects/<slug:key>/study/<slug:concept_key>/", pages.study, name="study"),
    path("subjects/<slug:key>/probe/", probe_pages.probe, name="recall-probe"),
    path("subjects/<slug:key>/effort/", effort_pages.effort, name="subject-effort-page"),
    path("subjects/<slug:key>/staleness/", staleness_pages.staleness, name="subject-staleness"),
    path("lessons/wait/<uuid:pk>/", pages.wait_for_lesson, name="lesson-wait"),
    path("lessons/<uuid:pk>/", pages.lesson, name="lesson"),
    path("lessons/<uuid:pk>/differently/", pages.differently, name="lesson-differently"),
    path("lessons/<uuid:pk>/answer/", pages.answer, name="lesson-answer"),
    path("attempts/<uuid:pk>/", pages.attempt, name="attempt"),
    path("attempts/<uuid:pk>/dispute/", reply_pages.dispute, name="attempt-dispute"),
    path("attempts/<uuid:pk>/ruling/", reply_pages.decide, name="attempt-ruling"),
    path("grades/", reply_pages.grades, name="grades"),
    path("grades/<uuid:pk>/switch/", reply_pages.switch, name="grading-switch"),
    path("subjects/<slug:key>/placement/", placement_pages.start, name="placement-start"),
    path("placements/<uuid:pk>/", placement_pages.placement, name="placement"),
    path("placements/<uuid:pk>/answer/", placement_pages.answer, name="placement-answer"),
    path("placements/<uuid:pk>/back/", placement_pages.back, name="placement-back"),
    path("placements/<uuid:pk>/stop/", placement_pages.stop, name="placement-stop"),
    path("subjects/<slug:key>/practise/<slug:concept_key>/", practice_pages.practise, name="practise"),
    path(
        "subjects/<slug:key>/practise/<slug:concept_key>/prepare/",
        practice_pages.prepare,
        name="practise-prepare",
    ),
    path("practice/wait/<uuid:pk>/", practice_pages.wait, name="practice-wait"),
    path("practice/<uuid:pk>/answer/", practice_pages.answer, name="practice-item-answer"),
    path("practice/answers/<uuid:pk>/", practice_pages.result, name="practice-answer"),
]
