from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from concepts.models import Concept, Evidence, Prerequisite, Revision, Subject
from concepts.services.quoting import Quotation
from graphs.linting import Code, Severity
from research.models import Passage

MAX_ALIASES = 50


class SubjectSerializer(serializers.ModelSerializer[Subject]):
    library = serializers.PrimaryKeyRelatedField[Any](read_only=True)
    is_open = serializers.BooleanField(source="library.is_open", read_only=True)
    concepts = serializers.IntegerField(source="concept_count", read_only=True)
    prerequisites = serializers.IntegerField(source="prerequisite_count", read_only=True)
    sources = serializers.IntegerField(source="source_count", read_only=True)

    class Meta:
        model = Subject
        fields = [
            "id",
            "key",
            "name",
            "library",
            "is_open",
            "revision",
            "mastery_threshold",
            "gate_confidence",
            "concepts",
            "prerequisites",
            "sources",
            "created_at",
        ]


class NewSubjectSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    key = serializers.SlugField(max_length=80, required=False, help_text="Made of the name if left out.")
    is_open = serializers.BooleanField(default=False, help_text="Any signed-in user may read it.")


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    heading_path = serializers.ListField(
        source="passage.heading_path", child=serializers.CharField(), read_only=True
    )
    source_title = serializers.CharField(source="passage.document.source.__str__", read_only=True)
    url = serializers.SerializerMethodField(help_text="The page that opens the source at this place.")

    class Meta:
        model = Evidence
        fields = [
            "id",
            "passage",
            "start",
            "end",
            "quote",
            "kind",
            "supports",
            "engine",
            "source_title",
            "heading_path",
            "url",
        ]

    def get_url(self, evidence: Evidence) -> str:
        return evidence.page_url


class QuotationSerializer(serializers.Serializer[Any]):
    """Words and the passage they stand in; words that do not stand there are refused."""

    passage = serializers.PrimaryKeyRelatedField[Passage](queryset=Passage.objects.none())
    quote = serializers.CharField(max_length=5000)

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        if "request" in self.context:
            fields["passage"].queryset = Passage.objects.visible_to(self.context["request"].user)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return Quotation(passage=values["passage"], quote=values["quote"])


class ConceptNameSerializer(serializers.ModelSerializer[Concept]):
    class Meta:
        model = Concept
        fields = ["id", "key", "name"]


class ConceptSerializer(serializers.ModelSerializer[Concept]):
    merged_into = ConceptNameSerializer(
        read_only=True, allow_null=True, help_text="The concept that stands for this one since a merge."
    )

    class Meta:
        model = Concept
        fields = [
            "id",
            "subject",
            "key",
            "name",
            "aliases",
            "summary",
            "status",
            "origin",
            "confidence",
            "position",
            "is_stale",
            "merged_into",
        ]

    aliases = serializers.ListField(child=serializers.CharField(max_length=200))


class ConceptDetailSerializer(ConceptSerializer):
    evidence = EvidenceSerializer(many=True, read_only=True)

    class Meta(ConceptSerializer.Meta):
        fields = [*ConceptSerializer.Meta.fields, "evidence"]


class SubjectField(serializers.PrimaryKeyRelatedField[Subject]):
    """A subject that the user may read; another one does not exist."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Subject.objects.none(), **options)

    def get_queryset(self) -> Any:
        return Subject.objects.visible_to(self.context["request"].user)


class ConceptField(serializers.PrimaryKeyRelatedField[Concept]):
    """A concept that the user may read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Concept.objects.none(), **options)

    def get_queryset(self) -> Any:
        return Concept.objects.visible_to(self.context["request"].user)


class NewConceptSerializer(serializers.Serializer[Any]):
    subject = SubjectField()
    name = serializers.CharField(max_length=200)
    key = serializers.SlugField(max_length=120, required=False)
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MAX_ALIASES, required=False
    )
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    definition = QuotationSerializer(required=False)
    reason = serializers.CharField(max_length=500, required=False)


class ShownAtField(serializers.DateTimeField):
    """When the question was put before the person who decides."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "When you were shown it: the time to the decision is then logged.")
        super().__init__(**options)


class ConceptChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MAX_ALIASES, required=False
    )
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    status = serializers.ChoiceField(choices=Concept.Status.choices, required=False)
    definition = QuotationSerializer(required=False)
    reason = serializers.CharField(max_length=500, required=False)
    shown_at = ShownAtField(required=False)


class PrerequisiteSerializer(serializers.ModelSerializer[Prerequisite]):
    """`prerequisite` is required by `dependent`."""

    prerequisite = ConceptNameSerializer(read_only=True)
    dependent = ConceptNameSerializer(read_only=True)
    gates = serializers.BooleanField(read_only=True, help_text="Whether it may lock the dependent concept.")

    class Meta:
        model = Prerequisite
        fields = [
            "id",
            "subject",
            "prerequisite",
            "dependent",
            "status",
            "origin",
            "confidence",
            "reverse_confidence",
            "reason",
            "is_stale",
            "gates",
        ]


class PrerequisiteDetailSerializer(PrerequisiteSerializer):
    evidence_for = serializers.SerializerMethodField()
    evidence_against = serializers.SerializerMethodField()

    class Meta(PrerequisiteSerializer.Meta):
        fields = [*PrerequisiteSerializer.Meta.fields, "evidence_for", "evidence_against"]

    @extend_schema_field(EvidenceSerializer(many=True))
    def get_evidence_for(self, edge: Prerequisite) -> Any:
        return EvidenceSerializer([row for row in edge.evidence.all() if row.supports], many=True).data

    @extend_schema_field(EvidenceSerializer(many=True))
    def get_evidence_against(self, edge: Prerequisite) -> Any:
        return EvidenceSerializer([row for row in edge.evidence.all() if not row.supports], many=True).data


class NewPrerequisiteSerializer(serializers.Serializer[Any]):
    subject = SubjectField()
    prerequisite = ConceptField()
    dependent = ConceptField()
    evidence = QuotationSerializer(required=False)
    reason = serializers.CharField(max_length=500, required=False)


class PrerequisiteDecisionSerializer(serializers.Serializer[Any]):
    """One of the two: a decision, or a figure."""

    status = serializers.ChoiceField(choices=Prerequisite.Status.choices, required=False)
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False)
    reason = serializers.CharField(max_length=500, required=False)
    shown_at = ShownAtField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("status" in attrs) == ("confidence" in attrs):
            raise serializers.ValidationError("Give either a status or a confidence.")
        return attrs


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    author = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    operations = serializers.ListField(child=serializers.DictField(), read_only=True)

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
            "operations",
            "created_at",
        ]


class ExtractionSerializer(serializers.Serializer[Any]):
    engine = serializers.ChoiceField(choices=["auto", "embedded", "ollama"], default="auto")
    most_calls = serializers.IntegerField(
        required=False, min_value=1, max_value=100_000, help_text="At most so many questions to a model."
    )
    dry_run = serializers.BooleanField(
        default=False,
        help_text="Only tell what it would cost: calls, tokens and minutes, in the job's result.",
    )
    scope = serializers.ChoiceField(
        choices=["auto", "all"],
        default="auto",
        help_text="auto: where sources changed, only what rests on the changed passages; all: everything.",
    )


class ImportedSerializer(serializers.Serializer[Any]):
    concepts_added = serializers.IntegerField()
    concepts_changed = serializers.IntegerField()
    prerequisites_added = serializers.IntegerField()
    prerequisites_changed = serializers.IntegerField()
    definitions_not_found = serializers.IntegerField()
    quotes_added = serializers.IntegerField()
    quotes_not_found = serializers.IntegerField()
    revision = serializers.IntegerField()


class FindingSerializer(serializers.Serializer[Any]):
    """One thing to look at in a graph; ids are those of concepts, an edge is its two ends."""

    code = serializers.ChoiceField(choices=[code.value for code in Code])
    severity = serializers.ChoiceField(choices=[severity.value for severity in Severity])
    concepts = serializers.ListField(child=serializers.UUIDField())
    edges = serializers.ListField(child=serializers.ListField(child=serializers.UUIDField()))
    message = serializers.CharField()
