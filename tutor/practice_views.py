"""JSON: short questions on a concept, and answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from jobs.serializers import JobSerializer
from jobs.views import accepted
from tutor.models import PracticeItem, PracticeItemQuerySet
from tutor.practice_serializers import (
    PracticeAnswerRequestSerializer,
    PracticeAnswerSerializer,
    PracticeItemSerializer,
    PracticeItemsRequestSerializer,
)
from tutor.services import practising
from tutor.views import IDEMPOTENCY_KEY

if TYPE_CHECKING:
    PracticeViews = viewsets.GenericViewSet[PracticeItem]
else:
    PracticeViews = viewsets.GenericViewSet


class PracticeItemViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PracticeViews):
    """Cloze, choice, ordering, numeric and code output items that code grades."""

    queryset = PracticeItem.objects.none()
    serializer_class = PracticeItemSerializer
    filterset_fields = ("concept", "kind")

    def get_queryset(self) -> PracticeItemQuerySet:
        return PracticeItem.objects.visible_to(self.request.user).current().select_related("concept__subject")

    @extend_schema(
        request=PracticeItemsRequestSerializer, responses={202: JobSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> Response:
        """Have the items of a concept prepared; the same sources give the same items again."""
        wanted = PracticeItemsRequestSerializer(data=request.data, context={"request": request})
        wanted.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")
        concept = wanted.validated_data["concept"]
        return accepted(practising.request_items(concept, user=_user(request), idempotency_key=key))

    @extend_schema(
        request=PracticeAnswerRequestSerializer,
        responses={201: OpenApiResponse(PracticeAnswerSerializer)},
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: str | None = None) -> Response:
        """Answer an item; only then what is right is told."""
        item = self.get_object()
        sent = PracticeAnswerRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data.get("order", sent.validated_data.get("answer", ""))
        answer = practising.answer_item(
            item,
            enrolment=practising.enrolment_for(_user(request), subject=item.concept.subject),
            given=given,
            idempotency_key=request.headers.get("Idempotency-Key", ""),
        )
        return Response(PracticeAnswerSerializer(answer).data, status=201)


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
