"""JSON: find out what a learner knows already, one question after another."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from mastery.models import Enrolment, Placement
from mastery.placement_models import PlacementQuerySet
from tutor.placement_serializers import (
    PlacementAnswerSerializer,
    PlacementSerializer,
    PlacementStandingSerializer,
)
from tutor.services import placing

if TYPE_CHECKING:
    PlacementViews = viewsets.GenericViewSet[Placement]
else:
    PlacementViews = viewsets.GenericViewSet


class EnrolmentPlacementsView(APIView):
    """The placements of an enrolment."""

    @extend_schema(
        request=None,
        responses={201: PlacementStandingSerializer},
        operation_id="enrolments_placements_create",
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Begin to find out what you know, or go on where you left off; your own enrolment only."""
        own = Enrolment.objects.visible_to(request.user).filter(learner=_user(request))
        enrolment = get_object_or_404(own.select_related("subject"), pk=pk)
        placement = placing.start(enrolment, user=_user(request))
        return Response(PlacementStandingSerializer(placing.standing_of(placement)).data, status=201)


class PlacementViewSet(mixins.ListModelMixin, PlacementViews):
    """Adaptive questions over the prerequisite graph."""

    serializer_class = PlacementSerializer
    queryset = Placement.objects.none()
    filterset_fields = ("enrolment",)

    def get_queryset(self) -> PlacementQuerySet:
        seen = Placement.objects.visible_to(self.request.user)
        seen = seen.select_related("enrolment__subject", "enrolment__learner", "job")
        acting = self.action not in ("list", "retrieve")
        return seen.of_learner(_user(self.request)) if acting else seen

    @extend_schema(responses=PlacementStandingSerializer)
    def retrieve(self, request: Request, pk: str | None = None) -> Response:
        """Where it is: the open question for the learner, the result once it has ended."""
        placement = self.get_object()
        is_own = placement.enrolment.learner_id == request.user.pk
        standing = placing.standing_of(placement) if is_own else placing.look(placement)
        return Response(PlacementStandingSerializer(standing).data)

    @extend_schema(request=PlacementAnswerSerializer, responses=PlacementStandingSerializer)
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: str | None = None) -> Response:
        """Answer the open question; sent twice it is one answer. What was right is not told."""
        placement = self.get_object()
        sent = PlacementAnswerSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said: dict[str, Any] = sent.validated_data
        placing.answer(
            placement,
            question=said["question"],
            given=said.get("order", said.get("answer", "")),
            outcome=said["reply"],
        )
        return self._standing(placement)

    @extend_schema(request=None, responses=PlacementStandingSerializer)
    @action(detail=True, methods=["post"])
    def back(self, request: Request, pk: str | None = None) -> Response:
        """Open the last question again, to answer it otherwise."""
        placement = self.get_object()
        placing.go_back(placement)
        return self._standing(placement)

    @extend_schema(request=None, responses=PlacementStandingSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str | None = None) -> Response:
        """End it now; what was answered counts."""
        placement = self.get_object()
        placing.stop(placement)
        return self._standing(placement)

    def _standing(self, placement: Placement) -> Response:
        current = self.get_queryset().get(pk=placement.pk)
        return Response(PlacementStandingSerializer(placing.standing_of(current)).data)


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
