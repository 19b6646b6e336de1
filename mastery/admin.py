from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from mastery.models import (
    Belief,
    Enrolment,
    ForgettingReceipt,
    MasteryEvent,
    Placement,
    PlacementQuestion,
    ReviewCard,
    ReviewFit,
    ReviewScheme,
)

Row = TypeVar("Row", bound=Model)


class ReadOnlyAdmin(admin.ModelAdmin[Row]):
    """Rows that only the service writes: to be looked at, never changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin[Enrolment]):
    list_display = ("learner", "subject", "created_at")
    list_filter = ("subject",)
    search_fields = ("learner__username",)


@admin.register(MasteryEvent)
class MasteryEventAdmin(ReadOnlyAdmin[MasteryEvent]):
    list_display = ("occurred_at", "enrolment", "concept", "kind", "score", "certainty", "grader")
    list_filter = ("kind", "enrolment__subject")
    list_select_related = ("enrolment__learner", "enrolment__subject", "concept")
    date_hierarchy = "occurred_at"


@admin.register(Belief)
class BeliefAdmin(ReadOnlyAdmin[Belief]):
    list_display = ("enrolment", "concept", "p_mastery", "low", "high", "events", "last_event_at")
    list_filter = ("enrolment__subject",)
    list_select_related = ("enrolment__learner", "enrolment__subject", "concept")


@admin.register(ReviewCard)
class ReviewCardAdmin(ReadOnlyAdmin[ReviewCard]):
    list_display = ("enrolment", "concept", "due_at")
    list_filter = ("enrolment__subject",)
    list_select_related = ("enrolment__learner", "enrolment__subject", "concept")


@admin.register(ReviewScheme)
class ReviewSchemeAdmin(ReadOnlyAdmin[ReviewScheme]):
    list_display = ("subject", "scheduler")
    list_select_related = ("subject",)


@admin.register(ReviewFit)
class ReviewFitAdmin(ReadOnlyAdmin[ReviewFit]):
    list_display = ("created_at", "enrolment", "reviews", "loss_before", "loss_after")
    list_select_related = ("enrolment__learner", "enrolment__subject")


@admin.register(ForgettingReceipt)
class ForgettingReceiptAdmin(ReadOnlyAdmin[ForgettingReceipt]):
    list_display = ("id", "forgotten_at")


@admin.register(Placement)
class PlacementAdmin(ReadOnlyAdmin[Placement]):
    list_display = ("started_at", "enrolment", "ended", "finished_at", "method")
    list_filter = ("ended", "enrolment__subject")
    list_select_related = ("enrolment__learner", "enrolment__subject")


@admin.register(PlacementQuestion)
class PlacementQuestionAdmin(ReadOnlyAdmin[PlacementQuestion]):
    list_display = ("asked_at", "placement", "number", "concept", "kind", "outcome", "score")
    list_filter = ("kind", "outcome")
    list_select_related = ("placement", "concept")
