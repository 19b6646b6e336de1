"""What drafts look like in JSON; what each command takes stands in `concepts.services.commands`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers

from concepts.draft_models import MAX_OPERATIONS
from concepts.models import GraphDraft
from concepts.serializers import SubjectField
from concepts.services.commands import SCHEMAS

OPERATION_BODY: dict[str, Any] = {
    "oneOf": [
        {
            "type": "object",
            "title": name,
            "properties": {
                "command": {"type": "string", "enum": [name]},
                "parameters": schema,
            },
            "required": ["command", "parameters"],
        }
        for name, schema in SCHEMAS.items()
    ]
}
OPERATIONS_BODY = {
    "application/json": {
        "oneOf": [OPERATION_BODY, {"type": "array", "items": OPERATION_BODY, "maxItems": MAX_OPERATIONS}]
    }
}
OPERATION_EXAMPLES = [
    OpenApiExample(
        "one operation",
        value={
            "command": "add_prerequisite",
            "parameters": {"prerequisite": "amplitude", "dependent": "loudness", "reason": "missed in class"},
        },
        request_only=True,
    ),
    OpenApiExample(
        "several, the second on a concept that the first adds",
        value=[
            {"command": "add_concept", "parameters": {"name": "Decibel", "key": "decibel"}},
            {
                "command": "add_prerequisite",
                "parameters": {"prerequisite": "loudness", "dependent": "decibel"},
            },
        ],
        request_only=True,
    ),
]


class OperationSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="Stays with the operation; none is given twice.")
    command = serializers.ChoiceField(choices=sorted(SCHEMAS))
    parameters = serializers.DictField()
    says = serializers.CharField(help_text="The same in a sentence.")


class GraphDraftSummarySerializer(serializers.ModelSerializer[GraphDraft]):
    author = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    closed_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    revision = serializers.IntegerField(
        source="subject.revision", read_only=True, help_text="Of the graph as it is now."
    )
    published_as = serializers.IntegerField(
        source="published_as.number", read_only=True, allow_null=True, default=None
    )
    operation_count = serializers.SerializerMethodField()

    class Meta:
        model = GraphDraft
        fields = [
            "id",
            "subject",
            "title",
            "reason",
            "author",
            "state",
            "version",
            "based_on",
            "revision",
            "published_as",
            "closed_by",
            "operation_count",
            "created_at",
            "changed_at",
        ]
        read_only_fields = fields

    def get_operation_count(self, draft: GraphDraft) -> int:
        return len(draft.operations)


class GraphDraftSerializer(GraphDraftSummarySerializer):
    """A draft with its operations in order; hand in ``operations_in_words`` as context ``words``."""

    operations = serializers.SerializerMethodField()

    class Meta(GraphDraftSummarySerializer.Meta):
        fields = [*GraphDraftSummarySerializer.Meta.fields, "operations"]
        read_only_fields = fields

    @extend_schema_field(OperationSerializer(many=True))
    def get_operations(self, draft: GraphDraft) -> list[dict[str, Any]]:
        return list(OperationSerializer(self.context["words"][draft.pk], many=True).data)


class NewGraphDraftSerializer(serializers.Serializer[Any]):
    subject = SubjectField()
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class GraphDraftChangeSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)
    order = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        max_length=MAX_OPERATIONS,
        help_text="The numbers of all operations, in their new order.",
    )


class CommandSerializer(serializers.Serializer[Any]):
    command = serializers.CharField(max_length=80)
    parameters = serializers.JSONField()
