"""Goes through the logs of learners once more and predicts every answer before it is folded in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet

from concepts.models import Subject
from concepts.services.homes import Homes, homes_of
from mastery.calibrating import GOOD_FROM, Calibration, Predicted, calibrate
from mastery.errors import TooMuchToFold
from mastery.estimator import Estimate, estimate, expected_score
from mastery.models import Enrolment, MasteryEvent
from mastery.parameters import Parameters
from mastery.services.folding import Folded, observations_of
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.records import Filters, chosen

MOST_IN_A_REQUEST = 50_000
ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a learner: what was predicted, and the belief right after it."""

    enrolment: uuid.UUID
    concept: uuid.UUID
    engine: str
    at: datetime
    predicted: float | None
    score: float
    after: Estimate


def report_calibration(
    subject: Subject,
    enrolments: QuerySet[Enrolment],
    filters: Filters,
    *,
    window: timedelta = timedelta(days=7),
    most: int | None = None,
) -> Calibration:
    """Return predicted against observed; ``TooMuchToFold`` where more than ``most`` events are to be read."""
    names = dict(subject.concepts.values_list("pk", "key"))
    steps = steps_of(subject, enrolments, filters, most=most)
    return calibrate((_answer(step, names) for step in steps if step.predicted is not None), window=window)


def steps_of(
    subject: Subject, enrolments: QuerySet[Enrolment], filters: Filters, *, most: int | None = None
) -> Iterator[Step]:
    """Yield what happened to some learners in a subject, one learner in memory at a time.

    Everything earlier is folded; only events on the concept and within the period of ``filters`` are told of.
    An answer that an educator corrected is taken as corrected, there and in all that follows.
    """
    kept = chosen(enrolments.filter(subject=subject), filters)
    events = MasteryEvent.objects.filter(enrolment__in=kept.order_by().values("pk"))
    if filters.until:
        events = events.filter(Q(occurred_at__lt=filters.until) | Q(corrects__isnull=False))
    if most is not None and events.count() > most:
        raise TooMuchToFold(most)
    return _steps(
        events,
        homes_of(subject.pk),
        wanted=_wanted(filters),
        parameters=parameters_in_force(subject.pk),
    )


def _steps(
    events: QuerySet[Any],
    homes: Homes,
    *,
    wanted: Callable[[MasteryEvent], bool],
    parameters: Parameters,
) -> Iterator[Step]:
    ordered = events.order_by("enrolment", "occurred_at", "id").iterator(chunk_size=ROWS_AT_ONCE)
    for _, rows in groupby(ordered, key=lambda event: event.enrolment_id):
        log = list(rows)
        corrections = {event.corrects_id: event for event in log if event.corrects_id}
        folded = Folded({}, {})
        for event in log:
            if event.corrects_id is None:
                step = _step(
                    event, folded, homes, corrected_by=corrections.get(event.pk), parameters=parameters
                )
                if wanted(event):
                    yield step


def _step(
    event: MasteryEvent,
    folded: Folded,
    homes: Homes,
    *,
    corrected_by: MasteryEvent | None,
    parameters: Parameters,
) -> Step:
    """Predict, then fold: an event whose points went to several concepts is predicted by the first."""
    seen = observations_of(event, homes=homes, corrected_by=corrected_by)
    is_answer = seen[0].kind.is_answer
    predicted = expected_score(folded.states, seen[0], parameters=parameters) if is_answer else None
    for one in seen:
        folded.add(one, parameters=parameters)
    after = estimate(folded.states[seen[0].concept], parameters=parameters, now=event.occurred_at)
    return Step(
        enrolment=event.enrolment_id,
        concept=uuid.UUID(seen[0].concept),
        engine=f"{event.grader} {event.grader_version}".strip(),
        at=event.occurred_at,
        predicted=predicted,
        score=seen[0].score,
        after=after,
    )


def _wanted(filters: Filters) -> Callable[[MasteryEvent], bool]:
    def is_wanted(event: MasteryEvent) -> bool:
        return (
            (filters.concept is None or event.concept_id == filters.concept)
            and (filters.since is None or event.occurred_at >= filters.since)
            and (filters.until is None or event.occurred_at < filters.until)
        )

    return is_wanted


def _answer(step: Step, names: dict[uuid.UUID, str]) -> Predicted:
    assert step.predicted is not None
    concept = names.get(step.concept, str(step.concept))
    is_good = step.score >= GOOD_FROM
    return Predicted(step.enrolment, concept, step.engine, step.at, step.predicted, is_good)
