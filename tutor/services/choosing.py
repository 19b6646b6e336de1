"""Chooses what an enrolment does next and keeps the record of why."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from concepts.services.compiled_graphs import GatingGraph, compiled_gating
from mastery.models import Enrolment
from mastery.services.believing import BriefStanding, brief_standings
from mastery.services.enrolling import goal_ids
from mastery.services.experimenting import record_assignment, threshold_of, treatment_of
from mastery.services.parameters_in_force import DEFAULTS, parameters_in_force
from mastery.services.probing import due_probe
from tutor import decisions
from tutor.decisions import POLICY_VERSION
from tutor.models import Decision
from tutor.policy import choose_next
from tutor.services.arms import weights_for
from tutor.services.recall_probes import as_probe, probe_record

REMEMBERED = 5
ANSWERS_LAST_S = 60
LOOKED_BACK_FROM = frozenset({decisions.Action.REVIEW, decisions.Action.CONFIRM, decisions.Action.DONE})

Basis: TypeAlias = dict[str, Any]


def decide(enrolment: Enrolment, *, now: datetime, basis: Basis | None = None) -> Decision:
    """Choose what comes next and store why; while nothing happens, the stored decision stays.

    A recall probe that is due comes before what the policy chooses.
    """
    latest = enrolment.decisions.first()
    treatment = treatment_of(enrolment, now=now)
    basis = basis or basis_of(enrolment, now=now)
    # The policy only looks for a run of reviews or re-checks up to now, and whether all was done already.
    recent = _recent_actions(enrolment) if latest and latest.action in LOOKED_BACK_FROM else []
    situation = situation_of(enrolment, now=now, goals=basis["goals"], recent=recent)
    chosen = choose_next(situation, weights=weights_for(treatment))
    probe = due_probe(enrolment, now=now)
    if probe:
        chosen = as_probe(chosen, probe, name=situation.name(probe.concept))
    record = chosen.as_dict() | probe_record(probe) | {"basis": basis, "as_of": now.isoformat()}
    if latest and _says_the_same(latest, record):
        return latest
    record_assignment(enrolment, treatment, now=now)
    return Decision.objects.create(
        enrolment=enrolment, concept_id=chosen.concept, action=chosen.action, record=record
    )


def choose(enrolment: Enrolment, *, now: datetime) -> decisions.Decision:
    """Choose what comes next without storing anything."""
    weights = weights_for(treatment_of(enrolment, now=now))
    return choose_next(situation_of(enrolment, now=now), weights=weights)


def situation_of(
    enrolment: Enrolment,
    *,
    now: datetime,
    goals: Sequence[str] | None = None,
    recent: Sequence[decisions.Action] | None = None,
) -> decisions.Situation:
    """Load what the policy looks at, but for what the caller has read already."""
    return situation_on(
        compiled_gating(enrolment.subject),
        standings=as_seen(brief_standings(enrolment, now=now)),
        goals=goal_ids(enrolment) if goals is None else tuple(goals),
        recent=_recent_actions(enrolment) if recent is None else recent,
        prior=parameters_in_force(enrolment.subject_id).prior,
    )


def situation_on(
    gating: GatingGraph,
    *,
    standings: Mapping[str, decisions.Standing],
    goals: tuple[str, ...],
    recent: Sequence[decisions.Action],
    prior: float = DEFAULTS.prior,
) -> decisions.Situation:
    """What the policy looks at, out of what was loaded."""
    return decisions.Situation(
        graph=gating.graph,
        standings=standings,
        goals=goals,
        names=gating.names,
        recent=recent,
        prior=prior,
    )


def as_seen(standings: Mapping[str, BriefStanding]) -> dict[str, decisions.Standing]:
    """Return of each standing what the policy looks at."""
    return {
        concept: decisions.Standing(
            standing.p,
            mastered=standing.is_mastered,
            is_due=standing.is_due,
            tries=standing.tries,
            failures=standing.failures,
            seen_at=standing.seen_at,
        )
        for concept, standing in standings.items()
    }


def recent_actions_of(enrolments: QuerySet[Enrolment]) -> dict[uuid.UUID, list[decisions.Action]]:
    """The latest decisions of many enrolments, newest last."""
    newest_first = Window(RowNumber(), partition_by="enrolment", order_by=["-created_at", "-id"])
    theirs = Decision.objects.filter(enrolment__in=enrolments.order_by().values("pk")).order_by()
    latest = theirs.annotate(place=newest_first).filter(place__lte=REMEMBERED).values("pk")
    rows = Decision.objects.filter(pk__in=latest).order_by("created_at", "id")
    found: dict[uuid.UUID, list[decisions.Action]] = defaultdict(list)
    for enrolment, action in rows.values_list("enrolment_id", "action"):
        found[enrolment].append(decisions.Action(action))
    return dict(found)


def answer_tag(enrolment: Enrolment, *, basis: Basis, now: datetime) -> str:
    """The entity tag of what is answered to a learner now: another one after every event and every edit.

    Beliefs fade and reviews fall due while nothing happens; so no answer outlives its minute.
    """
    minute = int(now.timestamp() // ANSWERS_LAST_S)
    rest = [POLICY_VERSION, enrolment.subject.gate_confidence, minute]
    told = json.dumps([basis, *rest], sort_keys=True)
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'


def _recent_actions(enrolment: Enrolment) -> list[decisions.Action]:
    latest = enrolment.decisions.values_list("action", flat=True)[:REMEMBERED]
    return [decisions.Action(action) for action in reversed(list(latest))]


def basis_of(enrolment: Enrolment, *, now: datetime | None = None) -> Basis:
    """What a decision rests on; as long as it stays, so does the decision unless time changes it."""
    now = now or timezone.now()
    treatment = treatment_of(enrolment, now=now)
    return {
        "events": enrolment.events.count(),
        "revision": enrolment.subject.revision,
        "threshold": threshold_of(enrolment, now=now),
        "goals": list(goal_ids(enrolment)),
        "parameters": parameters_in_force(enrolment.subject_id).hash,
        **(treatment.basis if treatment else {}),
    }


def _says_the_same(latest: Decision, record: Mapping[str, Any]) -> bool:
    """Whether the choice, what it rests on and whether it is a probe are the same."""
    same_choice = (str(latest.concept_id) if latest.concept_id else None) == record["concept"]
    alike = ("action", "basis", "recall_probe")
    return same_choice and all(latest.record.get(name) == record.get(name) for name in alike)
