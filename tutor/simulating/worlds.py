"""What a simulated learner lives in: what truly rests on what, what the tutor is told, and the goals."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import networkx as nx

from concepts.gating.learners import Learner, TrueGraph, oracle_interactions, some_goals, starting_knowledge
from graphs.compiled import CompiledGraph, compile_graph

# Prerequisites of a drawn concept lie among so many before it, and are so many with these weights.
WINDOW = 24
HOW_MANY, WEIGHTS = (0, 1, 2, 3), (8, 32, 40, 20)

# A pace at which the forgetting of the simulated learners, 500 interactions in the mean, takes 25 days.
STARTS = datetime(2026, 1, 1, tzinfo=UTC)
A_DAY = 20
PACE = timedelta(days=1) / A_DAY

ORACLE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class World:
    """One subject.

    Attributes
    ----------
    truth : TrueGraph
        What truly rests on what.
    told : CompiledGraph
        What the tutor takes for it; concepts are numbered alike.
    """

    truth: TrueGraph
    told: CompiledGraph

    @property
    def size(self) -> int:
        """How many concepts there are."""
        return len(self.truth.prerequisites)


@dataclass(frozen=True, slots=True)
class Life:
    """One learner before the first question: what is known, what is wanted, and all later chance.

    `oracle` is how many interactions a tutor needs that sees the hidden mastery and the true graph.
    """

    known: frozenset[int]
    goals: tuple[int, ...]
    fate: float
    oracle: int


def draw_edges(size: int, *, rng: random.Random) -> list[tuple[int, int]]:
    """Draw an acyclic graph like that of a course: up to three prerequisites, from not far before.

    Parameters
    ----------
    size : int
    rng : random.Random

    Returns
    -------
    list of (int, int)
        (prerequisite, dependent) without edges that follow from others; concepts are numbered in an order in
        which they can be taught.

    Examples
    --------
    >>> edges = draw_edges(120, rng=random.Random(1))
    >>> all(below < above for below, above in edges)
    True
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(size))
    for concept in range(1, size):
        nearby = range(max(0, concept - WINDOW), concept)
        (count,) = rng.choices(HOW_MANY, weights=WEIGHTS)
        graph.add_edges_from((below, concept) for below in rng.sample(nearby, min(count, len(nearby))))
    return sorted(nx.transitive_reduction(graph).edges)


def damaged(
    edges: Iterable[tuple[int, int]], *, size: int, missing: float, spurious: float, rng: random.Random
) -> list[tuple[int, int]]:
    """Return edges without a share of them, and with as many false ones as another share.

    False edges follow the order of teaching, so that the graph stays acyclic, and join what lies near.

    Examples
    --------
    >>> damaged([(0, 1), (1, 2)], size=3, missing=0.5, spurious=0.5, rng=random.Random(1))
    [(0, 2), (1, 2)]
    """
    true = sorted(edges)
    lost = set(rng.sample(true, round(missing * len(true))))
    false = [
        (below, above)
        for above in range(size)
        for below in range(max(0, above - WINDOW), above)
        if (below, above) not in set(true)
    ]
    added = rng.sample(false, min(len(false), round(spurious * len(true))))
    return sorted((set(true) - lost) | set(added))


def world_of(size: int, *, edges: Iterable[tuple[int, int]], told: Iterable[tuple[int, int]]) -> World:
    """Return the world in which ``edges`` hold and ``told`` are believed."""
    concepts = concept_ids(size)
    links = ((concepts[below], concepts[above]) for below, above in told)
    return World(TrueGraph.of(size, edges), compile_graph(concepts, edges=links))


def drawn_world(size: int, *, rng: random.Random, missing: float = 0.0, spurious: float = 0.0) -> World:
    """Draw a subject and what is believed of it."""
    edges = draw_edges(size, rng=rng)
    told = damaged(edges, size=size, missing=missing, spurious=spurious, rng=rng)
    return world_of(size, edges=edges, told=told)


def concept_ids(size: int) -> list[str]:
    """Return ids in teaching order.

    Examples
    --------
    >>> concept_ids(2)
    ['c0000', 'c0001']
    """
    return [f"c{number:04}" for number in range(size)]


def draw_life(world: World, *, rng: random.Random, goals: tuple[int, ...] = ()) -> Life:
    """Draw a learner who has not reached the goals; where none are given, two or three are drawn too."""
    known = starting_knowledge(world.truth, rng=rng)
    if goals:
        known -= _resting_on(world.truth, goals)
    wanted = goals or some_goals(world.truth, known=known, rng=rng)
    fate = rng.random()
    oracle = oracle_interactions(
        world.truth, learner_of(world, known=known, fate=fate), goals=wanted, most=ORACLE_LIMIT
    )
    return Life(frozenset(known), wanted, fate, oracle)


def _resting_on(graph: TrueGraph, goals: tuple[int, ...]) -> set[int]:
    """Return some concepts and everything that rests on them."""
    above = set(goals)
    for concept in graph.needed(range(len(graph.prerequisites))):
        if not above.isdisjoint(graph.prerequisites[concept]):
            above.add(concept)
    return above


def learner_of(world: World, *, known: Iterable[int], fate: float) -> Learner:
    """Return the same learner each time: the same start, the same gifts."""
    return Learner(world.truth, known=sorted(known), rng=random.Random(fate))  # noqa: S311 - no secret
