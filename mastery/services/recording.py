"""Writes the event log and keeps the beliefs in step with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from concepts.models import Concept
from concepts.services.compiled_graphs import compiled_gating
from concepts.services.homes import Homes, homes_of
from mastery.errors import (
    ConceptNotOfEnrolment,
    LearnerForgotten,
    OverrideNeedsReason,
    OverrideNotAllowed,
)
from mastery.estimator import Estimate, estimate
from mastery.models import Enrolment, MasteryEvent
from mastery.parameters import Parameters
from mastery.provenance import BY_MACHINE, check_hashes
from mastery.services.folding import (
    Folded,
    fold_log,
    load_folded,
    observations_of,
    rewrite,
    write_folded,
)
from mastery.services.parameters_in_force import parameters_in_force
from mastery.states import Observation, untouched

OVERRIDE_GRADER = "educator"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event, and the belief in its concept just before and after it was recorded."""

    event: MasteryEvent
    before: Estimate
    after: Estimate
    is_new: bool = True


@transaction.atomic
def record_event(
    enrolment: Enrolment,
    *,
    concept: Concept,
    kind: MasteryEvent.Kind,
    score: float,
    occurred_at: datetime,
    grader: str,
    grader_version: str = "",
    certainty: float = 1.0,
    rubric: Sequence[Mapping[str, Any]] = (),
    attempt_id: uuid.UUID | None = None,
    hashes: Mapping[str, Any] | None = None,
    author: User | None = None,
    reason: str = "",
    event_id: uuid.UUID | None = None,
    parameters: Parameters | None = None,
) -> Recorded:
    """Append one event and bring the beliefs up to date with it, in one transaction.

    An attempt, and an event that bears an id from elsewhere (``event_id``), is recorded once: recording it
    again changes nothing and answers with the first event. An event
    that is not the newest of its enrolment has the whole log folded again, so that the order of arrival never
    matters. Times are kept to the millisecond, which is what survives an export as JSON.
    """
    if concept.subject_id != enrolment.subject_id:
        raise ConceptNotOfEnrolment(concept.name, subject=enrolment.subject.name)
    occurred_at = occurred_at.replace(microsecond=occurred_at.microsecond // 1000 * 1000)
    check_remembered(Enrolment.objects.select_for_update().get(pk=enrolment.pk))
    parameters = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
    recorded = _recorded_before(enrolment, attempt_id=attempt_id, event_id=event_id, parameters=parameters)
    if recorded:
        return recorded
    return _append(
        MasteryEvent(
            id=event_id or uuid.uuid4(),
            enrolment=enrolment,
            concept=concept,
            kind=kind,
            occurred_at=occurred_at,
            score=score,
            certainty=certainty,
            attempt_id=attempt_id,
            rubric=list(rubric),
            prerequisites=_prerequisites_now(enrolment, concept=concept),
            grader=grader,
            grader_version=grader_version,
            hashes={**(hashes or {}), "parameters": parameters.hash},
            author=author,
            reason=reason,
        ),
        parameters=parameters,
    )


@transaction.atomic
def correct_event(
    event: MasteryEvent,
    *,
    score: float,
    rubric: Sequence[Mapping[str, Any]],
    author: User,
    reason: str,
    now: datetime,
    parameters: Parameters | None = None,
) -> Recorded:
    """Append an educator's correction of an event; beliefs become what they would be, had it been judged so.

    The corrected event stays. A second correction of the same event takes the place of the first.
    """
    first = event.corrects or event
    _check_may_set(first.enrolment, author=author, reason=reason)
    enrolment = Enrolment.objects.select_for_update().get(pk=first.enrolment_id)
    check_remembered(enrolment)
    parameters = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
    return _append(
        MasteryEvent(
            enrolment=enrolment,
            concept=first.concept,
            kind=first.kind,
            occurred_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
            score=score,
            certainty=1.0,
            attempt_id=first.attempt_id,
            corrects=first,
            rubric=list(rubric),
            prerequisites=first.prerequisites,
            grader=OVERRIDE_GRADER,
            hashes={**_asked_with(first), "parameters": parameters.hash},
            author=author,
            reason=reason.strip(),
        ),
        parameters=parameters,
    )


def override(
    enrolment: Enrolment, *, concept: Concept, is_mastered: bool, author: User, reason: str, now: datetime
) -> Recorded:
    """Let an educator set a belief; the event says who and why, and the record before it stays."""
    _check_may_set(enrolment, author=author, reason=reason)
    return record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.OVERRIDE,
        score=1.0 if is_mastered else 0.0,
        occurred_at=now,
        grader=OVERRIDE_GRADER,
        author=author,
        reason=reason.strip(),
    )


def check_remembered(enrolment: Enrolment) -> None:
    """Raise ``LearnerForgotten`` where nothing may be added; ask it of an enrolment whose row is locked."""
    if enrolment.forgotten_at:
        raise LearnerForgotten


def _check_may_set(enrolment: Enrolment, *, author: User, reason: str) -> None:
    if not Enrolment.objects.taught_by(author).filter(pk=enrolment.pk).exists():
        raise OverrideNotAllowed
    if not reason.strip():
        raise OverrideNeedsReason


def belief_in(
    enrolment: Enrolment, *, concept: Concept, now: datetime | None, parameters: Parameters | None = None
) -> Estimate:
    """Return the belief in one concept, or in what it was merged into, as of a moment."""
    parameters = parameters or parameters_in_force(enrolment.subject_id)
    return _belief_in(
        enrolment, concept, now=now, homes=homes_of(enrolment.subject_id), parameters=parameters
    )


def _belief_in(
    enrolment: Enrolment, concept: Concept, *, now: datetime | None, homes: Homes, parameters: Parameters
) -> Estimate:
    key = homes.of_concept(str(concept.pk))
    state = load_folded(enrolment, concepts=[key]).states.get(key) or untouched(parameters)
    return estimate(state, parameters=parameters, now=now)


def _append(event: MasteryEvent, *, parameters: Parameters) -> Recorded:
    """Save an event and fold it in; the enrolment's row is locked."""
    check_hashes(event.hashes)
    # Read after the lock, which a merge takes too: a belief is never folded through an outdated table.
    homes = homes_of(event.enrolment.subject_id)
    observations = observations_of(
        event, homes=homes
    )  # refuses what cannot be evidence, before it is in the log
    key = homes.of_concept(str(event.concept_id))
    touched = {key, *(name for one in observations for name in (one.concept, *one.prerequisites))}
    stored = load_folded(event.enrolment, concepts=sorted(touched))
    before = stored.states.get(key) or untouched(parameters)
    event.save(force_insert=True)
    folded = _fold_in(event, observations, into=stored, homes=homes, parameters=parameters)
    after = folded.states.get(key) or untouched(parameters)
    now = event.occurred_at
    return Recorded(
        event,
        estimate(before, parameters=parameters, now=now),
        estimate(after, parameters=parameters, now=now),
    )


def _asked_with(first: MasteryEvent) -> dict[str, Any]:
    """What was asked stays the same under a correction; the means that had judged it do not judge it now."""
    return {name: value for name, value in first.hashes.items() if name not in BY_MACHINE}


def _recorded_before(
    enrolment: Enrolment,
    *,
    attempt_id: uuid.UUID | None,
    event_id: uuid.UUID | None,
    parameters: Parameters,
) -> Recorded | None:
    same = Q(attempt_id=attempt_id, corrects=None) if attempt_id else Q(pk__in=())
    if event_id:
        same |= Q(pk=event_id, enrolment=enrolment)
    event = MasteryEvent.objects.filter(same).first() if attempt_id or event_id else None
    if event is None:
        return None
    now = belief_in(enrolment, concept=event.concept, now=event.occurred_at, parameters=parameters)
    return Recorded(event, now, now, is_new=False)


def _prerequisites_now(enrolment: Enrolment, *, concept: Concept) -> list[str]:
    graph = compiled_gating(enrolment.subject).graph
    key = str(concept.pk)
    return sorted(graph.prerequisites_of(key)) if key in graph else []


def _fold_in(
    event: MasteryEvent,
    observations: Sequence[Observation],
    *,
    into: Folded,
    homes: Homes,
    parameters: Parameters,
) -> Folded:
    """Bring the stored beliefs up to date; return all that the event touches as it is now."""
    enrolment = event.enrolment
    later = Q(occurred_at__gt=event.occurred_at) | Q(occurred_at=event.occurred_at, id__gt=event.pk)
    if event.corrects_id or enrolment.events.filter(later).exists():
        everything = fold_log(enrolment, parameters=parameters, homes=homes)
        rewrite(enrolment, everything, parameters=parameters)
        return everything
    changed = Folded({}, {})
    for observation in observations:
        folded = into.add(observation, parameters=parameters)
        changed.states.update(folded.states)
        changed.cards.update(folded.cards)
    write_folded(enrolment, changed, parameters=parameters)
    return into
