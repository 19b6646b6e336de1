"""Measures how long one edit, one step in the history and one comparison take on a large subject."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from concepts.errors import ConceptsError
from concepts.models import Concept, Prerequisite, Subject
from concepts.services import editing
from concepts.services.comparing import diff
from concepts.services.merging import merge_concepts
from concepts.services.splitting import Share, split_concept
from concepts.services.undoing import redo, undo
from graphs.errors import GraphError
from research.models import Library

REACH = 200
EDGES_PER_CONCEPT = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one kind of act: by the clock, and of the processor alone."""

    act: str
    p50_ms: float
    worst_ms: float
    cpu_ms: float
    times: int


def measure_history(*, concepts: int, times: int, seed: int = 1) -> list[Timing]:
    """Time every act on a random subject of this size, and leave no trace of it."""
    with transaction.atomic():
        timings = [
            _timed(act, does, times=times) for act, does in _acts(_subject(concepts, seed=seed), times)
        ]
        transaction.set_rollback(True)
    return timings


def _acts(subject: Subject, times: int) -> list[tuple[str, Callable[[int], Any]]]:
    rows = list(subject.concepts.order_by("position"))
    far = [(rows[n], rows[-1 - n]) for n in range(times)]

    def same(n: int) -> Any:
        first, second = rows[times + 2 * n : times + 2 * n + 2]
        return merge_concepts(first, into=second, author=None)

    def rename(n: int) -> Any:
        return editing.change_concept(rows[n], author=None, changes={"name": f"n {n}"})

    def split(n: int) -> Any:
        return split_concept(rows[-1 - n], name=f"s {n}", share=Share(), author=None)

    acts: list[tuple[str, Callable[[int], Any]]] = [
        (
            "rename a concept",
            lambda n: editing.change_concept(rows[n], author=None, changes={"name": f"n {n}"}),
        ),
        ("add a concept", lambda n: editing.add_concept(subject, name=f"new {n}", author=None)),
        (
            "add a prerequisite",
            lambda n: editing.add_prerequisite(
                subject, prerequisite=far[n][0], dependent=far[n][1], author=None
            ),
        ),
        ("undo", lambda n: undo(subject, author=None)),
        ("redo", lambda n: redo(subject, author=None)),
        ("remove a concept", lambda n: editing.remove_concept(rows[-1 - n], author=None)),
        ("bring one back", lambda n: editing.add_concept(subject, name=rows[-1 - n].name, author=None)),
        ("merge two", same),
        ("split one", split),
        ("compare first with last", lambda n: diff(subject, 0, subject.revision)),
    ]
    return acts


def _subject(size: int, *, seed: int) -> Subject:
    rng = random.Random(seed)  # noqa: S311  # a drawing, not a secret
    name = f"history-benchmark-{User.objects.count()}-{size}"
    library = Library.objects.create(key=name, name=name)
    subject = Subject.objects.create(key=name, name=name, library=library)
    names = [f"c{n}" for n in range(size)]
    rows = Concept.objects.bulk_create(
        Concept(subject=subject, key=name, name=name, status="published", position=place)
        for place, name in enumerate(names)
    )
    ends: set[tuple[int, int]] = set()
    while len(ends) < EDGES_PER_CONCEPT * size:
        first = rng.randrange(size - 1)
        ends.add((first, rng.randrange(first + 1, min(size, first + REACH))))
    Prerequisite.objects.bulk_create(
        Prerequisite(
            subject=subject, prerequisite=rows[first], dependent=rows[last], status="accepted", confidence=0.8
        )
        for first, last in sorted(ends)
    )
    return subject


def _timed(act: str, does: Callable[[int], Any], *, times: int) -> Timing:
    clock, cpu = [], []
    for number in range(times):
        start, start_cpu = time.perf_counter(), time.process_time()
        with suppress(GraphError, ConceptsError):  # a refusal is timed like what it refuses
            does(number)
        clock.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - start_cpu))
    return Timing(
        act, round(statistics.median(clock), 1), round(max(clock), 1), round(statistics.median(cpu), 1), times
    )
