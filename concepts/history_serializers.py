"""What the history of a graph is asked in and answers with."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from concepts.models import Revision
from concepts.serializers import MAX_ALIASES, ConceptField, QuotationSerializer
from concepts.services.splitting import Share
from concepts.services.telling import tell_revision

MAX_SHARED = 10_000


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class RestoreSerializer(ReasonSerializer):
    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class StepSerializer(serializers.ModelSerializer[Revision]):
    """A revision that stepped through the history."""

    author = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    told = serializers.SerializerMethodField(help_text="What it did, in a sentence.")

    class Meta:
        model = Revision
        fields = [
            "id",
            "subject",
            "number",
            "kind",
            "target",
            "standing",
            "author",
            "reason",
            "told",
            "created_at",
        ]
        extra_kwargs = {"standing": {"help_text": "The newest revision that is not undone now."}}

    def get_told(self, revision: Revision) -> str:
        return tell_revision(revision)


class DiffQuerySerializer(serializers.Serializer[Any]):
    to = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, help_text="The newest if left out."
    )

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.IntegerField(min_value=0, max_value=2**31 - 1), **super().get_fields()}


class PartSerializer(serializers.Serializer[Any]):
    added = serializers.ListField(child=serializers.DictField())
    removed = serializers.ListField(child=serializers.DictField())
    changed = serializers.ListField(child=serializers.DictField(), help_text="With `before` and `after`.")


class EvidenceCountSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class DiffSerializer(serializers.Serializer[Any]):
    to = serializers.IntegerField()
    concepts = PartSerializer()
    prerequisites = PartSerializer()
    evidence = EvidenceCountSerializer()

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.IntegerField(), **super().get_fields()}


class MergeSerializer(ReasonSerializer):
    into = ConceptField()


class SplitSerializer(ReasonSerializer):
    name = serializers.CharField(max_length=200)
    key = serializers.SlugField(max_length=120, required=False)
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MAX_ALIASES, required=False
    )
    evidence = serializers.ListField(
        child=serializers.UUIDField(), max_length=MAX_SHARED, required=False, help_text="Ids that go along."
    )
    prerequisites = serializers.ListField(
        child=serializers.UUIDField(), max_length=MAX_SHARED, required=False, help_text="Ids that go along."
    )
    points = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=MAX_SHARED,
        required=False,
        help_text="Rubric points and practice items that go along; others go with the evidence they overlap.",
    )
    definition = QuotationSerializer(required=False, help_text="Of the new concept.")
    remaining_definition = QuotationSerializer(required=False, help_text="Of the old one.")

    def asked(self) -> dict[str, Any]:
        """The arguments of the split."""
        values = dict(self.validated_data)
        shared = {name: values.pop(name) for name in Share.__dataclass_fields__ if name in values}
        ids = {name: frozenset(keys) for name, keys in shared.items() if name != "aliases"}
        return values | {"share": Share(aliases=tuple(shared.get("aliases", ())), **ids)}
