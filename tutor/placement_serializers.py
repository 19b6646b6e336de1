from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from concepts.serializers import ConceptNameSerializer
from mastery.models import Placement
from mastery.placement import MOST_QUESTIONS
from tutor.models import PracticeItem
from tutor.practice_serializers import OptionSerializer
from tutor.services.placement_results import result_of
from tutor.services.placing import NO, YES, Standing
from tutor.services.practising import options_for

REPLIES = ["answered", "unknown", "skipped"]
OWN_WORD = "Could you explain this in your own words, without looking it up?"


class OpenQuestionSerializer(serializers.Serializer[Any]):
    """A question as it is asked; ``self_report`` wants one's own word on a concept, yes or no."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    kind = serializers.CharField()
    stem = serializers.CharField()
    hint = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    options = OptionSerializer(many=True)


class JudgedSerializer(serializers.Serializer[Any]):
    concept = ConceptNameSerializer()
    p = serializers.FloatField(min_value=0, max_value=1)


class RegionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    concepts = JudgedSerializer(many=True)


class AskedSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    concept = ConceptNameSerializer()
    reply = serializers.ChoiceField(source="outcome", choices=REPLIES)
    is_right = serializers.BooleanField()
    is_own_word = serializers.BooleanField(help_text="No item: the learner was asked for their word.")
    why = serializers.CharField()


class PlacementResultSerializer(serializers.Serializer[Any]):
    """Known, not known and not sure by the belief; concepts that were removed since are left out."""

    known = JudgedSerializer(many=True)
    not_known = JudgedSerializer(many=True)
    not_sure = RegionSerializer(many=True)
    without_questions = ConceptNameSerializer(
        many=True, help_text="No item exists on these: judged by others, or by the learner's word."
    )
    questions = AskedSerializer(many=True)


class PlacementSerializer(serializers.ModelSerializer[Placement]):
    subject_key = serializers.CharField(source="enrolment.subject.key", read_only=True)

    class Meta:
        model = Placement
        fields = ["id", "enrolment", "subject_key", "method", "started_at", "finished_at", "ended"]
        read_only_fields = fields


class PlacementStandingSerializer(serializers.Serializer[Standing]):
    """Where a placement is; ``question`` is only shown to the learner who answers it."""

    placement = PlacementSerializer()
    asked = serializers.IntegerField()
    most = serializers.SerializerMethodField(help_text="It asks no more than this, and mostly fewer.")
    settled = serializers.FloatField(help_text="Share of the concepts of which it is sure, either way.")
    is_preparing = serializers.BooleanField()
    job = serializers.UUIDField(source="placement.job_id", allow_null=True)
    question = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()

    def get_most(self, standing: Standing) -> int:
        return MOST_QUESTIONS

    @extend_schema_field(OpenQuestionSerializer(allow_null=True))
    def get_question(self, standing: Standing) -> dict[str, Any] | None:
        shown = shown_question(standing)
        return OpenQuestionSerializer(shown).data if shown else None

    @extend_schema_field(PlacementResultSerializer(allow_null=True))
    def get_result(self, standing: Standing) -> dict[str, Any] | None:
        if standing.placement.finished_at is None:
            return None
        return PlacementResultSerializer(result_of(standing.placement)).data


class PlacementAnswerSerializer(serializers.Serializer[dict[str, Any]]):
    """What was typed or chosen, the steps in order, or that one does not know or wants another question."""

    question = serializers.UUIDField()
    reply = serializers.ChoiceField(choices=REPLIES, default="answered")
    answer = serializers.CharField(
        max_length=2000,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="For self_report: yes or no.",
    )
    order = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20, allow_empty=True
    )


def shown_question(standing: Standing) -> dict[str, Any] | None:
    """The open question as it is asked, options in the learner's own order."""
    asked = standing.question
    if asked is None:
        return None
    if asked.item_id is None:
        options = [{"id": YES, "text": "Yes, I could"}, {"id": NO, "text": "No, not yet"}]
        shown = {"kind": "self_report", "stem": f"{asked.concept.name}: {OWN_WORD}", "hint": "", "code": ""}
        return shown | {"id": asked.pk, "number": asked.number, "item": None, "options": options}
    item = PracticeItem.objects.select_related("concept").get(pk=asked.item_id)
    learner = standing.placement.enrolment.learner
    return {
        "id": asked.pk,
        "number": asked.number,
        "item": item,
        "kind": item.kind,
        "stem": item.stem,
        "hint": item.content["hint"],
        "code": item.content["code"],
        "options": [{"id": one.id, "text": one.text} for one in options_for(item, learner)],
    }
