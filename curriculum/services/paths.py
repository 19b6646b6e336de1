"""The way of one learner to their goals, as things stand now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from concepts.models import Concept
from concepts.services.graphs_of import gating_graph
from curriculum.planning import PathStep, plan_path
from mastery.models import Enrolment
from mastery.services.believing import standings


@dataclass(frozen=True, slots=True)
class ConceptStep:
    """A step of the path with the concepts themselves."""

    concept: Concept
    is_goal: bool
    is_ready: bool
    waits_for: tuple[Concept, ...]


@dataclass(frozen=True, slots=True)
class PathOfLearner:
    """What is left to be mastered, in order, and the goals that were reached.

    A goal that is no longer published cannot be learned; it is named apart.
    """

    steps: tuple[ConceptStep, ...]
    goals_reached: tuple[Concept, ...]
    goals_withdrawn: tuple[Concept, ...]
    has_chosen_goals: bool


def path_of(enrolment: Enrolment, *, now: datetime) -> PathOfLearner:
    """Lay out the way from what the learner has mastered to what they aim for."""
    graph = gating_graph(enrolment.subject)
    goals = {str(goal.pk): goal for goal in enrolment.goals.all()}
    reachable = [key for key in goals if key in graph]
    withdrawn = tuple(goal for key, goal in goals.items() if key not in graph)
    if withdrawn and not reachable:
        return PathOfLearner(steps=(), goals_reached=(), goals_withdrawn=withdrawn, has_chosen_goals=True)
    mastered = {key for key, standing in standings(enrolment, now=now).items() if standing.is_mastered}
    path = plan_path(
        graph,
        goals=reachable,
        mastered=mastered & set(graph),
        position={key: graph.nodes[key]["position"] for key in graph},
    )
    concepts = {str(concept.pk): concept for concept in enrolment.subject.concepts.filter(pk__in=list(graph))}
    return PathOfLearner(
        steps=tuple(_with_concepts(step, concepts) for step in path.steps),
        goals_reached=tuple(concepts[key] for key in path.goals_reached),
        goals_withdrawn=withdrawn,
        has_chosen_goals=bool(goals),
    )


def _with_concepts(step: PathStep, concepts: dict[str, Concept]) -> ConceptStep:
    return ConceptStep(
        concept=concepts[step.concept],
        is_goal=step.is_goal,
        is_ready=step.is_ready,
        waits_for=tuple(concepts[key] for key in step.waits_for),
    )
