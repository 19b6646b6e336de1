"""JSON: ask for a lesson, read it, explain it back, and see what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.serializers import JobSerializer
from jobs.views import accepted
from mastery.models import Enrolment
from tutor.models import Attempt, AttemptQuerySet, Lesson, LessonQuerySet
from tutor.serializers import (
    AttemptRequestSerializer,
    AttemptSerializer,
    AttemptSummarySerializer,
    LessonRequestSerializer,
    LessonSerializer,
    LessonSummarySerializer,
)
from tutor.services import checking, teaching
from tutor.services.choosing import decide

if TYPE_CHECKING:
    LessonViews = viewsets.GenericViewSet[Lesson]
    AttemptViews = viewsets.GenericViewSet[Attempt]
else:
    LessonViews = AttemptViews = viewsets.GenericViewSet

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same body answers with the job that the first request made.",
)


class LessonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, LessonViews):
    """Lessons whose every sentence is proven from the sources, or visibly only leads over."""

    queryset = Lesson.objects.none()
    filterset_fields = ("enrolment", "concept")

    def get_queryset(self) -> LessonQuerySet:
        lessons = Lesson.objects.visible_to(self.request.user).select_related("concept")
        return lessons if self.action == "list" else lessons.prefetch_related("sentences__citations")

    def get_serializer_class(self) -> type[LessonSummarySerializer]:
        return LessonSummarySerializer if self.action == "list" else LessonSerializer

    @extend_schema(
        request=LessonRequestSerializer, responses={202: JobSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> Response:
        """Have a lesson prepared on a concept, or on what comes next; the job's result names it."""
        wanted = LessonRequestSerializer(data=request.data, context={"request": request})
        wanted.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")
        enrolment = wanted.validated_data["enrolment"]
        concept = wanted.validated_data.get("concept")
        return accepted(teaching.request_lesson(enrolment, concept=concept, idempotency_key=key))

    @extend_schema(request=None, responses={202: JobSerializer}, parameters=[IDEMPOTENCY_KEY])
    @action(detail=True, methods=["post"])
    def differently(self, request: Request, pk: str | None = None) -> Response:
        """Have the concept explained from another angle, with other sentences; the job's result names it."""
        own = Lesson.objects.filter(enrolment__in=Enrolment.objects.filter(learner=request.user.pk))
        lesson = get_object_or_404(own.select_related("concept", "enrolment__subject"), pk=pk)
        key = request.headers.get("Idempotency-Key", "")
        return accepted(teaching.request_another(lesson, idempotency_key=key))


class AttemptViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, AttemptViews):
    """Explanations and what they earned, point by point, in the learner's own words."""

    queryset = Attempt.objects.none()
    filterset_fields = ("lesson", "verdict")

    def get_queryset(self) -> AttemptQuerySet:
        attempts = Attempt.objects.visible_to(self.request.user)
        if self.action == "list":
            return attempts
        return attempts.select_related("lesson__enrolment__subject").prefetch_related(
            "credits__point__sentence"
        )

    def get_serializer_class(self) -> type[AttemptSummarySerializer]:
        return AttemptSummarySerializer if self.action == "list" else AttemptSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "next": getattr(self, "next_step", None)}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One attempt; for its learner also what comes next, once it is graded."""
        attempt = self.get_object()
        enrolment = attempt.lesson.enrolment
        is_graded = attempt.verdict != Attempt.Verdict.PENDING
        self.next_step: dict[str, Any] | None = None
        if is_graded and enrolment.learner_id == request.user.pk:
            record = decide(enrolment, now=timezone.now()).record
            self.next_step = {"concept": record.get("concept"), "reason": record.get("reason", "")}
        return Response(self.get_serializer(attempt).data)

    @extend_schema(
        request=AttemptRequestSerializer, responses={202: JobSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> Response:
        """Hand in an explanation, or answer a follow-up question; the job's result names the attempt."""
        wanted = AttemptRequestSerializer(data=request.data, context={"request": request})
        wanted.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")
        given = wanted.validated_data
        attempt = checking.submit_attempt(
            given["lesson"],
            answer=given["answer"],
            follow_up_of=given.get("follow_up_of"),
            idempotency_key=key,
        )
        assert attempt.job is not None
        return accepted(attempt.job)
