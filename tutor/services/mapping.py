"""Joins graph, beliefs and review dates into one learner's concept map."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from concepts.models import Subject
from concepts.services.graphs_of import display_graph, gating_graph
from graphs.building import PrerequisiteGraph
from graphs.fringe import blockers
from graphs.layout import Layout, Placement, lay_out
from graphs.paths import needed
from graphs.reduction import reduce_graph
from mastery.estimator import Estimate
from mastery.models import Enrolment
from mastery.services.believing import Standing, standings, unknown

KEPT_LAYOUTS = 32


class State(StrEnum):
    """How a concept stands on the map."""

    LOCKED = "locked"
    READY = "ready"
    LEARNING = "learning"
    MASTERED = "mastered"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Named:
    """A concept by id, key and name."""

    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class MapNode:
    """One concept: how it stands, what blocks it, where it is drawn."""

    id: str
    key: str
    name: str
    summary: str
    state: State
    belief: Estimate
    blocked_by: tuple[Named, ...]
    begin_with: tuple[Named, ...]
    rests_on: tuple[Named, ...]
    opens: tuple[Named, ...]
    is_goal: bool
    is_needed: bool
    is_stale: bool
    tries: int
    due_at: datetime | None
    position: int
    place: Placement


@dataclass(frozen=True, slots=True)
class MapEdge:
    """One prerequisite; a redundant one follows from others and has no route in the picture."""

    id: str
    prerequisite: str
    dependent: str
    confidence: float
    gates: bool
    is_redundant: bool
    route: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """A learner's map of a subject as of one moment; nodes in teaching order, layout in grid units."""

    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]
    width: float
    height: float
    as_of: datetime

    @property
    def counts(self) -> dict[str, int]:
        """How many concepts stand in each state."""
        found = Counter(node.state for node in self.nodes)
        return {str(state): found[state] for state in State}


def concept_map(enrolment: Enrolment, *, now: datetime) -> ConceptMap:
    """Draw up the map of one enrolment."""
    subject = enrolment.subject
    gating, shown = gating_graph(subject), display_graph(subject)
    layout = _layout(subject.pk, subject.revision, subject.gate_confidence)
    goals = {str(goal.pk) for goal in enrolment.goals.all()}
    reader = _Reader(
        gating=gating, shown=shown, known=standings(enrolment, now=now), goals=goals, layout=layout
    )
    in_order = sorted(shown, key=lambda concept: (shown.nodes[concept]["position"], concept))
    return ConceptMap(
        nodes=tuple(reader.node(concept) for concept in in_order),
        edges=tuple(
            MapEdge(
                id=data["id"],
                prerequisite=source,
                dependent=target,
                confidence=data["confidence"],
                gates=data["gates"],
                is_redundant=(source, target) not in layout.routes,
                route=layout.routes.get((source, target), ()),
            )
            for source, target, data in sorted(shown.edges(data=True), key=lambda edge: edge[:2])
        ),
        width=layout.width,
        height=layout.height,
        as_of=now,
    )


@lru_cache(maxsize=KEPT_LAYOUTS)
def _layout(subject_id: uuid.UUID, revision: int, gate_confidence: float) -> Layout:
    """Lay a revision of a graph out once per process."""
    graph = display_graph(Subject.objects.get(pk=subject_id))
    position = {concept: graph.nodes[concept]["position"] for concept in graph}
    return lay_out(reduce_graph(graph).graph, position=position)


class _Reader:
    """Reads one node at a time off the graph and the beliefs."""

    def __init__(
        self,
        *,
        gating: PrerequisiteGraph,
        shown: PrerequisiteGraph,
        known: Mapping[str, Standing],
        goals: Collection[str],
        layout: Layout,
    ) -> None:
        self.gating, self.shown, self.known, self.goals, self.layout = gating, shown, known, goals, layout
        self.mastered = {concept for concept, standing in known.items() if standing.is_mastered}
        self.needed = needed(gating, goals=[g for g in goals if g in gating] if goals else gating)

    def node(self, concept: str) -> MapNode:
        data = self.shown.nodes[concept]
        standing = self.known.get(concept) or unknown()
        blocking = blockers(self.gating, concept=concept, mastered=self.mastered)
        state = state_of(standing, is_blocked=bool(blocking))
        is_locked = state is State.LOCKED
        return MapNode(
            id=concept,
            key=data["key"],
            name=data["name"],
            summary=data["summary"],
            state=state,
            belief=standing.estimate,
            blocked_by=self._named(blocking.direct if is_locked else ()),
            begin_with=self._named(blocking.roots if is_locked else ()),
            rests_on=self._named(self.shown.pred[concept]),
            opens=self._named(self.shown.succ[concept]),
            is_goal=concept in self.goals,
            is_needed=concept in self.needed,
            is_stale=data["is_stale"],
            tries=standing.state.tries,
            due_at=standing.due_at,
            position=data["position"],
            place=self.layout.places[concept],
        )

    def _named(self, concepts: Collection[str]) -> tuple[Named, ...]:
        nodes = self.shown.nodes
        in_order = sorted(concepts, key=lambda concept: (nodes[concept]["position"], concept))
        return tuple(Named(concept, nodes[concept]["key"], nodes[concept]["name"]) for concept in in_order)


def state_of(standing: Standing, *, is_blocked: bool) -> State:
    """Return how a concept is shown; what is mastered stays so even where something below it is not."""
    if standing.is_mastered:
        return State.DUE if standing.is_due else State.MASTERED
    if is_blocked:
        return State.LOCKED
    return State.LEARNING if standing.state.events else State.READY
