"""How long reviewing a graph takes, from the log of decisions."""

from __future__ import annotations

from statistics import mean, median
from typing import Any

from concepts.models import ReviewDecision, Subject
from concepts.services.review_queue import count_waiting

# Whoever looks at one question for longer has gone away from it.
LONGEST_S = 600.0


def review_stats(subject: Subject, *, waiting: int | None = None) -> dict[str, Any]:
    """Count and time the decisions on a subject; what was taken back counts as time, not as a decision."""
    rows = list(subject.review_decisions.values_list("choice", "seconds", "taken_back_at"))
    choices = dict.fromkeys(ReviewDecision.Choice.values, 0)
    decided = []
    for choice, seconds, taken_back_at in rows:
        if taken_back_at is None:
            choices[choice] += 1
            if choice != ReviewDecision.Choice.SKIP:
                decided.append(min(seconds, LONGEST_S))
    if waiting is None:
        waiting = count_waiting(subject)
    each = mean(decided) if decided else None
    return {
        "subject": subject.pk,
        "waiting": waiting,
        "decided": len(decided),
        "taken_back": sum(1 for *_, taken_back_at in rows if taken_back_at is not None),
        "choices": choices,
        "median_seconds": median(decided) if decided else None,
        "mean_seconds": each,
        "minutes": sum(min(seconds, LONGEST_S) for _, seconds, _ in rows) / 60,
        "minutes_left": None if each is None else each * waiting / 60,
    }
