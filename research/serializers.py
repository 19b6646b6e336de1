"""Libraries, sources and documents as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from research.models import Document, Library, Source
from research.services.sources import MAX_VIDEOS_PER_TOPIC

MAX_SOURCES_AT_ONCE = 100

if TYPE_CHECKING:
    Plain = serializers.Serializer[Any]
else:
    Plain = serializers.Serializer


class LibrarySerializer(serializers.ModelSerializer[Library]):
    sources = serializers.IntegerField(source="source_count", read_only=True)

    class Meta:
        model = Library
        fields = ["id", "key", "name", "is_open", "index_generation", "sources", "created_at"]
        read_only_fields = fields


class SourceSerializer(serializers.ModelSerializer[Source]):
    library = serializers.SlugField(source="library.key", read_only=True)
    document = serializers.SerializerMethodField(help_text="The current version, once the source was read.")

    class Meta:
        model = Source
        fields = [
            "id",
            "library",
            "kind",
            "origin",
            "title",
            "url",
            "position",
            "state",
            "outcome",
            "detail",
            "document",
            "fetched_at",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_document(self, source: Source) -> str | None:
        current = [document for document in source.documents.all() if document.is_current]
        return str(current[0].pk) if current else None


class NewSourcesSerializer(Plain):
    """At least one of files, url, urls, youtube and topic."""

    library = serializers.SlugField(help_text="The key of the library.")
    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        default=list,
        max_length=MAX_SOURCES_AT_ONCE,
        help_text="Markdown, text, HTML, PDF, .vtt or .srt; the same name again is a new version.",
    )
    url = serializers.CharField(max_length=2000, default="", help_text="A public web page or file.")
    urls = serializers.ListField(
        child=serializers.CharField(max_length=2000), default=list, max_length=MAX_SOURCES_AT_ONCE
    )
    youtube = serializers.CharField(max_length=2000, default="", help_text="The address of one video.")
    topic = serializers.CharField(max_length=200, default="", help_text="Find videos on this topic.")
    videos = serializers.IntegerField(min_value=1, max_value=MAX_VIDEOS_PER_TOPIC, default=3)


class DocumentRowSerializer(serializers.ModelSerializer[Document]):
    """A document without its text."""

    class Meta:
        model = Document
        fields = [
            "id",
            "source",
            "version",
            "is_current",
            "title",
            "extractor",
            "language",
            "content_hash",
            "created_at",
        ]
        read_only_fields = fields


class BlockSerializer(Plain):
    kind = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    level = serializers.IntegerField()
    page = serializers.IntegerField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)


class PassageRowSerializer(Plain):
    id = serializers.UUIDField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    heading_path = serializers.ListField(child=serializers.CharField())


class DocumentSerializer(DocumentRowSerializer):
    """A document whole: its text, and the blocks and passages as offsets into it."""

    blocks = serializers.SerializerMethodField()
    passages = PassageRowSerializer(many=True, read_only=True)

    class Meta(DocumentRowSerializer.Meta):
        fields = [*DocumentRowSerializer.Meta.fields, "text", "blocks", "passages"]
        read_only_fields = fields

    @extend_schema_field(BlockSerializer(many=True))
    def get_blocks(self, document: Document) -> list[dict[str, Any]]:
        names = ("kind", "start", "end", "level", "page", "seconds")
        return [dict(zip(names, row, strict=True)) for row in document.structure.get("blocks", [])]
