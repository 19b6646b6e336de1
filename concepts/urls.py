"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from concepts import history_pages, pages, review_pages
from concepts.draft_views import GraphDraftViewSet
from concepts.history_views import DiffView, MergeView, RedoView, RestoreView, SplitView, UndoView
from concepts.review_views import ReviewDecisionViewSet, ReviewQueueView, ReviewStatsView
from concepts.views import ConceptViewSet, PrerequisiteViewSet, RevisionViewSet, SubjectViewSet

router = SimpleRouter(trailing_slash=False)
router.register("subjects", SubjectViewSet, basename="subject")
router.register("concepts", ConceptViewSet, basename="concept")
router.register("prerequisites", PrerequisiteViewSet, basename="prerequisite")
router.register("revisions", RevisionViewSet, basename="revision")
router.register("graph-drafts", GraphDraftViewSet, basename="graph-draft")

router.register("review-decisions", ReviewDecisionViewSet, basename="review-decision")

api_urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("subjects/<uuid:pk>/undo", UndoView.as_view(), name="subject-undo-api"),
    path("subjects/<uuid:pk>/redo", RedoView.as_view(), name="subject-redo-api"),
    path("subjects/<uuid:pk>/restore", RestoreView.as_view(), name="subject-restore-api"),
    path("subjects/<uuid:pk>/diff", DiffView.as_view(), name="subject-diff-api"),
    path("concepts/<uuid:pk>/merge", MergeView.as_view(), name="concept-merge-api"),
    path("concepts/<uuid:pk>/split", SplitView.as_view(), name="concept-split-api"),
    path("review-queue", ReviewQueueView.as_view(), name="review-queue"),
    path("review-stats", ReviewStatsView.as_view(), name="review-stats"),
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("subjects/", pages.subjects, name="subjects"),
    path("subjects/<slug:key>/", pages.subject, name="subject"),
    path("subjects/<slug:key>/graph/", pages.graph, name="subject-graph"),
    path("subjects/<slug:key>/history/", history_pages.history, name="subject-history"),
    path("subjects/<slug:key>/history/<slug:step>/", history_pages.step, name="subject-history-step"),
    path("subjects/<slug:key>/graph/concepts/<uuid:pk>/merge/", history_pages.merge, name="concept-merge"),
    path("subjects/<slug:key>/graph/lints/", pages.lints, name="subject-lints"),
    path("subjects/<slug:key>/review/", review_pages.review, name="subject-review"),
    path("subjects/<slug:key>/graph/extract/", pages.extract, name="subject-extract"),
    path("subjects/<slug:key>/graph/concepts/add/", pages.add_concept, name="concept-add"),
    path("subjects/<slug:key>/graph/concepts/<uuid:pk>/", pages.change_concept, name="concept-change"),
    path("subjects/<slug:key>/graph/prerequisites/add/", pages.add_prerequisite, name="prerequisite-add"),
    path(
        "subjects/<slug:key>/graph/prerequisites/<uuid:pk>/",
        pages.decide_prerequisite,
        name="prerequisite-decide",
    ),
]
