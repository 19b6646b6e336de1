"""Holds a subject's prerequisites against what its learners did, for the review queue."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction

from accounts.models import User
from concepts.models import Prerequisite, Subject
from concepts.services.homes import Homes, homes_of
from jobs.models import Job
from jobs.services import JobRun, enqueue
from mastery.edge_outcomes import Comparison, EdgeKey, LoggedTry, Trial, compare_edges, trials_of
from mastery.estimator import MasteryRule
from mastery.models import EdgeOutcome, Enrolment, MasteryEvent
from mastery.parameters import Parameters
from mastery.services.folding import observations_of
from mastery.services.parameters_in_force import parameters_in_force
from mastery.states import Observation

KIND = "weigh_edges"
LEARNERS_AT_ONCE = 50
FIELDS = [
    "verdict",
    "successes_with",
    "tries_with",
    "successes_without",
    "tries_without",
    "effect",
    "low",
    "high",
    "p_supported",
    "since",
    "computed_at",
]


def request_weighing(subject: Subject, *, requested_by: User, idempotency_key: str = "") -> Job:
    """Queue the comparison of a subject's edges with its learners' outcomes."""
    params = {"subject": str(subject.pk)}
    return enqueue(KIND, params=params, created_by=requested_by, idempotency_key=idempotency_key)


def run_weigh_edges(run: JobRun) -> dict[str, Any]:
    """Job handler: param ``subject``."""
    subject = Subject.objects.get(pk=run.params["subject"])
    run.stage("reading answers", total=Enrolment.objects.filter(subject=subject).count())
    compared = compare_subject(subject, progress=lambda done: run.advance(by=done))
    with run.transaction():
        keep_outcomes(subject, compared, now=run.now())
    counts = dict.fromkeys(EdgeOutcome.Verdict.values, 0)
    for one in compared.values():
        counts[str(one.verdict)] += 1
    return {"edges": len(compared), **{name.replace(" ", "_"): count for name, count in counts.items()}}


def compare_subject(
    subject: Subject,
    *,
    progress: Callable[[int], None] = lambda done: None,
    parameters: Parameters | None = None,
) -> dict[uuid.UUID, Comparison]:
    """Return what outcomes say of each edge that stands between taught concepts, by edge id."""
    parameters = parameters or parameters_in_force(subject.pk)
    edges = {
        (str(row.prerequisite_id), str(row.dependent_id)): row.pk
        for row in Prerequisite.objects.standing().between_published().filter(subject=subject)
    }
    prerequisites: dict[str, list[str]] = defaultdict(list)
    for first, last in sorted(edges):
        prerequisites[last].append(first)
    rule = MasteryRule.at(subject.mastery_threshold)
    trials: dict[EdgeKey, list[Trial]] = {edge: [] for edge in edges}
    for number, log in enumerate(_logs_of(subject), start=1):
        found = trials_of(log, prerequisites=prerequisites, rule=rule, parameters=parameters)
        for edge, trial in found.items():
            trials[edge].append(trial)
        if number % LEARNERS_AT_ONCE == 0:
            progress(LEARNERS_AT_ONCE)
    return {edges[edge]: one for edge, one in compare_edges(trials).items()}


@transaction.atomic
def keep_outcomes(subject: Subject, compared: Mapping[uuid.UUID, Comparison], *, now: datetime) -> None:
    """Store the comparisons in place of the earlier ones; ``since`` stays while the verdict does."""
    held = {row.prerequisite_id: row for row in EdgeOutcome.objects.filter(prerequisite__subject=subject)}
    there = set(subject.prerequisites.filter(pk__in=list(compared)).values_list("pk", flat=True))
    rows = [
        _outcome(edge, one, before=held.get(edge), now=now) for edge, one in compared.items() if edge in there
    ]
    EdgeOutcome.objects.filter(prerequisite__subject=subject).exclude(prerequisite__in=there).delete()
    EdgeOutcome.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["prerequisite"], update_fields=FIELDS, batch_size=500
    )


def _outcome(edge: uuid.UUID, one: Comparison, *, before: EdgeOutcome | None, now: datetime) -> EdgeOutcome:
    is_same = before is not None and before.verdict == str(one.verdict)
    return EdgeOutcome(
        prerequisite_id=edge,
        verdict=str(one.verdict),
        successes_with=one.successes_with,
        tries_with=one.tries_with,
        successes_without=one.successes_without,
        tries_without=one.tries_without,
        effect=one.effect,
        low=one.low,
        high=one.high,
        p_supported=one.p_supported,
        since=before.since if before and is_same else now,
        computed_at=now,
    )


def _logs_of(subject: Subject) -> Iterator[list[LoggedTry]]:
    """Each learner's log in order of time, one learner in memory at a time; what went to another concept
    with a merge or a split counts there."""
    homes = homes_of(subject.pk)
    events = MasteryEvent.objects.filter(enrolment__subject=subject)
    ordered = events.order_by("enrolment", "occurred_at", "id").iterator(chunk_size=2000)
    for _, rows in groupby(ordered, key=lambda event: event.enrolment_id):
        yield _log_of(rows, homes=homes)


def _log_of(events: Iterable[MasteryEvent], *, homes: Homes) -> list[LoggedTry]:
    first: list[MasteryEvent] = []
    corrections: dict[uuid.UUID | None, list[MasteryEvent]] = defaultdict(list)
    for event in events:
        if event.corrects_id:
            corrections[event.corrects_id].append(event)
        else:
            first.append(event)
    return [one for event in first for one in _tries(event, corrections.get(event.pk, ()), homes=homes)]


def _tries(event: MasteryEvent, corrections: Iterable[MasteryEvent], *, homes: Homes) -> Iterator[LoggedTry]:
    """One try for each concept that the event speaks of now."""
    judged: dict[str, list[tuple[datetime, Observation]]] = defaultdict(list)
    for later in corrections:
        for seen in observations_of(event, homes=homes, corrected_by=later):
            judged[seen.concept].append((later.occurred_at, seen))
    for seen in observations_of(event, homes=homes):
        yield LoggedTry(seen, tuple(judged.get(seen.concept, ())))
