from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from concepts.models import Concept
from concepts.serializers import ConceptNameSerializer
from mastery.models import Enrolment
from tutor.models import Attempt, Citation, Lesson, LessonSentence, PointCredit

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
        read_only=True, help_text="A source that it quotes has a newer version since; ask for a new lesson."
    )

    class Meta(LessonSummarySerializer.Meta):
        fields = [*LessonSummarySerializer.Meta.fields, "is_stale", "sentences"]
        read_only_fields = fields


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
    points = PointCreditSerializer(source="credits", many=True, read_only=True)
    next = serializers.SerializerMethodField()

    class Meta(AttemptSummarySerializer.Meta):
        fields = [*AttemptSummarySerializer.Meta.fields, "points", "next"]
        read_only_fields = fields

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
