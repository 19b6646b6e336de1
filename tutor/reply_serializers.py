from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tutor.models import Dispute, PointCredit, Regrade, RegradedPoint, RuledPoint, Ruling
from tutor.ports import PointVerdict
from tutor.reasons import plain_reason
from tutor.reply_models import DECIDABLE
from tutor.services.ruling import PointDecision

_POINT_FIELDS = ["number", "verdict", "start", "end", "quote", "is_carried", "reason"]


class CreditReasonSerializer(serializers.ModelSerializer[PointCredit]):
    """Why a point was judged so: the learner's words and a plain sentence that does not tell the idea."""

    number = serializers.IntegerField(source="point.ordinal", read_only=True)
    reason = serializers.SerializerMethodField()

    class Meta:
        model = PointCredit
        fields = _POINT_FIELDS
        read_only_fields = fields

    def get_reason(self, row: PointCredit | RegradedPoint) -> str:
        return plain_reason(row.verdict, row.reason)


class RegradedPointSerializer(CreditReasonSerializer):
    class Meta(CreditReasonSerializer.Meta):
        model = RegradedPoint  # type: ignore[assignment]


class RegradeSerializer(serializers.ModelSerializer[Regrade]):
    """The second look, by whom and how."""

    points = RegradedPointSerializer(many=True, read_only=True)

    class Meta:
        model = Regrade
        fields = [
            "means",
            "agrees",
            "verdict",
            "score",
            "engine",
            "engine_version",
            "prompt_hash",
            "points",
            "created_at",
        ]
        read_only_fields = fields


class RuledPointSerializer(serializers.ModelSerializer[RuledPoint]):
    """What an educator says of a point, beside what the automatic grade had said."""

    number = serializers.IntegerField(source="point.ordinal", read_only=True)

    class Meta:
        model = RuledPoint
        fields = [*_POINT_FIELDS, "automatic"]
        read_only_fields = fields


class RulingSerializer(serializers.ModelSerializer[Ruling]):
    """An educator's decision; of several on one attempt the newest stands."""

    author = serializers.CharField(source="author.username", default=None, allow_null=True, read_only=True)
    points = RuledPointSerializer(many=True, read_only=True)

    class Meta:
        model = Ruling
        fields = [
            "id",
            "attempt",
            "dispute",
            "author",
            "outcome",
            "verdict",
            "score",
            "reason",
            "belief_before",
            "belief_after",
            "points",
            "created_at",
        ]
        read_only_fields = fields


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    """An objection, the reasons of the grade, the second look and the decision, as far as it has come."""

    learner = serializers.CharField(source="attempt.lesson.enrolment.learner.username", read_only=True)
    state = serializers.ChoiceField(choices=Dispute.State.choices, read_only=True)
    points = CreditReasonSerializer(source="attempt.credits", many=True, read_only=True)
    regrade = RegradeSerializer(read_only=True, allow_null=True, default=None)
    ruling = RulingSerializer(read_only=True, allow_null=True, default=None)

    class Meta:
        model = Dispute
        fields = [
            "id",
            "attempt",
            "learner",
            "reason",
            "state",
            "points",
            "regrade",
            "ruling",
            "job",
            "created_at",
        ]
        read_only_fields = fields


class DisputeRequestSerializer(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(max_length=2000, help_text="Why you think the grade is wrong.")


class PointDecisionSerializer(serializers.Serializer[dict[str, Any]]):
    """What the educator says of one point; without a quote it rests on the words that were found before."""

    number = serializers.IntegerField(min_value=1)
    verdict = serializers.ChoiceField(choices=DECIDABLE)
    quote = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class RulingRequestSerializer(serializers.Serializer[dict[str, Any]]):
    """Points that are not named stay as they stand."""

    points = PointDecisionSerializer(many=True, required=False, default=list)
    reason = serializers.CharField(max_length=500)

    def decisions(self) -> list[PointDecision]:
        """The points as the service takes them."""
        return [
            PointDecision(**{**one, "verdict": PointVerdict(one["verdict"])})
            for one in self.validated_data["points"]
        ]


class DecisionRequestSerializer(RulingRequestSerializer):
    outcome = serializers.ChoiceField(choices=Ruling.Outcome.choices)
