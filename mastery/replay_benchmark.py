"""Does a replay give the same bytes, whatever the database and the order of arrival, and at what cost?

A subject, its learners and their events are drawn from a seed, ids included, so that two databases hold the
same rows. The events arrive once in the order in which they happened and once shuffled over all learners;
some logs arrive shuffled one event at a time through `record_event`, late ones among them. All happens in
one transaction that is rolled back.
"""

from __future__ import annotations

import random
import resource
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from django.db import transaction

from accounts.models import User
from concepts.models import Concept, Origin, Prerequisite, Subject
from mastery.models import Enrolment, MasteryEvent
from mastery.services.folding import fold_log, rewrite
from mastery.services.recording import record_event
from mastery.services.replaying import Digest, replay_all
from research.models import Library

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAYS = 400
AT_ONCE = 2000
TIES, CORRECTIONS, OVERRIDES = 0.02, 0.02, 0.01
POINTS = 3
_NAMES = uuid.UUID("6f1a2a0e-3c41-4d0c-8a6e-4f6f7f1f4c55")
KINDS = (MasteryEvent.Kind.EXPLAIN_BACK, MasteryEvent.Kind.CLOZE, MasteryEvent.Kind.CHOICE)


@dataclass
class Measured:
    """What one run found; seconds, but ``late_ms``: the time of each event that was recorded alone.

    ``*_cpu_s`` is this process's own time, whatever else the machine was doing.
    """

    events: int
    learners: int
    ordered_sha256: str = ""
    shuffled_sha256: str = ""
    differences: int = 0
    insert_s: float = 0.0
    insert_cpu_s: float = 0.0
    fold_s: float = 0.0
    fold_cpu_s: float = 0.0
    replay_s: float = 0.0
    replay_cpu_s: float = 0.0
    alone_logs: int = 0
    late_ms: list[float] = field(default_factory=list)
    start_mb: float = 0.0
    peak_mb: float = 0.0

    @property
    def orders_agree(self) -> bool:
        """Whether both orders of arrival gave the same bytes."""
        return self.ordered_sha256 == self.shuffled_sha256

    def forget_times(self) -> None:
        """Begin to count anew: both orders cost about the same, and the last one's time is told."""
        for name in ("insert", "fold", "replay"):
            setattr(self, f"{name}_s", 0.0)
            setattr(self, f"{name}_cpu_s", 0.0)

    def as_row(self) -> dict[str, Any]:
        """The figures, ready to be printed."""
        late = sorted(self.late_ms) or [0.0]
        return {
            "events": self.events,
            "learners": self.learners,
            "orders_agree": int(self.orders_agree),
            "differences": self.differences,
            "insert_s": round(self.insert_s, 1),
            "fold_s": round(self.fold_s, 1),
            "fold_cpu_us": round(self.fold_cpu_s / self.events * 1e6),
            "replay_s": round(self.replay_s, 1),
            "replay_cpu_us": round(self.replay_cpu_s / self.events * 1e6),
            "recorded_alone": len(self.late_ms),
            "alone_logs": self.alone_logs,
            "alone_p50_ms": round(median(late), 2),
            "alone_p95_ms": round(late[int(0.95 * (len(late) - 1))], 2),
            "start_mb": round(self.start_mb),
            "peak_mb": round(self.peak_mb),
            "sha256": self.shuffled_sha256,
        }


def measure_replay(
    *,
    events: int,
    learners: int,
    concepts: int,
    alone: int,
    seed: int,
    keep: bool,
    tell: Callable[[str], None],
) -> Measured:
    """Draw, fold, replay and compare; leaves nothing in the database, unless what arrived shuffled is kept.

    ``alone`` events arrive one at a time: whole logs of the first learners, up to that many.
    """
    measured = Measured(events=events, learners=learners, start_mb=peak_mb())
    with transaction.atomic():
        subject, enrolments = draw_class(learners, concepts=concepts, seed=seed)
        for name, shuffled in (("ordered_sha256", False), ("shuffled_sha256", True)):
            measured.forget_times()
            tell(f"arrival {'shuffled over all learners' if shuffled else 'in the order of events'}")
            with transaction.atomic():
                _arrive(
                    subject,
                    enrolments,
                    measured,
                    alone=alone if shuffled else 0,
                    seed=seed,
                    shuffled=shuffled,
                )
                setattr(measured, name, _replay(subject, measured))
                transaction.set_rollback(not (keep and shuffled))
        transaction.set_rollback(not keep)
    measured.peak_mb = peak_mb()
    return measured


def draw_class(learners: int, *, concepts: int, seed: int) -> tuple[Subject, list[Enrolment]]:
    """A subject in which each concept rests on up to three of the ten before it, and its learners."""
    rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    key = f"benchmark-replay-{seed}"
    library = Library.objects.create(id=_name(seed, "library"), key=key, name=key)
    subject = Subject.objects.create(id=_name(seed, "subject"), key=key, name=key, library=library)
    rows = Concept.objects.bulk_create(
        Concept(
            id=_name(seed, "concept", place),
            subject=subject,
            key=f"c{place}",
            name=f"c{place}",
            status=Concept.Status.PUBLISHED,
            position=place,
        )
        for place in range(concepts)
    )
    Prerequisite.objects.bulk_create(
        Prerequisite(
            id=_name(seed, "edge", place, below),
            subject=subject,
            prerequisite=rows[below],
            dependent=rows[place],
            status=Prerequisite.Status.ACCEPTED,
            origin=Origin.EDUCATOR,
        )
        for place in range(1, concepts)
        for below in sorted(rng.sample(range(max(0, place - 10), place), k=min(place, rng.randint(0, 3))))
    )
    users = User.objects.bulk_create(
        User(id=_name(seed, "user", number), username=f"{key}-{number}") for number in range(learners)
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(id=_name(seed, "enrolment", number), learner=user, subject=subject)
        for number, user in enumerate(users)
    )
    return subject, enrolments


def shares_of(events: int, *, learners: int) -> list[int]:
    """How many events each learner has: few have many; together exactly ``events``.

    Examples
    --------
    >>> shares_of(100, learners=4)
    [64, 14, 12, 10]
    """
    weights = [1 / (place + 1) ** 0.5 for place in range(learners)]
    weights[0] *= 3
    shares = [int(events * weight / sum(weights)) for weight in weights]
    shares[0] += events - sum(shares)
    return shares


def draw_log(
    enrolment: Enrolment,
    *,
    events: int,
    concepts: Sequence[Concept],
    prerequisites: dict[uuid.UUID, list[str]],
    number: int,
    seed: int,
) -> Iterator[MasteryEvent]:
    """One learner's events in the order in which they happened; some at the same moment, some corrected."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - likewise
    at, first = START, list[MasteryEvent]()
    step = timedelta(days=DAYS) / max(events, 1)
    for place in range(events):
        if rng.random() >= TIES:
            at += timedelta(milliseconds=int(rng.expovariate(1) * step / timedelta(milliseconds=1)))
        # Every second log is left without, so that some that arrive alone need no correction afterwards.
        is_correction = bool(first) and number % 2 == 1 and rng.random() < CORRECTIONS
        corrected = rng.choice(first[-20:]) if is_correction else None
        concept = (
            corrected.concept
            if corrected
            else concepts[min(int(rng.expovariate(6) * len(concepts)), len(concepts) - 1)]
        )
        kind = corrected.kind if corrected else rng.choice(KINDS)
        if not corrected and rng.random() < OVERRIDES:
            kind = MasteryEvent.Kind.OVERRIDE
        shown = rng.choices(range(POINTS + 1), weights=(3, 1, 2, 6))[0]
        event = MasteryEvent(
            id=_name(seed, "event", number, place),
            enrolment=enrolment,
            concept=concept,
            kind=kind,
            occurred_at=at,
            recorded_at=at,
            score=shown / POINTS,
            certainty=rng.choice((0.6, 0.9, 1.0)),
            corrects=corrected,
            rubric=[
                {"point": str(point), "verdict": "shown" if point < shown else "missing"}
                for point in range(POINTS)
            ],
            prerequisites=prerequisites[concept.pk],
            grader="benchmark",
        )
        if not corrected:
            first.append(event)
        yield event


def peak_mb() -> float:
    """The most memory that this process has held so far, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1024


def _arrive(
    subject: Subject,
    enrolments: Sequence[Enrolment],
    measured: Measured,
    *,
    alone: int,
    seed: int,
    shuffled: bool,
) -> None:
    logs = _logs(subject, enrolments, events=measured.events, seed=seed)
    by_hand = _first_logs(shares_of(measured.events, learners=len(enrolments)), events=alone)
    rest, single = list[MasteryEvent](), list[MasteryEvent]()
    for number, event in logs:
        # A correction is made by an educator of the class; here it comes with the rest.
        (single if number in by_hand and not event.corrects_id else rest).append(event)
    if shuffled:
        rng = random.Random(f"{seed}:arrival")  # noqa: S311 - likewise
        rng.shuffle(rest)
        rng.shuffle(single)
        # What corrects an event is known after it in any log; between these the order is free.
        rest.sort(key=lambda event: event.corrects_id is not None)
    with _timed(measured, "insert"):
        first = [event for event in rest if not event.corrects_id]
        for start in range(0, len(first), AT_ONCE):
            MasteryEvent.objects.bulk_create(first[start : start + AT_ONCE])
    for event in single:
        began = time.perf_counter()
        _record(event)
        measured.late_ms.append((time.perf_counter() - began) * 1000)
    with _timed(measured, "insert"):
        MasteryEvent.objects.bulk_create((event for event in rest if event.corrects_id), batch_size=AT_ONCE)
    # A log that arrived alone and was not corrected is left as event by event has made it.
    corrected = {event.enrolment_id for event in rest if event.corrects_id}
    made = {event.enrolment_id for event in single} - corrected
    measured.alone_logs = len(made)
    with _timed(measured, "fold"):
        for enrolment in enrolments:
            if enrolment.pk not in made:
                rewrite(enrolment, fold_log(enrolment))


def _logs(
    subject: Subject, enrolments: Sequence[Enrolment], *, events: int, seed: int
) -> Iterator[tuple[int, MasteryEvent]]:
    concepts = list(subject.concepts.order_by("position"))
    prerequisites: dict[uuid.UUID, list[str]] = {concept.pk: [] for concept in concepts}
    for edge in subject.prerequisites.all():
        prerequisites[edge.dependent_id].append(str(edge.prerequisite_id))
    for named in prerequisites.values():
        named.sort()
    for number, count in enumerate(shares_of(events, learners=len(enrolments))):
        log = draw_log(
            enrolments[number],
            events=count,
            concepts=concepts,
            prerequisites=prerequisites,
            number=number,
            seed=seed,
        )
        for event in log:
            yield number, event


def _first_logs(shares: Sequence[int], *, events: int) -> set[int]:
    """Whole logs from the shortest on, up to so many events."""
    chosen: set[int] = set()
    for number in reversed(range(len(shares))):
        if events < shares[number]:
            break
        chosen.add(number)
        events -= shares[number]
    return chosen


def _record(event: MasteryEvent) -> None:
    record_event(
        event.enrolment,
        concept=event.concept,
        kind=MasteryEvent.Kind(event.kind),
        score=event.score,
        occurred_at=event.occurred_at,
        grader=event.grader,
        certainty=event.certainty,
        rubric=event.rubric,
        event_id=event.pk,
    )


def _replay(subject: Subject, measured: Measured) -> str:
    digest = Digest()
    with _timed(measured, "replay"):
        for replayed in replay_all(subject=subject):
            digest.add(replayed)
            measured.differences += len(replayed.differences)
    return digest.hexdigest()


@contextmanager
def _timed(measured: Measured, name: str) -> Iterator[None]:
    began, began_cpu = time.perf_counter(), time.process_time()
    yield
    spent = {"s": time.perf_counter() - began, "cpu_s": time.process_time() - began_cpu}
    for unit, seconds in spent.items():
        setattr(measured, f"{name}_{unit}", getattr(measured, f"{name}_{unit}") + seconds)


def _name(seed: int, *parts: object) -> uuid.UUID:
    return uuid.uuid5(_NAMES, ":".join(map(str, (seed, *parts))))
