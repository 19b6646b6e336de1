"""Measures what an export costs: time, and how much memory it needs at its peak beside what was there."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.exporting.writing import batches
from mastery.models import Enrolment, MasteryEvent
from mastery.services.records import Filters, export_pieces, tables
from research.models import Library

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
EVENTS_OF_A_LEARNER = 200
CONCEPTS = 20
WRITTEN_AT_ONCE = 2000
RUBRIC = [{"point": f"point {n}", "verdict": "shown", "probability": 0.9, "span": "words"} for n in range(3)]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one export took.

    Attributes
    ----------
    events, bytes : int
    seconds : float
    process_growth : int
        By how many bytes the process grew at its peak.
    python_peak : int or None
        The most bytes that Python held beside what it held before; None where that was not traced.
    """

    events: int
    bytes: int
    seconds: float
    process_growth: int
    python_peak: int | None


@contextmanager
def drawn_subject(events: int) -> Iterator[Subject]:
    """A subject with as many events, gone again afterwards."""
    with transaction.atomic():
        yield _draw(events)
        transaction.set_rollback(True)


def measure_export(subject: Subject, *, format_name: str, trace: bool = False) -> Cost:
    """Export the events of a subject; with ``trace`` once more under tracemalloc, which takes far longer."""
    table = tables()["events"]
    rows = table.within(Enrolment.objects.all(), Filters(subject=subject.pk))
    events = rows.count()
    before = _reset_peak()
    started = time.perf_counter()
    size = _drain(export_pieces(table, rows, format_name=format_name))
    seconds = time.perf_counter() - started
    growth = _peak() - before
    peak = _traced(lambda: _drain(export_pieces(table, rows, format_name=format_name))) if trace else None
    return Cost(events, size, seconds, max(0, growth), peak)


def _drain(pieces: Iterable[bytes]) -> int:
    return sum(len(piece) for piece in pieces)


def _traced(work: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _reset_peak() -> int:
    """Have the kernel forget the process's peak; return what it holds now (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _draw(events: int) -> Subject:
    library = Library.objects.create(key="export-benchmark", name="Export benchmark")
    subject = Subject.objects.create(key="export-benchmark", name="Export benchmark", library=library)
    concepts = Concept.objects.bulk_create(
        Concept(subject=subject, key=f"concept-{n}", name=f"Concept {n}", position=n) for n in range(CONCEPTS)
    )
    learners = -(-events // EVENTS_OF_A_LEARNER)
    users = User.objects.bulk_create(User(username=f"export-benchmark-{n}") for n in range(learners))
    enrolments = Enrolment.objects.bulk_create(Enrolment(learner=one, subject=subject) for one in users)
    rows = (
        MasteryEvent(
            enrolment=enrolments[n % learners],
            concept=concepts[n % CONCEPTS],
            kind=MasteryEvent.Kind.EXPLAIN_BACK,
            occurred_at=START + timedelta(minutes=n),
            score=(n % 4) / 3,
            rubric=RUBRIC,
            grader="benchmark",
            hashes={"lesson": "0" * 64, "parameters": "0" * 16},
        )
        for n in range(events)
    )
    for batch in batches(rows, WRITTEN_AT_ONCE):
        MasteryEvent.objects.bulk_create(batch)
    return subject
