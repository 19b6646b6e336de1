"""JSON: dispute a grade, see what became of it, and decide as the learner's educator."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from jobs.serializers import JobSerializer
from jobs.views import accepted
from mastery.models import Enrolment
from tutor.misconception_models import MisconceptionQuerySet
from tutor.models import Attempt, Dispute, Misconception, Ruling
from tutor.reply_models import DisputeQuerySet
from tutor.reply_serializers import (
    DecisionRequestSerializer,
    DisputeRequestSerializer,
    DisputeSerializer,
    RulingRequestSerializer,
    RulingSerializer,
)
from tutor.serializers import MisconceptionSerializer
from tutor.services import disputing, ruling

if TYPE_CHECKING:
    DisputeViews = viewsets.GenericViewSet[Dispute]
    MisconceptionViews = viewsets.GenericViewSet[Misconception]
else:
    DisputeViews = MisconceptionViews = viewsets.GenericViewSet


class AttemptDisputesView(APIView):
    """A learner's objection to a grade of their own."""

    @extend_schema(request=DisputeRequestSerializer, responses={202: JobSerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Say why a grade is wrong; a second look is queued. The same words again change nothing."""
        own = Attempt.objects.filter(lesson__enrolment__learner=cast(User, request.user))
        attempt = get_object_or_404(own, pk=pk)
        wanted = DisputeRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        dispute = disputing.raise_dispute(attempt, reason=wanted.validated_data["reason"])
        assert dispute.job is not None
        return accepted(dispute.job)


class AttemptRulingsView(APIView):
    """What educators decided on one grade, disputed or not."""

    @extend_schema(responses=RulingSerializer(many=True))
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """All decisions on an attempt, newest first."""
        attempt = get_object_or_404(Attempt.objects.visible_to(request.user), pk=pk)
        made = attempt.rulings.select_related("author").prefetch_related("points__point")
        return Response(RulingSerializer(made, many=True).data)

    @extend_schema(request=RulingRequestSerializer, responses={201: RulingSerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Change or confirm a grade as the learner's educator; it becomes gold for this concept."""
        user = cast(User, request.user)
        taught = Attempt.objects.filter(lesson__enrolment__in=Enrolment.objects.taught_by(user))
        attempt = get_object_or_404(taught, pk=pk)
        wanted = RulingRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = ruling.rule(
            attempt,
            author=user,
            points=wanted.decisions(),
            reason=wanted.validated_data["reason"],
            now=timezone.now(),
        )
        return Response(RulingSerializer(made).data, status=201)


class MisconceptionViewSet(mixins.ListModelMixin, MisconceptionViews):
    """What was said that the sources say otherwise: your own, and those of the learners whom you teach."""

    serializer_class = MisconceptionSerializer
    queryset = Misconception.objects.none()
    filterset_fields = ("enrolment", "concept", "ending")

    def get_queryset(self) -> MisconceptionQuerySet:
        return Misconception.objects.visible_to(self.request.user).select_related("point")


class DisputeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, DisputeViews):
    """Disputed grades: your own, and those of the learners whom you teach."""

    serializer_class = DisputeSerializer
    queryset = Dispute.objects.none()
    filterset_fields = ("attempt", "attempt__lesson__enrolment__subject")

    def get_queryset(self) -> DisputeQuerySet:
        seen = Dispute.objects.visible_to(self.request.user)
        return seen.select_related(
            "attempt__lesson__enrolment__learner", "regrade", "ruling__author"
        ).prefetch_related("attempt__credits__point", "regrade__points__point", "ruling__points__point")

    @extend_schema(request=DecisionRequestSerializer, responses={201: RulingSerializer})
    @action(detail=True, methods=["post"])
    def decision(self, request: Request, pk: str) -> Response:
        """Uphold the grade, or change it point by point, as the learner's educator; with your reason."""
        user = cast(User, request.user)
        dispute = get_object_or_404(Dispute.objects.decidable_by(user), pk=pk)
        wanted = DecisionRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given: dict[str, Any] = wanted.validated_data
        made = ruling.decide_dispute(
            dispute,
            author=user,
            outcome=Ruling.Outcome(given["outcome"]),
            points=wanted.decisions(),
            reason=given["reason"],
            now=timezone.now(),
        )
        return Response(RulingSerializer(made).data, status=201)
