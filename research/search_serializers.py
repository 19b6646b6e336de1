"""What search takes and gives as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from research.models import Passage, Source
from research.places import link_to, place_at
from research.services.searching import PassageHit

if TYPE_CHECKING:
    Plain = serializers.Serializer[Any]
else:
    Plain = serializers.Serializer


class SearchQuerySerializer(Plain):
    library = serializers.SlugField(help_text="The key of the library to search.")
    q = serializers.CharField(max_length=2000, help_text="A question or some words.")
    limit = serializers.IntegerField(min_value=1, max_value=50, default=10)
    source = serializers.ListField(  # type: ignore[assignment]
        child=serializers.UUIDField(), default=list, help_text="Only these sources; repeat the parameter."
    )
    document = serializers.ListField(
        child=serializers.UUIDField(), default=list, help_text="Only these documents."
    )
    kind = serializers.ListField(
        child=serializers.ChoiceField(choices=Source.Kind.choices),
        default=list,
        help_text="Only sources of these kinds.",
    )
    heading = serializers.CharField(
        max_length=200,
        default="",
        allow_blank=True,
        help_text="Only passages under a heading that contains these words.",
    )


class BestWindowSerializer(Plain):
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class SearchResultSerializer(Plain):
    """A found passage, the parts of its score, and the window of its text that fits best."""

    passage = serializers.UUIDField(source="passage.id")
    document = serializers.UUIDField(source="passage.document_id")
    source = serializers.UUIDField(source="passage.document.source_id")  # type: ignore[assignment]
    kind = serializers.CharField(source="passage.document.source.kind")
    title = serializers.CharField(source="passage.document.title")
    heading_path = serializers.ListField(source="passage.heading_path", child=serializers.CharField())
    page_start = serializers.IntegerField(source="passage.page_start", allow_null=True)
    page_end = serializers.IntegerField(source="passage.page_end", allow_null=True)
    seconds_start = serializers.FloatField(source="passage.seconds_start", allow_null=True)
    seconds_end = serializers.FloatField(source="passage.seconds_end", allow_null=True)
    text = serializers.CharField(source="passage.text")
    score = serializers.FloatField(help_text="Cosine plus weighted BM25; comparable within one search.")
    dense = serializers.FloatField(help_text="Cosine of the best window, -1 to 1.")
    keyword = serializers.FloatField(help_text="BM25 of the whole passage; 0 where no word is shared.")
    best_window = serializers.SerializerMethodField()

    @extend_schema_field(BestWindowSerializer)
    def get_best_window(self, hit: PassageHit) -> dict[str, int]:
        return {"start": hit.start, "end": hit.end}


class SearchAnswerSerializer(Plain):
    query = serializers.CharField()
    library = serializers.SlugField()
    results = SearchResultSerializer(many=True)


class PassageSerializer(serializers.ModelSerializer[Passage]):
    """One passage with its place in its source."""

    source = serializers.UUIDField(source="document.source_id", read_only=True)  # type: ignore[assignment]
    title = serializers.CharField(source="document.title", read_only=True)
    version = serializers.IntegerField(source="document.version", read_only=True)
    is_current = serializers.BooleanField(source="document.is_current", read_only=True)
    link = serializers.SerializerMethodField()

    class Meta:
        model = Passage
        fields = [
            "id",
            "document",
            "source",
            "title",
            "version",
            "is_current",
            "ordinal",
            "start",
            "end",
            "text",
            "heading_path",
            "page_start",
            "page_end",
            "seconds_start",
            "seconds_end",
            "token_count",
            "link",
        ]
        read_only_fields = fields

    def get_link(self, passage: Passage) -> str:
        """The web address that opens the source at this passage; empty for an upload."""
        place = place_at(passage.document.structure, offset=passage.start)
        return link_to(passage.document.source.url, place=place)
