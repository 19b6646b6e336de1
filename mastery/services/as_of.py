"""What was believed of a learner on a day in the past, and which events had moved it there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from concepts.models import Concept
from concepts.services.homes import homes_of
from mastery.estimator import MasteryRule, is_mastered
from mastery.models import Enrolment, MasteryEvent, MasteryEventQuerySet
from mastery.parameters import Parameters
from mastery.review import due_at, fold_cards, retrievability
from mastery.services.experimenting import threshold_of
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.reading import evidence_of
from mastery.services.remembering import memory_of
from mastery.tracing import Trace, trace_beliefs


@dataclass(frozen=True, slots=True)
class PastBelief:
    """What was believed of one concept, why, and apart from it when its review was due."""

    concept: Concept
    trace: Trace
    is_mastered: bool
    due_at: datetime | None
    retrievability: float | None


@dataclass(frozen=True, slots=True)
class AsOf:
    """What was believed in one enrolment as of a moment.

    Attributes
    ----------
    with_hindsight
        Whether events count that became known only later; else only what was known at that moment does.
    parameters
        Hash of those that were folded with now.
    other_parameters
        How many of the events were first folded with other ones, so that beliefs were shown otherwise then.
    """

    enrolment: Enrolment
    at: datetime
    with_hindsight: bool
    events: int
    parameters: str
    other_parameters: int
    beliefs: tuple[PastBelief, ...]


def beliefs_on(
    enrolment: Enrolment,
    *,
    at: datetime,
    with_hindsight: bool = False,
    parameters: Parameters | None = None,
) -> AsOf:
    """Fold what had happened by ``at``, and unless ``with_hindsight`` only what was in the log by then.

    Evidence is read where concepts have gone since, by merges and splits. The threshold is that of the
    learner's arm at that time, else the subject's now.
    """
    parameters = parameters or parameters_in_force(enrolment.subject_id)
    events, corrections = _known(enrolment, at=at, with_hindsight=with_hindsight)
    homes = homes_of(enrolment.subject_id)
    rows = list(events.in_event_order().iterator(chunk_size=2000))
    evidence = list(evidence_of(rows, corrections, homes=homes))
    traces = trace_beliefs(evidence, parameters=parameters, now=at)
    memory = memory_of(enrolment, at=at)
    cards: dict[str, dict[str, Any]] = {}
    for one in evidence:
        cards |= fold_cards(cards, one.observation, parameters=parameters, memory=memory)
    rule = MasteryRule.at(threshold_of(enrolment, now=at))
    concepts = Concept.objects.in_bulk([uuid.UUID(concept) for concept in traces])
    beliefs = [
        PastBelief(
            concept=concepts[uuid.UUID(key)],
            trace=trace,
            is_mastered=is_mastered(trace.state, rule=rule, parameters=parameters, now=at),
            due_at=due_at(cards[key]) if key in cards else None,
            retrievability=retrievability(cards[key], now=at, memory=memory) if key in cards else None,
        )
        for key, trace in traces.items()
    ]
    return AsOf(
        enrolment=enrolment,
        at=at,
        with_hindsight=with_hindsight,
        events=len(rows) + len(corrections),
        parameters=parameters.hash,
        other_parameters=sum(event.hashes.get("parameters") != parameters.hash for event in rows),
        beliefs=tuple(sorted(beliefs, key=lambda one: (one.concept.position, str(one.concept.pk)))),
    )


def _known(
    enrolment: Enrolment, *, at: datetime, with_hindsight: bool
) -> tuple[MasteryEventQuerySet, dict[uuid.UUID | None, MasteryEvent]]:
    """What had happened, and the corrections that counted; in hindsight those that came later count too."""
    happened = Q(occurred_at__lte=at)
    known = Q() if with_hindsight else happened & Q(recorded_at__lte=at)
    events = MasteryEvent.objects.filter(happened & known, enrolment=enrolment, corrects=None)
    made = MasteryEvent.objects.filter(
        known, enrolment=enrolment, corrects__isnull=False, corrects__occurred_at__lte=at
    )
    return events, {event.corrects_id: event for event in made.in_event_order()}
