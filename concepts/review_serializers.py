from __future__ import annotations

from typing import Any

from rest_framework import serializers

from concepts.models import Judgement, ReviewDecision
from concepts.reviewing import Reason
from concepts.serializers import (
    ConceptDetailSerializer,
    PrerequisiteDetailSerializer,
    ShownAtField,
)


class JudgementSerializer(serializers.ModelSerializer[Judgement]):
    class Meta:
        model = Judgement
        fields = ["engine", "confidence", "reverse_confidence", "earlier_confidence", "judged_at"]


class OutcomeSerializer(serializers.Serializer[Any]):
    """First tries at the dependent, with the prerequisite mastered before and without."""

    verdict = serializers.CharField()
    effect = serializers.FloatField(help_text="How much more often one succeeds with it, shrunk.")
    low = serializers.FloatField(help_text="Of the 90 % interval of the effect.")
    high = serializers.FloatField()
    p_contradicted = serializers.FloatField(help_text="Probability that it helps less than would matter.")
    successes_with = serializers.IntegerField()
    tries_with = serializers.IntegerField()
    successes_without = serializers.IntegerField()
    tries_without = serializers.IntegerField()
    since = serializers.DateTimeField(help_text="When this verdict was first reached.")


class WeighingSerializer(serializers.Serializer[Any]):
    """The parts of the score: (the largest of the four doubts) x (1 + learners)."""

    uncertainty = serializers.FloatField(help_text="Of the two confidences, 0..1.")
    disagreement = serializers.FloatField(help_text="Between engines, or passes of one, 0..1.")
    contradiction = serializers.FloatField(help_text="Probability that learners' outcomes deny it, 0..1.")
    staleness = serializers.FloatField(help_text="Not 0 where a source it rests on has changed.")
    doubt = serializers.FloatField()
    learners = serializers.IntegerField(help_text="How many it gates, or would gate.")


class QuestionSerializer(serializers.Serializer[Any]):
    """One row of the graph that waits for a decision, and why it stands where it stands."""

    kind = serializers.ChoiceField(choices=["prerequisite", "concept"])
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=[str(one) for one in Reason]))
    score = serializers.FloatField(source="weighing.score")
    weighing = WeighingSerializer()
    judgements = JudgementSerializer(many=True)
    outcome = OutcomeSerializer(allow_null=True)
    prerequisite = PrerequisiteDetailSerializer(source="edge", allow_null=True)
    reverse = serializers.SerializerMethodField(help_text="The edge in the other direction, if known.")
    concept = ConceptDetailSerializer(allow_null=True)

    def get_reverse(self, question: Any) -> dict[str, Any] | None:
        return PrerequisiteDetailSerializer(question.reverse).data if question.reverse else None


class SubjectNamedSerializer(serializers.Serializer[Any]):
    subject = serializers.UUIDField()


class FlipSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, required=False)
    shown_at = ShownAtField(required=False)


class ReviewDecisionSerializer(serializers.ModelSerializer[ReviewDecision]):
    author = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = ReviewDecision
        fields = [
            "id",
            "subject",
            "concept",
            "prerequisite",
            "what",
            "author",
            "choice",
            "shown_at",
            "decided_at",
            "seconds",
            "before",
            "after",
            "revision",
            "taken_back_at",
        ]


class ChoiceCountsSerializer(serializers.Serializer[Any]):
    accept = serializers.IntegerField()
    reject = serializers.IntegerField()
    flip = serializers.IntegerField()
    skip = serializers.IntegerField()


class ReviewStatsSerializer(serializers.Serializer[Any]):
    subject = serializers.UUIDField()
    waiting = serializers.IntegerField()
    decided = serializers.IntegerField(help_text="Accepted, rejected or flipped, and not taken back.")
    taken_back = serializers.IntegerField()
    choices = ChoiceCountsSerializer()
    median_seconds = serializers.FloatField(allow_null=True, help_text="Of the decisions.")
    mean_seconds = serializers.FloatField(
        allow_null=True, help_text="Each counted as ten minutes at most: then one was away."
    )
    minutes = serializers.FloatField(help_text="Spent in all, skips included, counted in the same way.")
    minutes_left = serializers.FloatField(allow_null=True, help_text="The mean times what is waiting.")
