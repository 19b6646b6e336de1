from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jobs.models import Job, ModelCall


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows that are a record of what happened: to look at, not to edit."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("kind", "state", "stage", "done", "total", "attempt", "created_by", "created_at")
    list_filter = ("kind", "state")
    search_fields = ("id", "message", "error")
    date_hierarchy = "created_at"


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnlyAdmin):
    list_display = ("at", "purpose", "model", "outcome", "prompt_tokens", "output_tokens", "duration_s")
    list_filter = ("purpose", "outcome", "model")
    search_fields = ("id", "detail")
    date_hierarchy = "at"
