"""How many learners a prerequisite holds up."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import networkx as nx

from concepts.models import Subject
from concepts.reviewing import Gate
from concepts.services.graphs_of import gating_graph
from graphs.building import PrerequisiteGraph
from mastery.estimator import MasteryRule, is_mastered
from mastery.models import Belief, Enrolment
from mastery.services.parameters_in_force import parameters_in_force
from mastery.states import state_from_dict


@dataclass(frozen=True, slots=True)
class Learners:
    """Who has mastered and who wants each concept of a subject: by concept id, one bit for each learner."""

    mastered: Mapping[str, int]
    wanted: Mapping[str, int]

    def held_up_by(self, gate: Gate) -> int:
        """Count those who lack the prerequisite and have a dependent ahead: wanted, and not mastered."""
        ahead = 0
        for dependent in gate.dependents:
            ahead |= self.wanted.get(dependent, 0) & ~self.mastered.get(dependent, 0)
        return (ahead & ~self.mastered.get(gate.prerequisite, 0)).bit_count()


def learners_gated(subject: Subject, gates: Mapping[str, Gate], *, now: datetime) -> dict[str, int]:
    """Return for each gate how many enrolled learners it holds up."""
    if not gates:
        return {}
    learners = read_progress(subject, now=now).towards(gating_graph(subject))
    return {key: learners.held_up_by(gate) for key, gate in gates.items()}


@dataclass(frozen=True, slots=True)
class Progress:
    """What every enrolled learner has mastered, and their goals; the graph has no say in either."""

    goals: Mapping[uuid.UUID, set[str]]
    bits: Mapping[uuid.UUID, int]
    mastered: Mapping[str, int]

    def towards(self, graph: PrerequisiteGraph) -> Learners:
        """Add what lies on the way to the goals in a graph."""
        return Learners(self.mastered, _wanted_by(graph, self.goals, bits=self.bits))


def read_progress(subject: Subject, *, now: datetime) -> Progress:
    """Read the goals and the beliefs of everyone who is enrolled."""
    goals = _goals_of(subject)
    bits = {enrolment: 1 << place for place, enrolment in enumerate(goals)}
    return Progress(goals, bits, _mastered_by(subject, bits=bits, now=now))


def _goals_of(subject: Subject) -> dict[uuid.UUID, set[str]]:
    goals: dict[uuid.UUID, set[str]] = {}
    present = Enrolment.objects.filter(subject=subject, forgotten_at=None)
    for pk, goal in present.order_by("pk").values_list("pk", "goals"):
        goals.setdefault(pk, set()).update({str(goal)} if goal else ())
    return goals


def _mastered_by(subject: Subject, *, bits: Mapping[uuid.UUID, int], now: datetime) -> dict[str, int]:
    rule = MasteryRule.at(subject.mastery_threshold)
    parameters = parameters_in_force(subject.pk)
    # Time only ever ends mastery: who fell short of the rule at the last event falls short of it now.
    rows = Belief.objects.filter(
        enrolment__subject=subject, p_mastery__gte=rule.threshold, low__gte=rule.required_low
    )
    mastered: dict[uuid.UUID, int] = defaultdict(int)
    for enrolment, concept, state in rows.values_list("enrolment", "concept", "state").iterator():
        if is_mastered(state_from_dict(state), rule=rule, parameters=parameters, now=now):
            mastered[concept] |= bits.get(enrolment, 0)
    return {str(concept): learners for concept, learners in mastered.items()}


def _wanted_by(
    graph: PrerequisiteGraph, goals: Mapping[uuid.UUID, set[str]], *, bits: Mapping[uuid.UUID, int]
) -> dict[str, int]:
    """Concept id -> the learners whose goals it is or leads to; without goals that is every concept."""
    together: dict[frozenset[str], int] = defaultdict(int)
    for enrolment, wanted in goals.items():
        together[frozenset(wanted)] |= bits[enrolment]
    wanted_by: dict[str, int] = defaultdict(int)
    for wanted_goals, learners in together.items():
        for concept in _way_to(wanted_goals, graph):
            wanted_by[concept] |= learners
    return dict(wanted_by)


def _way_to(goals: frozenset[str], graph: PrerequisiteGraph) -> set[str]:
    if not goals:
        return set(graph)
    way = {goal for goal in goals if goal in graph}
    return way.union(*(nx.ancestors(graph, goal) for goal in way))
