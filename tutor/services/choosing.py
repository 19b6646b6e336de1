"""Chooses what an enrolment does next and keeps the record of why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from concepts.services.compiled_graphs import compiled_gating
from mastery.models import Enrolment
from mastery.services.believing import standings
from mastery.services.enrolling import goal_ids
from mastery.services.folding import DEFAULTS
from tutor import decisions
from tutor.models import Decision
from tutor.policy import choose_next

REMEMBERED = 5


def decide(enrolment: Enrolment, *, now: datetime) -> Decision:
    """Choose what comes next and store why; while nothing happens, the stored decision stays."""
    latest = enrolment.decisions.first()
    chosen = choose(enrolment, now=now)
    basis = _basis(enrolment)
    if latest and _says_the_same(latest, chosen, basis=basis):
        return latest
    return Decision.objects.create(
        enrolment=enrolment,
        concept_id=chosen.concept,
        record=chosen.as_dict() | {"basis": basis, "as_of": now.isoformat()},
    )


def choose(enrolment: Enrolment, *, now: datetime) -> decisions.Decision:
    """Choose what comes next without storing anything."""
    return choose_next(situation_of(enrolment, now=now))


def situation_of(enrolment: Enrolment, *, now: datetime) -> decisions.Situation:
    """Load what the policy looks at."""
    gating = compiled_gating(enrolment.subject)
    return decisions.Situation(
        graph=gating.graph,
        standings={
            concept: decisions.Standing(
                standing.estimate.p,
                mastered=standing.is_mastered,
                is_due=standing.is_due,
                tries=standing.state.tries,
                failures=standing.state.failures,
            )
            for concept, standing in standings(enrolment, now=now).items()
        },
        goals=goal_ids(enrolment),
        names=gating.names,
        recent=_recent_actions(enrolment),
        prior=DEFAULTS.prior,
    )


def _recent_actions(enrolment: Enrolment) -> list[decisions.Action]:
    latest = enrolment.decisions.values_list("record__action", flat=True)[:REMEMBERED]
    return [decisions.Action(action) for action in reversed(list(latest))]


def _basis(enrolment: Enrolment) -> dict[str, Any]:
    """What a decision rests on; as long as it stays, so does the decision unless time changes it."""
    return {
        "events": enrolment.events.count(),
        "revision": enrolment.subject.revision,
        "threshold": enrolment.subject.mastery_threshold,
        "goals": list(goal_ids(enrolment)),
        "parameters": DEFAULTS.hash,
    }


def _says_the_same(latest: Decision, chosen: decisions.Decision, *, basis: dict[str, Any]) -> bool:
    same_choice = (str(latest.concept_id) if latest.concept_id else None) == chosen.concept
    return same_choice and latest.record["action"] == chosen.action and latest.record["basis"] == basis
