"""A prerequisite graph as arrays: what the service reads at every request, built once per revision.

Concepts are numbered in the order in which they are given, which should be that of teaching: then sorting
numbers is sorting by teaching order. Both directions of the edges are kept as compressed sparse rows, 4 bytes
an edge each, so that a graph of 100,000 concepts takes a few megabytes and a search touches only what it
finds. Nothing here changes after it was built; `graphs.ordering` is the form that can be edited.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge, SelfPrerequisite, UnknownConcept

IntArray: TypeAlias = npt.NDArray[np.int32]

REACHES_KEPT = 64
NOWHERE = -1


class Adjacency:
    """Compressed sparse rows: for every number the numbers it is joined to, ascending.

    Parameters
    ----------
    starts : (n + 1,) int32
    ends : (m,) int32
        The neighbours of number i are ``ends[starts[i]:starts[i + 1]]``.
    """

    __slots__ = ("_ends", "_starts", "ends", "starts")

    def __init__(self, starts: IntArray, ends: IntArray) -> None:
        self.starts, self.ends = starts, ends
        # Plain integers come out of a memoryview several times faster than out of an array.
        self._starts, self._ends = starts.data, ends.data

    @classmethod
    def of_links(cls, rows: IntArray, columns: IntArray, *, size: int) -> Adjacency:
        """Group links by their row; the columns of each row ascend."""
        in_order = np.lexsort((columns, rows))
        counts = np.bincount(rows, minlength=size)
        starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        return cls(starts, np.ascontiguousarray(columns[in_order], dtype=np.int32))

    def __getitem__(self, number: int) -> list[int]:
        return self._ends[self._starts[number] : self._starts[number + 1]].tolist()

    def gather(self, numbers: IntArray) -> IntArray:
        """Return the neighbours of many numbers in one array, each as often as it is met."""
        first = self.starts[numbers]
        counts = self.starts[numbers + 1] - first
        before = np.repeat(np.cumsum(counts) - counts, counts)
        inside = np.arange(counts.sum(), dtype=np.int32) - before
        found: IntArray = self.ends[np.repeat(first, counts) + inside]
        return found

    def is_like(self, other: Adjacency) -> bool:
        """Say whether the same numbers are joined."""
        return np.array_equal(self.starts, other.starts) and np.array_equal(self.ends, other.ends)

    @property
    def degrees(self) -> IntArray:
        """How many neighbours each number has."""
        return np.diff(self.starts)


@dataclass(frozen=True, slots=True)
class GoalReach:
    """Everything that some goals rest on, whoever the learner is.

    Attributes
    ----------
    steps : array of int
        By number: how many steps it is to the nearest goal that it leads to, `NOWHERE` for none.
    nearest : array of int
        By number: which of the goals that is, as its place among them; of equally near ones the first.
    """

    steps: array[int]
    nearest: array[int]

    def __contains__(self, number: int) -> bool:
        return self.steps[number] != NOWHERE


class CompiledGraph:
    """An acyclic prerequisite graph that is only read.

    Parameters
    ----------
    concepts : sequence of str
        Ids, each once, in teaching order.
    sources, targets : (m,) int32
        Numbers of concepts: each source is required by the target beside it. No link twice.

    Attributes
    ----------
    numbers : mapping of str to int
    prerequisites, dependents : Adjacency
    order : (n,) int32
        The numbers in the order of learning: each after its prerequisites, otherwise in teaching order.
    places : memoryview of int
        By number: where it stands in `order`.

    Raises
    ------
    PrerequisiteCycle
    """

    def __init__(self, concepts: Sequence[str], sources: IntArray, targets: IntArray) -> None:
        self.concepts = tuple(concepts)
        self.numbers: Mapping[str, int] = {concept: number for number, concept in enumerate(self.concepts)}
        size = len(self.concepts)
        self.prerequisites = Adjacency.of_links(targets, sources, size=size)
        self.dependents = Adjacency.of_links(sources, targets, size=size)
        self.degrees = self.prerequisites.degrees
        self.roots: IntArray = np.flatnonzero(self.degrees == 0).astype(np.int32)
        self.order = _learning_order(self)
        places = np.empty(size, dtype=np.int32)
        places[self.order] = np.arange(size, dtype=np.int32)
        self.places = places.data
        # Bound to the graph, so that it goes when the graph goes.
        self.reach = lru_cache(maxsize=REACHES_KEPT)(self._reach)

    def __len__(self) -> int:
        return len(self.concepts)

    def __contains__(self, concept: object) -> bool:
        return concept in self.numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self.concepts)

    def number_of(self, concept: str) -> int:
        """Return a concept's number.

        Raises
        ------
        UnknownConcept
        """
        try:
            return self.numbers[concept]
        except KeyError:
            raise UnknownConcept(concept) from None

    def named(self, numbers: Iterable[int]) -> list[str]:
        """Return the ids that belong to some numbers."""
        return [self.concepts[number] for number in numbers]

    def prerequisites_of(self, concept: str) -> list[str]:
        """Return what a concept rests on directly, in teaching order.

        Examples
        --------
        >>> compile_graph("abc", edges=[("b", "c"), ("a", "c")]).prerequisites_of("c")
        ['a', 'b']
        """
        return self.named(self.prerequisites[self.number_of(concept)])

    def dependents_of(self, concept: str) -> list[str]:
        """Return what rests on a concept directly, in teaching order."""
        return self.named(self.dependents[self.number_of(concept)])

    def _reach(self, goals: tuple[int, ...]) -> GoalReach:
        """Return what leads to some goals and how far it is, by breadth first search from them."""
        steps, nearest = (array("i", [NOWHERE]) * len(self) for _ in range(2))
        for place, goal in enumerate(goals):
            if steps[goal] == NOWHERE:
                steps[goal], nearest[goal] = 0, place
        waiting = list(dict.fromkeys(goals))
        for number in waiting:
            step, goal = steps[number] + 1, nearest[number]
            for below in self.prerequisites[number]:
                if steps[below] == NOWHERE:
                    steps[below], nearest[below] = step, goal
                    waiting.append(below)
                elif steps[below] == step and goal < nearest[below]:
                    nearest[below] = goal
        return GoalReach(steps, nearest)


def compile_graph(concepts: Iterable[str], *, edges: Iterable[tuple[str, str]]) -> CompiledGraph:
    """Compile concepts and links between them.

    Parameters
    ----------
    concepts : iterable of str
        In teaching order; of an id given twice the first counts.
    edges : iterable of (str, str)
        The first is required by the second. The same twice counts once.

    Raises
    ------
    SelfPrerequisite, UnknownConcept, PrerequisiteCycle
        As for `graphs.building.build_graph`.

    Examples
    --------
    >>> graph = compile_graph(["add", "count"], edges=[("count", "add")])
    >>> graph.named(graph.order)
    ['count', 'add']
    >>> compile_graph("ab", edges=[("a", "z")])
    Traceback (most recent call last):
        ...
    graphs.errors.UnknownConcept: There is no concept “z” in this graph; add it first or correct its name.
    """
    in_order = list(dict.fromkeys(concepts))
    numbers = {concept: number for number, concept in enumerate(in_order)}
    links: dict[tuple[int, int], None] = {}
    for source, target in edges:
        if source == target:
            raise SelfPrerequisite(source)
        try:
            links[numbers[source], numbers[target]] = None
        except KeyError as missing:
            raise UnknownConcept(str(missing.args[0])) from None
    ends = np.array(list(links), dtype=np.int32).reshape(-1, 2)
    return CompiledGraph(in_order, ends[:, 0], ends[:, 1])


def compile_networkx(
    graph: PrerequisiteGraph, *, position: Mapping[str, float] | None = None
) -> CompiledGraph:
    """Compile a networkx graph; concepts without a position come last, ties are broken by id.

    Examples
    --------
    >>> graph = build_graph("ab", edges=[Edge("a", "b")])
    >>> compile_networkx(graph, position={"b": 0}).concepts
    ('b', 'a')
    """
    places = position or {}
    in_order = sorted(graph, key=lambda concept: (places.get(concept, float("inf")), concept))
    return compile_graph(in_order, edges=graph.edges)


def _learning_order(graph: CompiledGraph) -> IntArray:
    """Kahn's algorithm, taking of all that could come next what is taught first."""
    missing = graph.degrees.tolist()
    ready = graph.roots.tolist()
    order = []
    while ready:
        number = heapq.heappop(ready)
        order.append(number)
        for above in graph.dependents[number]:
            missing[above] -= 1
            if not missing[above]:
                heapq.heappush(ready, above)
    if len(order) < len(missing):
        _refuse_cycle(graph, left=[number for number, count in enumerate(missing) if count])
    return np.array(order, dtype=np.int32)


def _refuse_cycle(graph: CompiledGraph, *, left: Sequence[int]) -> None:
    """Raise the same error as `build_graph`, from what no order could be found for."""
    stuck = set(left)
    edges = [
        Edge(graph.concepts[below], graph.concepts[number])
        for number in left
        for below in graph.prerequisites[number]
        if below in stuck
    ]
    build_graph(graph.named(left), edges=edges)
