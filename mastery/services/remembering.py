"""By what the reviews of a learner are spaced: the subject's scheduler, and the learner's own weights."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import OuterRef, Subquery

from mastery.models import Enrolment, ReviewFit
from mastery.review import DEFAULT_MEMORY, Memory, SchedulerName


def memory_of(enrolment: Enrolment, *, at: datetime | None = None) -> Memory:
    """By what the cards of one enrolment are folded, or were at a moment; the scheduler is always today's."""
    newest = ReviewFit.objects.filter(enrolment=OuterRef("pk")).order_by("-created_at", "-id")
    if at is not None:
        newest = newest.filter(created_at__lte=at)
    row = (
        Enrolment.objects.filter(pk=enrolment.pk)
        .values_list("subject__review_scheme__scheduler", Subquery(newest.values("weights")[:1]))
        .order_by()
        .first()
    )
    return _memory(*row) if row else DEFAULT_MEMORY


def _memory(scheduler: str | None, weights: Iterable[float] | None) -> Memory:
    if scheduler == SchedulerName.SM2:
        return Memory(SchedulerName.SM2)
    return Memory(weights=tuple(map(float, weights or ())))
