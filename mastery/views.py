"""JSON: enrolments with their goals, the event log, beliefs as of now, and the estimator's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from config.paging import EventPages
from mastery.models import Belief, Enrolment, EnrolmentQuerySet, MasteryEvent, ReviewCard
from mastery.past_serializers import AsOfRequestSerializer, AsOfSerializer, told
from mastery.review import DEFAULT_MEMORY, retrievability
from mastery.serializers import (
    BeliefSerializer,
    EnrolmentSerializer,
    GoalsSerializer,
    MasteryEventSerializer,
    OverrideSerializer,
    PublishedParametersSerializer,
)
from mastery.services import enrolling, recording
from mastery.services.as_of import beliefs_on
from mastery.services.believing import standing_of_belief
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.remembering import memories_of

if TYPE_CHECKING:
    EnrolmentViews = viewsets.GenericViewSet[Enrolment]
    EventViews = viewsets.GenericViewSet[MasteryEvent]
    BeliefViews = viewsets.GenericViewSet[Belief]
else:
    EnrolmentViews = EventViews = BeliefViews = viewsets.GenericViewSet


class EnrolmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, EnrolmentViews):
    """Your way through a subject toward goals; educators see those of their classes."""

    serializer_class = EnrolmentSerializer
    queryset = Enrolment.objects.none()
    filterset_fields = ("subject", "learner")

    def get_queryset(self) -> EnrolmentQuerySet:
        seen = Enrolment.objects.visible_to(self.request.user)
        return seen.select_related("subject", "learner").prefetch_related("goals")

    @extend_schema(responses={201: EnrolmentSerializer})
    def create(self, request: Request) -> Response:
        """Start on a subject; without goals you are after all of it."""
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        enrolment = enrolling.enrol(cast(User, request.user), **wanted.validated_data)
        return Response(self.get_serializer(enrolment).data, status=201)

    @extend_schema(request=GoalsSerializer, responses=EnrolmentSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Replace the goals."""
        enrolment = self.get_object()
        wanted = GoalsSerializer(data=request.data, context=self.get_serializer_context())
        wanted.is_valid(raise_exception=True)
        enrolling.set_goals(enrolment, goals=wanted.validated_data["goals"])
        return Response(self.get_serializer(enrolment).data)

    @extend_schema(request=OverrideSerializer, responses={201: MasteryEventSerializer})
    @action(detail=True, methods=["post"])
    def overrides(self, request: Request, **kwargs: Any) -> Response:
        """Set a learner's belief as their educator; it becomes an event with your name and reason."""
        enrolment = self.get_object()
        wanted = OverrideSerializer(data=request.data, context=self.get_serializer_context())
        wanted.is_valid(raise_exception=True)
        recorded = recording.override(
            enrolment, author=cast(User, request.user), now=timezone.now(), **wanted.validated_data
        )
        recorded.event.is_named = True  # type: ignore[attr-defined]
        return Response(MasteryEventSerializer(recorded.event).data, status=201)

    @extend_schema(
        parameters=[AsOfRequestSerializer],
        responses=AsOfSerializer,
        operation_id="enrolments_beliefs_as_of_retrieve",
        filters=False,
    )
    @action(detail=True, methods=["get"], url_path="beliefs-as-of")
    def beliefs_as_of(self, request: Request, **kwargs: Any) -> Response:
        """What was believed on a day, and which events had moved each belief, by how much."""
        enrolment = self.get_object()
        wanted = AsOfRequestSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        past = beliefs_on(enrolment, at=asked["at"], with_hindsight=asked["hindsight"])
        concept = str(asked.get("concept", ""))
        return Response(told(past, most_moves=asked["moves"], concept=concept))


class MasteryEventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, EventViews):
    """The append-only log behind every belief, newest first, by cursor."""

    serializer_class = MasteryEventSerializer
    queryset = MasteryEvent.objects.none()
    pagination_class = EventPages
    filterset_fields = ("enrolment", "enrolment__subject", "concept", "kind")

    def get_queryset(self) -> QuerySet[MasteryEvent]:
        seen = MasteryEvent.objects.visible_to(self.request.user)
        return seen.annotate(is_named=self._own()).select_related("enrolment", "concept")

    def _own(self) -> Exists:
        mine = Enrolment.objects.visible_to(self.request.user)
        return Exists(mine.filter(pk=OuterRef("enrolment")))


class BeliefViewSet(mixins.ListModelMixin, BeliefViews):
    """What is believed as of now; a concept without evidence is not listed."""

    serializer_class = BeliefSerializer
    queryset = Belief.objects.none()
    filterset_fields = ("enrolment", "enrolment__subject", "concept")

    def get_queryset(self) -> QuerySet[Belief]:
        user = self.request.user
        named = Exists(Enrolment.objects.visible_to(user).filter(pk=OuterRef("enrolment")))
        seen = Belief.objects.visible_to(user).annotate(is_named=named)
        return seen.select_related("enrolment__subject", "concept").order_by(
            "enrolment", "concept__position", "id"
        )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Beliefs with their intervals, and apart from them whether a review is due."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        cards = _cards(page)
        memories = memories_of({belief.enrolment_id for belief in page})
        now = timezone.now()
        rows = []
        for belief in page:
            card = cards.get((belief.enrolment_id, belief.concept_id))
            due_at = card.due_at if card else None
            standing = standing_of_belief(belief, due_at=due_at, now=now)
            memory = memories.get(belief.enrolment_id, DEFAULT_MEMORY)
            recall = retrievability(card.card, now=now, memory=memory) if card else None
            rows.append(
                {
                    "belief": belief,
                    "standing": standing,
                    "as_of": now,
                    "is_memory_due": due_at is not None and due_at <= now,
                    "retrievability": recall,
                    "scheduler": memory.scheduler.value,
                }
            )
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class ParametersView(APIView):
    """The numbers behind every belief."""

    @extend_schema(responses=PublishedParametersSerializer)
    def get(self, request: Request) -> Response:
        """The service's parameters and their hash, as beliefs carry it; a subject may have its own."""
        parameters = parameters_in_force(None)
        return Response({"hash": parameters.hash, "parameters": parameters.as_dict()})


def _cards(beliefs: list[Belief]) -> dict[tuple[Any, Any], ReviewCard]:
    cards = ReviewCard.objects.filter(enrolment__in={belief.enrolment_id for belief in beliefs})
    return {(card.enrolment_id, card.concept_id): card for card in cards}
