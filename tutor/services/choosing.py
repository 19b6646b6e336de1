"""Chooses what an enrolment does next and keeps the record of why."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from concepts.services.graphs_of import gating_graph
from graphs.building import PrerequisiteGraph
from mastery.models import Enrolment
from mastery.services.believing import Standing, standings
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
    return situation_on(
        gating_graph(enrolment.subject),
        standings=as_seen(standings(enrolment, now=now)),
        goals=_goal_ids(enrolment),
        recent=_recent_actions(enrolment),
    )


def situation_on(
    graph: PrerequisiteGraph,
    *,
    standings: Mapping[str, decisions.Standing],
    goals: tuple[str, ...],
    recent: Sequence[decisions.Action],
) -> decisions.Situation:
    """What the policy looks at, out of what was loaded."""
    return decisions.Situation(
        graph=graph,
        standings=standings,
        goals=goals,
        names={concept: data["name"] for concept, data in graph.nodes(data=True)},
        position={concept: data["position"] for concept, data in graph.nodes(data=True)},
        recent=recent,
        prior=DEFAULTS.prior,
    )


def as_seen(standings: Mapping[str, Standing]) -> dict[str, decisions.Standing]:
    """Return of each standing what the policy looks at."""
    return {
        concept: decisions.Standing(
            standing.estimate.p,
            mastered=standing.is_mastered,
            is_due=standing.is_due,
            tries=standing.state.tries,
            failures=standing.state.failures,
        )
        for concept, standing in standings.items()
    }


def _goal_ids(enrolment: Enrolment) -> tuple[str, ...]:
    return tuple(sorted(str(goal.pk) for goal in enrolment.goals.all()))


def _recent_actions(enrolment: Enrolment) -> list[decisions.Action]:
    latest = enrolment.decisions.values_list("record__action", flat=True)[:REMEMBERED]
    return [decisions.Action(action) for action in reversed(list(latest))]


def recent_actions_of(enrolments: QuerySet[Enrolment]) -> dict[uuid.UUID, list[decisions.Action]]:
    """The latest decisions of many enrolments, newest last; records are large, so only those are opened."""
    newest_first = Window(RowNumber(), partition_by="enrolment", order_by=["-created_at", "-id"])
    theirs = Decision.objects.filter(enrolment__in=enrolments.order_by().values("pk")).order_by()
    latest = theirs.annotate(place=newest_first).filter(place__lte=REMEMBERED).values("pk")
    rows = Decision.objects.filter(pk__in=latest).order_by("created_at", "id")
    found: dict[uuid.UUID, list[decisions.Action]] = defaultdict(list)
    for enrolment, action in rows.values_list("enrolment_id", "record__action"):
        found[enrolment].append(decisions.Action(action))
    return dict(found)


def _basis(enrolment: Enrolment) -> dict[str, Any]:
    """What a decision rests on; as long as it stays, so does the decision unless time changes it."""
    return {
        "events": enrolment.events.count(),
        "revision": enrolment.subject.revision,
        "threshold": enrolment.subject.mastery_threshold,
        "goals": list(_goal_ids(enrolment)),
        "parameters": DEFAULTS.hash,
    }


def _says_the_same(latest: Decision, chosen: decisions.Decision, *, basis: dict[str, Any]) -> bool:
    same_choice = (str(latest.concept_id) if latest.concept_id else None) == chosen.concept
    return same_choice and latest.record["action"] == chosen.action and latest.record["basis"] == basis
