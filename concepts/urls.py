"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from concepts import pages, review_pages
from concepts.review_views import ReviewDecisionViewSet, ReviewQueueView, ReviewStatsView
from concepts.views import ConceptViewSet, PrerequisiteViewSet, RevisionViewSet, SubjectViewSet

router = SimpleRouter(trailing_slash=False)
router.register("subjects", SubjectViewSet, basename="subject")
router.register("concepts", ConceptViewSet, basename="concept")
router.register("prerequisites", PrerequisiteViewSet, basename="prerequisite")
router.register("revisions", RevisionViewSet, basename="revision")

router.register("review-decisions", ReviewDecisionViewSet, basename="review-decision")

api_urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("review-queue", ReviewQueueView.as_view(), name="review-queue"),
    path("review-stats", ReviewStatsView.as_view(), name="review-stats"),
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("subjects/", pages.subjects, name="subjects"),
    path("subjects/<slug:key>/", pages.subject, name="subject"),
    path("subjects/<slug:key>/graph/", pages.graph, name="subject-graph"),
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
