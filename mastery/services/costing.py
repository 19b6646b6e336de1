"""Times one event: folded alone, and recorded in the database with all that goes with it."""

from __future__ import annotations

import statistics
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from accounts.models import User
from concepts.models import Concept, Origin, Prerequisite, Subject
from mastery.estimator import fold
from mastery.models import MasteryEvent
from mastery.parameters import Kind, Parameters
from mastery.services.enrolling import enrol
from mastery.services.recording import record_event
from mastery.states import ConceptState, Observation
from research.models import Library

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SCORES = (1.0, 0.0, 2 / 3, 1 / 3)


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor microseconds of one fold; milliseconds of one recorded event, clock and processor."""

    fold_us: float
    record_ms: float
    record_p95_ms: float
    record_cpu_ms: float


def measure_cost(*, concepts: int = 100, folds: int = 20_000, events: int = 300) -> Cost:
    """Fold and record events on concepts with two prerequisites each; the database is left as it was."""
    began = time.process_time()
    spent_s = _record(concepts=concepts, events=events)
    cpu_s = time.process_time() - began
    return Cost(
        fold_us=_fold(concepts=concepts, folds=folds),
        record_ms=statistics.median(spent_s) * 1e3,
        record_p95_ms=statistics.quantiles(spent_s, n=20)[-1] * 1e3,
        record_cpu_ms=cpu_s / events * 1e3,
    )


def _fold(*, concepts: int, folds: int) -> float:
    observations = [
        Observation(
            str(n % concepts),
            Kind.EXPLAIN_BACK,
            SCORES[n % len(SCORES)],
            START + n * timedelta(minutes=1),
            points=3,
            prerequisites=tuple({str((n - 1) % concepts), str((n - 2) % concepts)}),
        )
        for n in range(folds)
    ]
    states: dict[str, ConceptState] = {}
    parameters = Parameters()
    began = time.process_time()
    for seen in observations:
        states.update(fold(states, seen, parameters=parameters))
    return (time.process_time() - began) / folds * 1e6


def _record(*, concepts: int, events: int) -> list[float]:
    spent_s = []
    with transaction.atomic():
        rows = _course(concepts)
        enrolment = enrol(User.objects.create(username=f"timed-{uuid.uuid4()}"), subject=rows[0].subject)
        rubric = [{"point": str(n), "verdict": "shown"} for n in range(3)]
        for number in range(events):
            began = time.perf_counter()
            record_event(
                enrolment,
                concept=rows[number % concepts],
                kind=MasteryEvent.Kind.EXPLAIN_BACK,
                score=SCORES[number % len(SCORES)],
                occurred_at=START + number * timedelta(minutes=1),
                grader="timing",
                rubric=rubric,
            )
            spent_s.append(time.perf_counter() - began)
        transaction.set_rollback(True)
    return spent_s


def _course(concepts: int) -> list[Concept]:
    key = f"timed-{uuid.uuid4()}"
    library = Library.objects.create(key=key, name=key)
    subject = Subject.objects.create(key=key, name=key, library=library)
    rows = [
        Concept(subject=subject, key=f"c{n}", name=f"c{n}", status=Concept.Status.PUBLISHED, position=n)
        for n in range(concepts)
    ]
    Concept.objects.bulk_create(rows)
    Prerequisite.objects.bulk_create(
        Prerequisite(
            subject=subject,
            prerequisite=rows[n - back],
            dependent=rows[n],
            status=Prerequisite.Status.ACCEPTED,
            origin=Origin.EDUCATOR,
        )
        for n in range(2, concepts)
        for back in (1, 2)
    )
    return rows
