"""The gating threshold that costs simulated learners least."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from concepts.gating.guiding import Tutor, guided_interactions
from concepts.gating.learners import (
    Learner,
    TrueGraph,
    oracle_interactions,
    some_goals,
    starting_knowledge,
)

MOST_RATIO = 25
ORACLE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class WeighedEdge:
    """An extracted edge; only a ``plain`` one may be accepted without a person."""

    prerequisite: int
    dependent: int
    confidence: float
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Course:
    """One subject: what truly rests on what, and for each threshold what the extractor says."""

    name: str
    truth: TrueGraph
    edges: tuple[WeighedEdge, ...]

    @property
    def size(self) -> int:
        """How many concepts it has."""
        return len(self.truth.prerequisites)


@dataclass(frozen=True, slots=True)
class GateMeasure:
    """What one way of gating costs.

    Attributes
    ----------
    ratio
        Interactions of all learners of a subject until their goals are truly mastered, to those of an oracle
        that sees mastery and the true graph; the mean over subjects. Who gets nowhere counts ``MOST_RATIO``
        times as much as with the oracle.
    reached
        Share of learners who got to their goals within that.
    gates
        Share of the extracted edges that gate.
    """

    gate: float
    ratio: float
    reached: float
    gates: float


def split_edges(course: Course, *, gate: float, plain_only: bool = True) -> tuple[TrueGraph, list[list[int]]]:
    """Return the edges that gate, as a graph, and those that only order, for each concept.

    Examples
    --------
    >>> edges = (WeighedEdge(0, 1, 0.9), WeighedEdge(0, 2, 0.3), WeighedEdge(1, 2, 0.9, plain=False))
    >>> gates, orders = split_edges(Course("", TrueGraph.of(3, []), edges), gate=0.5)
    >>> gates.prerequisites, orders
    (((), (0,), ()), [[], [], [0, 1]])
    """
    firm = [edge for edge in course.edges if edge.confidence >= gate and (edge.plain or not plain_only)]
    gating = {(edge.prerequisite, edge.dependent) for edge in firm}
    orders: list[list[int]] = [[] for _ in range(course.size)]
    for edge in course.edges:
        if (edge.prerequisite, edge.dependent) not in gating:
            orders[edge.dependent].append(edge.prerequisite)
    return TrueGraph.of(course.size, gating), orders


def measure_gate(
    courses: Sequence[Course], *, gate: float, learners: int, plain_only: bool = True, seed: int = 20
) -> GateMeasure:
    """Let simulated learners learn with edges of at least this confidence gating."""
    found = [_of_course(course, gate, learners, plain_only, seed) for course in courses]
    return GateMeasure(gate, *(mean(values) for values in zip(*found, strict=True)))


def true_graph_measure(
    courses: Sequence[Course],
    *,
    learners: int,
    missing: float = 0.0,
    spurious: float = 0.0,
    seed: int = 20,
) -> GateMeasure:
    """Return the same for a tutor that gates by the true graph, whole or damaged.

    Parameters
    ----------
    missing, spurious
        Share of the true edges that it lacks, and how many false ones it has for each true one.
    """
    known = [_true_course(course, missing=missing, spurious=spurious, seed=seed) for course in courses]
    return measure_gate(known, gate=1.0, learners=learners, seed=seed)


def _true_course(course: Course, *, missing: float, spurious: float, seed: int) -> Course:
    rng = random.Random(f"{seed} {course.name} {missing} {spurious}")  # noqa: S311 - no secret
    true = [(first, last) for last, each in enumerate(course.truth.prerequisites) for first in each]
    kept = [pair for pair in true if rng.random() >= missing]
    order = course.truth.needed(range(course.size))
    # False edges follow the true order, so the graph stays acyclic.
    false = [
        (first, last)
        for place, last in enumerate(order)
        for first in order[:place]
        if first not in course.truth.prerequisites[last]
    ]
    kept += rng.sample(false, min(len(false), round(spurious * len(true))))
    return Course(course.name, course.truth, tuple(WeighedEdge(*pair, 1.0) for pair in kept))


def best_gate(measures: Collection[GateMeasure]) -> GateMeasure:
    """Return the measure with the least ratio; of equals the one that gates less."""
    return min(measures, key=lambda measure: (measure.ratio, -measure.gate))


def measure_gates(
    courses: Sequence[Course],
    gates: Iterable[float],
    *,
    learners: int,
    plain_only: bool = True,
    seed: int = 20,
) -> list[GateMeasure]:
    """Measure each threshold with the same learners."""
    return [
        measure_gate(courses, gate=gate, learners=learners, plain_only=plain_only, seed=seed)
        for gate in gates
    ]


def _of_course(
    course: Course, gate: float, learners: int, plain_only: bool, seed: int
) -> tuple[float, float, float]:
    graph, orders = split_edges(course, gate=gate, plain_only=plain_only)
    total, least, reached = 0, 0, []
    for number in range(learners):
        drawn = random.Random(f"{seed} {course.name} {number}")  # noqa: S311 - no secret
        known = starting_knowledge(course.truth, rng=drawn)
        goals = some_goals(course.truth, known=known, rng=drawn)
        life = drawn.random()
        best = max(1, oracle_interactions(
            course.truth, _learner(course, known, life), goals=goals, most=ORACLE_LIMIT
        ))  # fmt: skip
        most = MOST_RATIO * best
        took = guided_interactions(
            Tutor(graph, orders=orders, goals=goals), _learner(course, known, life), goals=goals, most=most
        )
        total, least = total + took, least + best
        reached.append(float(took < most))
    share = sum(map(len, graph.prerequisites)) / max(1, len(course.edges))
    return total / least, mean(reached), share


def _learner(course: Course, known: set[int], life: float) -> Learner:
    """Return the same learner each time: the same start and the same gifts."""
    return Learner(course.truth, known=sorted(known), rng=random.Random(life))  # noqa: S311 - no secret
