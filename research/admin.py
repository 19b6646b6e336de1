"""Libraries and what is on them, as operators see it; sources change by ingesting, not by hand."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from jobs.admin import ReadOnlyAdmin
from research.models import Document, Library, Passage, Source


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin[Library]):
    list_display = ("name", "key", "is_open", "index_generation", "created_at")
    search_fields = ("name", "key")
    filter_horizontal = ("educators", "classes")
    readonly_fields = ("index_generation", "created_at")


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "library", "kind", "position", "state", "outcome", "fetched_at")
    list_filter = ("library", "kind", "state", "outcome")
    search_fields = ("title", "origin")
    fields = (
        "library",
        "kind",
        "origin",
        "title",
        "url",
        "position",
        "state",
        "outcome",
        "detail",
        "content_type",
        "fetched_at",
        "added_by",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return super().get_queryset(request).defer("original")


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ("title", "source", "version", "is_current", "extractor", "created_at")
    list_filter = ("is_current", "source__library")
    search_fields = ("title",)
    exclude = ("structure",)


@admin.register(Passage)
class PassageAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "document", "ordinal", "token_count", "page_start", "seconds_start")
    search_fields = ("text",)
