"""The graph as operators see it; editing goes through the services, so that every change is a revision."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from concepts.models import Concept, Evidence, GraphDraft, Prerequisite, Revision, Subject
from jobs.admin import ReadOnlyAdmin


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin[Subject]):
    list_display = ("name", "key", "library", "revision", "mastery_threshold", "gate_confidence")
    search_fields = ("name", "key")
    readonly_fields = ("revision", "created_at")
    filter_horizontal = ("researchers",)


class EvidenceInline(admin.TabularInline[Evidence, Any]):
    model = Evidence
    extra = 0
    can_delete = False
    fields = ("kind", "supports", "quote", "engine")
    readonly_fields = fields


@admin.register(Concept)
class ConceptAdmin(ReadOnlyAdmin):
    list_display = ("name", "subject", "status", "origin", "confidence", "position", "is_stale")
    list_filter = ("subject", "status", "origin", "is_stale")
    search_fields = ("name", "key", "summary")
    inlines = (EvidenceInline,)


@admin.register(Prerequisite)
class PrerequisiteAdmin(ReadOnlyAdmin):
    list_display = ("prerequisite", "dependent", "subject", "status", "origin", "confidence", "decided_by")
    list_filter = ("subject", "status", "origin", "is_stale")
    list_select_related = ("prerequisite", "dependent", "subject", "decided_by")
    search_fields = ("prerequisite__name", "dependent__name", "reason")
    inlines = (EvidenceInline,)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ("subject", "number", "author", "reason", "created_at")
    list_filter = ("subject",)
    search_fields = ("reason",)
    date_hierarchy = "created_at"


@admin.register(GraphDraft)
class GraphDraftAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "subject", "author", "state", "based_on", "changed_at")
    list_filter = ("subject", "state")
    search_fields = ("title", "reason")
