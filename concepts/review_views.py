"""JSON: the review queue of a subject, the log of what was decided in it, and how long that took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from concepts.filters import ReviewDecisionFilter
from concepts.models import ReviewDecision, Subject
from concepts.permissions import check_may_edit, check_may_see_all
from concepts.preconditions import with_etag
from concepts.review_serializers import (
    QuestionSerializer,
    ReviewDecisionSerializer,
    ReviewStatsSerializer,
    SubjectNamedSerializer,
)
from concepts.services.deciding import take_back
from concepts.services.review_queue import review_queue, with_evidence
from concepts.services.review_stats import review_stats
from concepts.views import user_of
from config.paging import Pages

if TYPE_CHECKING:
    DecisionViews = viewsets.GenericViewSet[ReviewDecision]
else:
    DecisionViews = viewsets.GenericViewSet

SUBJECT = OpenApiParameter("subject", OpenApiTypes.UUID, required=True)
PAGE = OpenApiParameter("page", int)


class ReviewQueueView(APIView):
    """What a person should look at next in a graph, the most telling first."""

    @extend_schema(
        parameters=[SUBJECT, PAGE, OpenApiParameter("page_size", int)],
        responses=QuestionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Proposals, and accepted rows that are stale or contradicted, by doubt times learners gated."""
        subject = _studied(request)
        pages = Pages()
        page = pages.paginate_queryset(review_queue(subject, now=timezone.now()), request)
        shown = QuestionSerializer(with_evidence(page or []), many=True)
        return with_etag(pages.get_paginated_response(shown.data), subject)


class ReviewStatsView(APIView):
    """Minutes per decision."""

    @extend_schema(parameters=[SUBJECT], responses=ReviewStatsSerializer)
    def get(self, request: Request) -> Response:
        """How much was decided, how long it took, and how long the rest will take at this pace."""
        return Response(ReviewStatsSerializer(review_stats(_studied(request))).data)


class ReviewDecisionViewSet(mixins.ListModelMixin, DecisionViews):
    """Who decided what in the queue, and how long it was before their eyes."""

    serializer_class = ReviewDecisionSerializer
    queryset = ReviewDecision.objects.none()
    filterset_class = ReviewDecisionFilter

    def get_queryset(self) -> QuerySet[ReviewDecision]:
        open_subjects = Subject.objects.open_to(self.request.user)
        return ReviewDecision.objects.filter(subject__in=open_subjects).select_related("author")

    @extend_schema(request=SubjectNamedSerializer, responses=ReviewDecisionSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="take-back")
    def take_back(self, request: Request) -> Response:
        """Undo your own last decision on a subject, unless its row was changed again since."""
        named = SubjectNamedSerializer(data=request.data)
        named.is_valid(raise_exception=True)
        subject = get_object_or_404(
            Subject.objects.visible_to(request.user), pk=named.validated_data["subject"]
        )
        check_may_edit(user_of(request), subject)
        undone = take_back(subject, author=user_of(request), now=timezone.now())
        return with_etag(Response(self.get_serializer(undone).data), subject)


def _studied(request: Request) -> Subject:
    """The subject that the query names: 404 for a stranger, 403 for whoever may only learn it."""
    named = SubjectNamedSerializer(data=request.query_params)
    named.is_valid(raise_exception=True)
    seen = Subject.objects.visible_to(request.user)
    subject = get_object_or_404(seen, pk=named.validated_data["subject"])
    check_may_see_all(user_of(request), subject)
    return subject
