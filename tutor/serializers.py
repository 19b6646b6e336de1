from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from concepts.models import Concept
from concepts.serializers import ConceptNameSerializer
from mastery.models import Enrolment
from tutor.models import Attempt, Citation, Lesson, LessonSentence, Misconception, PointCredit
from tutor.presenting import hints_for, lesson_parts, retests_of
from tutor.reply_serializers import RulingSerializer

if TYPE_CHECKING:
    from accounts.models import User


class CitationSerializer(serializers.ModelSerializer[Citation]):
    """A source span; ``page`` opens the source at the place."""

    page = serializers.SerializerMethodField()

    class Meta:
        model = Citation
        fields = ["passage", "start", "end", "quote", "page"]
        read_only_fields = fields

    def get_page(self, citation: Citation) -> str:
        return f"{reverse('passage', args=[citation.passage_id])}?start={citation.start}&end={citation.end}"


class LessonSentenceSerializer(serializers.ModelSerializer[LessonSentence]):
    citations = CitationSerializer(many=True, read_only=True)

    class Meta:
        model = LessonSentence
        fields = ["ordinal", "section", "text", "is_code", "support", "support_score", "citations"]
        read_only_fields = fields


class LessonSummarySerializer(serializers.ModelSerializer[Lesson]):
    concept = ConceptNameSerializer(read_only=True)

    class Meta:
        model = Lesson
        fields = [
            "id",
            "enrolment",
            "concept",
            "number",
            "angle",
            "angle_note",
            "differs_from",
            "level",
            "reading_ease",
            "repeated",
            "question",
            "engine",
            "engine_version",
            "prompt_hash",
            "coverage",
            "dropped",
            "created_at",
        ]
        read_only_fields = fields


class LessonSerializer(LessonSummarySerializer):
    """A lesson as its learner sees it; what the rubric asks for is not told before it is answered."""

    sentences = LessonSentenceSerializer(many=True, read_only=True)
    is_stale = serializers.BooleanField(
        read_only=True,
        help_text="Words that it quotes are gone from their source; ask for a new lesson.",
    )

    retests = serializers.SerializerMethodField(
        help_text="What you said otherwise before; say also how it really is."
    )

    class Meta(LessonSummarySerializer.Meta):
        fields = [*LessonSummarySerializer.Meta.fields, "is_stale", "sentences", "retests"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_retests(self, lesson: Lesson) -> list[str]:
        return [wrong.quote for wrong in retests_of(lesson)]


class LessonRequestSerializer(serializers.Serializer[dict[str, Any]]):
    """Which enrolment wants a lesson; without a concept it is on what comes next."""

    enrolment = serializers.PrimaryKeyRelatedField(queryset=Enrolment.objects.none())
    concept = serializers.PrimaryKeyRelatedField(queryset=Concept.objects.none(), required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        user = _user(self)
        enrolments = Enrolment.objects.filter(learner=user) if user else Enrolment.objects.none()
        cast(Any, fields["enrolment"]).queryset = enrolments
        cast(Any, fields["concept"]).queryset = Concept.objects.published().filter(
            subject__in=enrolments.values("subject")
        )
        return fields


class HintSerializer(serializers.Serializer[Any]):
    """One step toward a point: a question, then the part of the lesson, then the place in the source."""

    step = serializers.CharField()
    text = serializers.CharField()
    part = serializers.IntegerField(allow_null=True, help_text="The part of the lesson, from 1.")


class MisconceptionSerializer(serializers.ModelSerializer[Misconception]):
    """The learner's words, and the source's that say otherwise."""

    citation = CitationSerializer(source="point", read_only=True)

    class Meta:
        model = Misconception
        fields = [
            "id",
            "enrolment",
            "concept",
            "attempt",
            "quote",
            "citation",
            "ending",
            "ended_at",
            "ended_by",
            "created_at",
        ]
        read_only_fields = fields


class PointCreditSerializer(serializers.ModelSerializer[PointCredit]):
    """What the answer earned on one point; its text is told once it is shown, before that only a hint."""

    number = serializers.IntegerField(source="point.ordinal", read_only=True)
    asked = serializers.CharField(
        source="point.asked", read_only=True, help_text="The part of the question that asks for it."
    )
    sentence = serializers.SerializerMethodField(
        help_text="Ordinal of the lesson's sentence that taught it; once that may be told."
    )
    text = serializers.SerializerMethodField()
    hint = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(
        help_text="Why, in the grader's words; it could give the idea away, so only once that may be told."
    )

    hints = serializers.SerializerMethodField(
        help_text="Toward a missing point, the least telling step first."
    )
    citation = serializers.SerializerMethodField(
        help_text="What the source says, where the answer says otherwise, or once it may be looked up."
    )

    class Meta:
        model = PointCredit
        fields = [
            "number",
            "asked",
            "sentence",
            "verdict",
            "probability",
            "start",
            "end",
            "quote",
            "is_carried",
            "reason",
            "text",
            "hint",
            "hints",
            "citation",
        ]
        read_only_fields = fields

    def get_text(self, credit: PointCredit) -> str:
        return credit.point.text if credit.verdict == PointCredit.Verdict.SHOWN else ""

    def get_sentence(self, credit: PointCredit) -> int | None:
        return credit.point.sentence.ordinal if self._may_tell(credit) else None

    def get_reason(self, credit: PointCredit) -> str:
        return credit.reason if self._may_tell(credit) else ""

    def _may_tell(self, credit: PointCredit) -> bool:
        is_shown = credit.verdict == PointCredit.Verdict.SHOWN
        return is_shown or bool(credit.attempt.feedback.get("reveal"))

    @extend_schema_field(HintSerializer(many=True))
    def get_hints(self, credit: PointCredit) -> Any:
        may_reveal = bool(credit.attempt.feedback.get("reveal"))
        steps = hints_for(credit, parts=self.context.get("parts", ()), may_reveal=may_reveal)
        return HintSerializer(steps, many=True).data

    @extend_schema_field(CitationSerializer(allow_null=True))
    def get_citation(self, credit: PointCredit) -> Any:
        is_wrong = credit.verdict == PointCredit.Verdict.CONTRADICTED
        may_tell = is_wrong or credit.attempt.feedback.get("reveal")
        return CitationSerializer(cast(Any, credit.point)).data if may_tell else None

    def get_hint(self, credit: PointCredit) -> str:
        return "" if credit.verdict == PointCredit.Verdict.SHOWN else credit.point.hint


class NextStepSerializer(serializers.Serializer[dict[str, Any]]):
    concept = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()


class AttemptSummarySerializer(serializers.ModelSerializer[Attempt]):
    class Meta:
        model = Attempt
        fields = [
            "id",
            "lesson",
            "answer",
            "follow_up_of",
            "verdict",
            "score",
            "refusal",
            "feedback",
            "follow_up_question",
            "belief_before",
            "belief_after",
            "engine",
            "engine_version",
            "job",
            "created_at",
            "graded_at",
        ]
        read_only_fields = fields


class AttemptSerializer(AttemptSummarySerializer):
    points = serializers.SerializerMethodField()
    next = serializers.SerializerMethodField()
    ruling = RulingSerializer(
        read_only=True, allow_null=True, help_text="The educator's decision that stands in the grade's place."
    )

    class Meta(AttemptSummarySerializer.Meta):
        fields = [*AttemptSummarySerializer.Meta.fields, "points", "next", "ruling"]
        read_only_fields = fields

    @extend_schema_field(PointCreditSerializer(many=True))
    def get_points(self, attempt: Attempt) -> Any:
        """What the automatic grade says; nothing while the attempt waits for an educator to say it first."""
        is_waiting = attempt.verdict == Attempt.Verdict.WAITING and attempt.ruling is None
        rows = [] if is_waiting else list(attempt.credits.all())
        context = {**self.context, "parts": lesson_parts(attempt.lesson)}
        return PointCreditSerializer(rows, many=True, context=context).data

    @extend_schema_field(NextStepSerializer(allow_null=True))
    def get_next(self, attempt: Attempt) -> dict[str, Any] | None:
        """What comes next, for the learner whose attempt it is; nothing while it is being graded."""
        return cast("dict[str, Any] | None", self.context.get("next"))


class AttemptRequestSerializer(serializers.Serializer[dict[str, Any]]):
    """An explanation, or the answer to a follow-up question."""

    lesson = serializers.PrimaryKeyRelatedField(queryset=Lesson.objects.none())
    answer = serializers.CharField(max_length=20_000, allow_blank=True, trim_whitespace=False)
    follow_up_of = serializers.PrimaryKeyRelatedField(
        queryset=Attempt.objects.none(), required=False, allow_null=True
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        user = _user(self)
        if user:
            cast(Any, fields["lesson"]).queryset = Lesson.objects.filter(enrolment__learner=user)
            cast(Any, fields["follow_up_of"]).queryset = Attempt.objects.filter(
                lesson__enrolment__learner=user
            )
        return fields


def _user(serializer: serializers.BaseSerializer[Any]) -> User | None:
    request = serializer.context.get("request")
    return request.user if request and request.user.is_authenticated else None
