from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from concepts.models import Concept
from concepts.serializers import ConceptNameSerializer
from tutor.models import PracticeAnswer, PracticeItem
from tutor.services.practising import options_for

if TYPE_CHECKING:
    from accounts.models import User


class OptionSerializer(serializers.Serializer[Any]):
    """One option under the name by which it is handed in."""

    id = serializers.CharField()
    text = serializers.CharField()


class SolutionSerializer(serializers.Serializer[Any]):
    """What is right, and the words of the source that prove it."""

    answer = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())
    quote = serializers.CharField()
    passage = serializers.UUIDField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    page = serializers.CharField(help_text="Opens the source at the place.")


class PracticeItemSerializer(serializers.ModelSerializer[PracticeItem]):
    """An item as it is asked; what proves it would give the answer away, so that comes after an answer."""

    concept = ConceptNameSerializer(read_only=True)
    hint = serializers.CharField(source="content.hint", read_only=True)
    code = serializers.CharField(source="content.code", read_only=True)
    options = serializers.SerializerMethodField(help_text="In this person's own order.")

    class Meta:
        model = PracticeItem
        fields = [
            "id",
            "concept",
            "kind",
            "stem",
            "hint",
            "code",
            "options",
            "guess",
            "engine",
            "engine_version",
        ]
        read_only_fields = fields

    @extend_schema_field(OptionSerializer(many=True))
    def get_options(self, item: PracticeItem) -> list[dict[str, str]]:
        user = self.context["request"].user
        return [{"id": option.id, "text": option.text} for option in options_for(item, user)]


class PracticeItemsRequestSerializer(serializers.Serializer[dict[str, Any]]):
    """On which concept items are wanted."""

    concept = serializers.PrimaryKeyRelatedField(queryset=Concept.objects.none())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        user = _user(self)
        if user:
            cast(Any, fields["concept"]).queryset = Concept.objects.visible_to(user).published()
        return fields


class PracticeAnswerRequestSerializer(serializers.Serializer[dict[str, Any]]):
    """What was typed, or the id of the option; for an ordering the ids of all steps in order."""

    answer = serializers.CharField(max_length=2000, required=False, allow_blank=True, trim_whitespace=False)
    order = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20, allow_empty=True
    )


class PracticeAnswerSerializer(serializers.ModelSerializer[PracticeAnswer]):
    """What an answer was worth, what is right, and what it did to the belief."""

    given = serializers.JSONField(help_text="Text, or the list of steps.")
    is_right = serializers.SerializerMethodField()
    solution = serializers.SerializerMethodField()

    class Meta:
        model = PracticeAnswer
        fields = [
            "id",
            "item",
            "given",
            "score",
            "is_right",
            "note",
            "counts",
            "belief_before",
            "belief_after",
            "answered_at",
            "solution",
        ]
        read_only_fields = fields

    def get_is_right(self, answer: PracticeAnswer) -> bool:
        return answer.score >= 1

    @extend_schema_field(SolutionSerializer)
    def get_solution(self, answer: PracticeAnswer) -> dict[str, Any]:
        item = answer.item
        place = f"?start={item.start}&end={item.end}"
        return {
            "answer": item.content["answer"],
            "steps": item.content["steps"],
            "quote": item.quote,
            "passage": str(item.passage_id),
            "start": item.start,
            "end": item.end,
            "page": f"{reverse('passage', args=[item.passage_id])}{place}",
        }


def _user(serializer: serializers.BaseSerializer[Any]) -> User | None:
    request = serializer.context.get("request")
    return request.user if request and request.user.is_authenticated else None
