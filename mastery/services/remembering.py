"""By what the reviews of a learner are spaced: the subject's scheduler, and the learner's own weights."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import OuterRef, Subquery

from mastery.models import Enrolment, ReviewFit
from mastery.review import DEFAULT_MEMORY, Memory, SchedulerName


def memory_of(enrolment: Enrolment, *, at: datetime | None = None) -> Memory:
    """By what the cards of one enrolment are folded, or were at a moment; the scheduler is always today's."""
    return memories_of([enrolment.pk], at=at).get(enrolment.pk, DEFAULT_MEMORY)


def memories_of(enrolments: Collection[uuid.UUID], *, at: datetime | None = None) -> dict[uuid.UUID, Memory]:
    """The same of several enrolments, in one query."""
    newest = ReviewFit.objects.filter(enrolment=OuterRef("pk")).order_by("-created_at", "-id")
    if at is not None:
        newest = newest.filter(created_at__lte=at)
    weights = Subquery(newest.values("weights")[:1])
    rows = Enrolment.objects.filter(pk__in=enrolments).order_by()
    named = rows.values_list("pk", "subject__review_scheme__scheduler", weights)
    return {pk: _memory(scheduler, own) for pk, scheduler, own in named}


def _memory(scheduler: str | None, weights: Iterable[float] | None) -> Memory:
    if scheduler == SchedulerName.SM2:
        return Memory(SchedulerName.SM2)
    return Memory(weights=tuple(map(float, weights or ())))
