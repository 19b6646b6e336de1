"""Delayed recall: when a probe is due, and what probes come to among those who came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mastery.comparing import Interval, share

RECALLED_FROM = 0.5
WINDOWS = {7: timedelta(days=7), 30: timedelta(days=15)}
"""Days of delay -> for how long a probe may be asked and answered from then on."""
LAST_CLOSE = max(timedelta(days=delay) + window for delay, window in WINDOWS.items())


@dataclass(frozen=True, slots=True)
class DueProbe:
    """A probe that is to be asked now.

    Attributes
    ----------
    concept : str
    delay_days : int
    shown_at, due_at, closes_at : datetime
        When the concept was first explained well enough; from when and until when this may be asked.
    """

    concept: str
    delay_days: int
    shown_at: datetime
    due_at: datetime
    closes_at: datetime


def open_probes(
    shown: Iterable[tuple[str, datetime]], *, delays: Iterable[int], now: datetime
) -> list[DueProbe]:
    """Return the probes whose window is open, the first to close first; one of each concept at most.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> days = [noon + timedelta(days=day) for day in (6, 7, 13, 14)]
    >>> [len(open_probes([("tides", noon)], delays=[7], now=day)) for day in days]
    [0, 1, 1, 0]
    """
    found: dict[str, DueProbe] = {}
    for delay in sorted(delays):
        for concept, at in shown:
            due_at = at + timedelta(days=delay)
            probe = DueProbe(concept, delay, at, due_at, due_at + WINDOWS[delay])
            if due_at <= now < probe.closes_at:
                found[concept] = probe
    return sorted(found.values(), key=lambda probe: (probe.closes_at, probe.concept))


@dataclass(frozen=True, slots=True)
class Asked:
    """One probe that was asked, and its answer in time, if there was one."""

    score: float | None
    was_taught: bool


@dataclass(frozen=True, slots=True)
class Recall:
    """What the probes of one delay came to.

    Attributes
    ----------
    due : int
        Concepts that were shown long enough ago for a probe.
    asked, answered, spoiled, recalled : int
        Probes that were put to learners, answered in time, answered after a lesson in between (not counted
        as answered), and answered well enough.
    came_back : Interval
        Answered, of those due: who came back.
    recall : Interval
        Recalled, of those answered.
    """

    delay_days: int
    due: int
    asked: int
    answered: int
    spoiled: int
    recalled: int
    came_back: Interval
    recall: Interval


def recall_of(probes: Iterable[Asked], *, due: int, delay_days: int) -> Recall:
    """Count probes.

    Examples
    --------
    >>> found = recall_of([Asked(1.0, False), Asked(0.2, False), Asked(None, False)], due=5, delay_days=7)
    >>> found.asked, found.answered, found.recall.value, found.came_back.value
    (3, 2, 0.5, 0.4)
    """
    rows = list(probes)
    spoiled = sum(row.score is not None and row.was_taught for row in rows)
    scores = [row.score for row in rows if row.score is not None and not row.was_taught]
    recalled = sum(score >= RECALLED_FROM for score in scores)
    due = max(due, len(rows))
    return Recall(
        delay_days=delay_days,
        due=due,
        asked=len(rows),
        answered=len(scores),
        spoiled=spoiled,
        recalled=recalled,
        came_back=share(len(scores), due),
        recall=share(recalled, len(scores)),
    )
