"""By what the reviews of a learner are spaced: the subject's scheduler, and the learner's own weights."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db.models import OuterRef, Subquery

from mastery.models import Enrolment, ReviewFit
from mastery.review import Memory, SchedulerName


def memory_of(enrolment: Enrolment) -> Memory:
    """By what the cards of one enrolment are folded."""
    return memories_of([enrolment.pk])[enrolment.pk]


def memories_of(enrolments: Collection[uuid.UUID]) -> dict[uuid.UUID, Memory]:
    """The same for many enrolments, in one query."""
    newest = ReviewFit.objects.filter(enrolment=OuterRef("pk")).order_by("-created_at", "-id")
    rows = (
        Enrolment.objects.filter(pk__in=enrolments)
        .order_by()
        .values_list("pk", "subject__review_scheme__scheduler", Subquery(newest.values("weights")[:1]))
    )
    return {pk: _memory(scheduler, weights) for pk, scheduler, weights in rows}


def _memory(scheduler: str | None, weights: Iterable[float] | None) -> Memory:
    if scheduler == SchedulerName.SM2:
        return Memory(SchedulerName.SM2)
    return Memory(weights=tuple(map(float, weights or ())))
