"""Joins graph, beliefs and review dates into one learner's concept map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from concepts.services.compiled_graphs import compiled_gating
from graphs.compiled import NOWHERE, CompiledGraph
from graphs.layout import Placement
from mastery.estimator import Estimate
from mastery.models import Enrolment
from mastery.services.believing import Standing, in_brief, standings, unknown
from mastery.services.enrolling import goal_ids
from tutor.decisions import Situation
from tutor.services.choosing import as_seen
from tutor.services.drawing import Drawing, DrawnConcept, MapEdge, Named, drawing_of


class State(StrEnum):
    """How a concept stands on the map."""

    LOCKED = "locked"
    READY = "ready"
    LEARNING = "learning"
    MASTERED = "mastered"
    DUE = "due"


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
class ConceptMap:
    """A learner's map of a subject as of one moment; nodes in teaching order, layout in grid units."""

    nodes: tuple[MapNode, ...]
    drawing: Drawing
    as_of: datetime

    @property
    def edges(self) -> tuple[MapEdge, ...]:
        """The prerequisites, by the ids of their ends."""
        return self.drawing.edges

    @property
    def width(self) -> float:
        """The greatest x."""
        return self.drawing.width

    @property
    def height(self) -> float:
        """The greatest y."""
        return self.drawing.height

    @property
    def counts(self) -> dict[str, int]:
        """How many concepts stand in each state."""
        found = Counter(node.state for node in self.nodes)
        return {str(state): found[state] for state in State}


def concept_map(enrolment: Enrolment, *, now: datetime, goals: Collection[str] | None = None) -> ConceptMap:
    """Draw up the map of one enrolment; ``goals`` where they have been read already."""
    subject = enrolment.subject
    drawing = drawing_of(subject)
    reader = _Reader(
        graph=compiled_gating(subject).graph,
        drawing=drawing,
        known=standings(enrolment, now=now),
        unknown=unknown(subject.pk),
        goals=goal_ids(enrolment) if goals is None else goals,
    )
    return ConceptMap(
        nodes=tuple(reader.node(concept) for concept in drawing.concepts.values()),
        drawing=drawing,
        as_of=now,
    )


class _Reader:
    """Reads one node at a time off the graph and the beliefs."""

    def __init__(
        self,
        *,
        graph: CompiledGraph,
        drawing: Drawing,
        known: Mapping[str, Standing],
        unknown: Standing,
        goals: Collection[str],
    ) -> None:
        self.graph, self.drawing, self.known, self.goals = graph, drawing, known, goals
        self.unknown = unknown
        seen = as_seen({concept: in_brief(one) for concept, one in known.items()})
        # The policy's own situation, so that nothing is drawn as locked that it would offer.
        state = Situation(graph, seen, tuple(goals)).state
        self.missing = state.needed(range(len(graph)))
        self.roots = state.roots_below(self.missing)
        self.reach = graph.reach(tuple(graph.numbers[goal] for goal in sorted(goals) if goal in graph))

    def node(self, drawn: DrawnConcept) -> MapNode:
        concept = drawn.named.id
        number = self.graph.numbers.get(concept, NOWHERE)
        standing = self.known.get(concept) or self.unknown
        missing = self.missing.get(number, ())
        state = state_of(standing, is_blocked=bool(missing))
        is_locked = state is State.LOCKED
        return MapNode(
            id=concept,
            key=drawn.named.key,
            name=drawn.named.name,
            summary=drawn.summary,
            state=state,
            belief=standing.estimate,
            blocked_by=self._named(missing if is_locked else ()),
            begin_with=self._named(self.roots[number] if is_locked else ()),
            rests_on=drawn.rests_on,
            opens=drawn.opens,
            is_goal=concept in self.goals,
            is_needed=not self.goals or (number != NOWHERE and number in self.reach),
            is_stale=drawn.is_stale,
            tries=standing.state.tries,
            due_at=standing.due_at,
            position=drawn.position,
            place=drawn.place,
        )

    def _named(self, numbers: Iterable[int]) -> tuple[Named, ...]:
        return tuple(self.drawing.concepts[self.graph.concepts[number]].named for number in sorted(numbers))


def state_of(standing: Standing, *, is_blocked: bool) -> State:
    """Return how a concept is shown; what is mastered stays so even where something below it is not."""
    if standing.is_mastered:
        return State.DUE if standing.is_due else State.MASTERED
    if is_blocked:
        return State.LOCKED
    return State.LEARNING if standing.state.events else State.READY
