"""How many learners a prerequisite holds up."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import networkx as nx

from concepts.models import Subject
from concepts.reviewing import Gate
from concepts.services.graphs_of import gating_graph
from graphs.building import PrerequisiteGraph
from mastery.estimator import MasteryRule, is_mastered
from mastery.models import Belief, Enrolment
from mastery.services.folding import DEFAULTS
from mastery.states import state_from_dict


def learners_gated(subject: Subject, gates: Mapping[str, Gate], *, now: datetime) -> dict[str, int]:
    """Return for each gate how many enrolled learners have not mastered the prerequisite and have a dependent
    ahead of them: not mastered either, and on the way to their goals."""
    learners = [(pk, frozenset(goals)) for pk, goals in _goals_of(subject).items()]
    if not learners or not gates:
        return dict.fromkeys(gates, 0)
    bit = {pk: 1 << place for place, (pk, _) in enumerate(learners)}
    named = {end for gate in gates.values() for end in (gate.prerequisite, *gate.dependents)}
    mastered = _mastered_by(subject, named, bit=bit, now=now)
    wanted = _wanted_by(gating_graph(subject), learners, bit=bit)
    return {key: _held_up(gate, mastered=mastered, wanted=wanted).bit_count() for key, gate in gates.items()}


def _held_up(gate: Gate, *, mastered: Mapping[str, int], wanted: Mapping[str, int]) -> int:
    """Return the learners before this gate, one bit each."""
    ahead = 0
    for dependent in gate.dependents:
        ahead |= wanted.get(dependent, 0) & ~mastered.get(dependent, 0)
    return ahead & ~mastered.get(gate.prerequisite, 0)


def _goals_of(subject: Subject) -> dict[uuid.UUID, set[str]]:
    goals: dict[uuid.UUID, set[str]] = {}
    for pk, goal in Enrolment.objects.filter(subject=subject).order_by("pk").values_list("pk", "goals"):
        goals.setdefault(pk, set()).update({str(goal)} if goal else ())
    return goals


def _mastered_by(
    subject: Subject, concepts: Collection[str], *, bit: Mapping[uuid.UUID, int], now: datetime
) -> dict[str, int]:
    """Concept id -> the learners who have mastered it, one bit each."""
    rule = MasteryRule.at(subject.mastery_threshold)
    # Time only ever ends mastery: who was below the threshold at the last event is below it now.
    rows = Belief.objects.filter(enrolment__subject=subject, p_mastery__gte=rule.threshold)
    mastered: dict[str, int] = defaultdict(int)
    for enrolment, concept, state in rows.values_list("enrolment", "concept", "state").iterator():
        key = str(concept)
        if key in concepts and is_mastered(state_from_dict(state), rule=rule, parameters=DEFAULTS, now=now):
            mastered[key] |= bit.get(enrolment, 0)
    return mastered


def _wanted_by(
    graph: PrerequisiteGraph,
    learners: list[tuple[uuid.UUID, frozenset[str]]],
    *,
    bit: Mapping[uuid.UUID, int],
) -> dict[str, int]:
    """Concept id -> the learners whose goals it is or leads to; without goals that is every concept."""
    ways: dict[frozenset[str], set[str]] = {}
    wanted: dict[str, int] = defaultdict(int)
    for pk, goals in learners:
        if goals not in ways:
            ways[goals] = _way_to(goals, graph)
        for concept in ways[goals]:
            wanted[concept] |= bit[pk]
    return wanted


def _way_to(goals: frozenset[str], graph: PrerequisiteGraph) -> set[str]:
    if not goals:
        return set(graph)
    way = {goal for goal in goals if goal in graph}
    return way.union(*(nx.ancestors(graph, goal) for goal in way))
