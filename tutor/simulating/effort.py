"""What a goal is expected to cost, before any learner starts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles

from graphs.compiled import CompiledGraph, compile_graph
from tutor.decisions import Action
from tutor.simulating.running import Course
from tutor.simulating.trials import Way, teach
from tutor.simulating.worlds import World, draw_life, world_of

LESSONS = (Action.TEACH.value, Action.REMEDIATE.value)
CHECKS = (Action.CONFIRM.value, Action.REVIEW.value, "placement")


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the range that holds four of five."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, counts: Sequence[float]) -> Spread:
        """Return the spread of some counts.

        Examples
        --------
        >>> Spread.of([3])
        Spread(median=3, low=3, high=3)
        >>> Spread.of(range(1, 12))
        Spread(median=6.0, low=2.0, high=10.0)
        """
        if len(counts) == 1:
            return cls(counts[0], counts[0], counts[0])
        tenths = quantiles(counts, n=10, method="inclusive")
        return cls(tenths[4], tenths[0], tenths[8])


@dataclass(frozen=True, slots=True)
class Effort:
    """What one goal is expected to cost.

    Attributes
    ----------
    goal : str
    needs : int
        How many concepts it rests on, itself among them.
    lessons : Spread
        Lessons, each with its explanation.
    checks : Spread
        Questions without a lesson: placement, reviews and re-checks.
    finished : float
        Share of learners whom the tutor brings to the end.
    """

    goal: str
    needs: int
    lessons: Spread
    checks: Spread
    finished: float


def final_concepts(graph: CompiledGraph) -> list[str]:
    """Return the concepts on which nothing rests, in teaching order: where courses lead.

    Examples
    --------
    >>> from graphs.compiled import compile_graph
    >>> final_concepts(compile_graph("abc", edges=[("a", "b"), ("a", "c")]))
    ['b', 'c']
    """
    return [concept for number, concept in enumerate(graph.concepts) if not graph.dependents[number]]


def graph_below(goal: str, *, graph: CompiledGraph) -> CompiledGraph:
    """Return a goal and all that it rests on, as a graph of their own.

    Examples
    --------
    >>> from graphs.compiled import compile_graph
    >>> list(graph_below("b", graph=compile_graph("abc", edges=[("a", "b"), ("b", "c")])))
    ['a', 'b']
    """
    reach = graph.reach((graph.number_of(goal),))
    kept = [concept for number, concept in enumerate(graph.concepts) if number in reach]
    edges = [(below, above) for above in kept for below in graph.prerequisites_of(above)]
    return compile_graph(kept, edges=edges)


def world_like(graph: CompiledGraph) -> World:
    """Return a world in which a graph holds as it stands."""
    edges = [(below, above) for above in range(len(graph)) for below in graph.prerequisites[above]]
    plain = world_of(len(graph), edges=edges, told=())
    return World(plain.truth, graph)


def courses_to(goal: str, *, graph: CompiledGraph, learners: int, seed: int, way: Way) -> Iterator[Course]:
    """Teach drawn learners, who know 5 to 85 % of what a goal rests on, until all is said to be done."""
    below = graph_below(goal, graph=graph)
    world, number = world_like(below), below.number_of(goal)
    for one in range(learners):
        rng = random.Random(f"{seed} {goal} {one}")  # noqa: S311 - no secret
        life = draw_life(world, rng=rng, goals=(number,))
        yield teach(way, world, life, chance=f"{seed} {goal} {one} guide")


def effort_of(goal: str, courses: Sequence[Course], *, graph: CompiledGraph) -> Effort:
    """Sum up what a goal cost some learners; there must be at least one."""
    return Effort(
        goal=goal,
        needs=len(graph_below(goal, graph=graph)),
        lessons=Spread.of([sum(one.spent[what] for what in LESSONS) for one in courses]),
        checks=Spread.of([sum(one.spent[what] for what in CHECKS) for one in courses]),
        finished=sum(one.done_at is not None for one in courses) / len(courses),
    )
