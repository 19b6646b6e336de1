"""A prerequisite graph that is edited one edge at a time and always knows an order of learning.

A new edge that agrees with the order cannot close a circle; of one that does not, only the concepts between
its two ends in the order have to be looked at (Pearce and Kelly, A dynamic topological sort algorithm for
directed acyclic graphs, ACM Journal of Experimental Algorithmics 11, 2006). So the check costs what lies
between, not what the graph holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from graphs.building import check_ends, strength
from graphs.compiled import compile_graph
from graphs.errors import Edge, PrerequisiteCycle


class OrderedGraph:
    """An acyclic prerequisite graph with its concepts in an order that every edge follows.

    Parameters
    ----------
    concepts : iterable of str
    edges : iterable of Edge
        Of the same edge given twice, the later confidence stays.

    Raises
    ------
    SelfPrerequisite, UnknownConcept, PrerequisiteCycle

    Examples
    --------
    >>> graph = OrderedGraph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> graph.add_edge(Edge("a", "c", 0.5))
    >>> sorted(graph.edges())[1]
    Edge(source='a', target='c', confidence=0.5)
    >>> graph.add_edge(Edge("c", "a"))
    Traceback (most recent call last):
        ...
    graphs.errors.PrerequisiteCycle: These concepts would require one another in a circle: a → c → a. \
The weakest link is a → c (0.50); reject it, or leave the new prerequisite out.
    """

    def __init__(self, concepts: Iterable[str], *, edges: Iterable[Edge] = ()) -> None:
        held = {(edge.source, edge.target): edge.confidence for edge in edges}
        compiled = compile_graph(concepts, edges=held)
        self._place = {compiled.concepts[number]: place for place, number in enumerate(compiled.order)}
        self._above: dict[str, dict[str, float]] = {concept: {} for concept in compiled}
        self._below: dict[str, set[str]] = {concept: set() for concept in compiled}
        self._free = len(compiled)
        for (source, target), confidence in held.items():
            self._above[source][target] = confidence
            self._below[target].add(source)

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, concept: object) -> bool:
        return concept in self._place

    def __iter__(self) -> Iterator[str]:
        """Return the concepts in an order that every edge follows."""
        return iter(sorted(self._place, key=self._place.__getitem__))

    def edges(self) -> Iterator[Edge]:
        """Return every edge."""
        for source, targets in self._above.items():
            for target, confidence in targets.items():
                yield Edge(source, target, confidence)

    def edges_of(self, concept: str) -> list[Edge]:
        """Return the edges that a concept is an end of; none for one that is not there."""
        above = self._above.get(concept, {})
        below = self._below.get(concept, ())
        return [
            *(Edge(concept, target, confidence) for target, confidence in above.items()),
            *(Edge(source, concept, self._above[source][concept]) for source in below),
        ]

    def add_concept(self, concept: str) -> None:
        """Add a concept that nothing is known of yet; one that is there stays as it is."""
        if concept not in self._place:
            self._place[concept] = self._free
            self._above[concept], self._below[concept] = {}, set()
            self._free += 1

    def remove_concept(self, concept: str) -> None:
        """Take a concept out with its edges; what follows on one another still does."""
        for edge in self.edges_of(concept):
            self.remove_edge(edge.source, edge.target)
        for part in (self._place, self._above, self._below):
            part.pop(concept, None)

    def remove_edge(self, source: str, target: str) -> None:
        """Take an edge out; one that is not there is no error. No order has to change for it."""
        self._above.get(source, {}).pop(target, None)
        self._below.get(target, set()).discard(source)

    def add_edge(self, edge: Edge, *, names: Mapping[str, str] | None = None) -> None:
        """Add an edge, or give one that is there another confidence, and mend the order.

        Raises
        ------
        SelfPrerequisite, UnknownConcept, PrerequisiteCycle
            As for `check_addition`; nothing has changed then.
        """
        source, target, confidence = edge
        check_addition(self, source=source, target=target, names=names)
        if self._place[source] > self._place[target]:
            self._reorder(source, target)
        self._above[source][target] = confidence
        self._below[target].add(source)

    def between(self, first: str, last: str) -> set[str]:
        """Return what rests on `first` and does not come after `last`, both included where they belong.

        The search ends early, with `last` in it, as soon as `last` is found to rest on `first`.
        """
        place, end = self._place, self._place[last]
        found, waiting = {first}, [first]
        while waiting and last not in found:
            fresh = [one for one in self._above[waiting.pop()] if one not in found and place[one] <= end]
            found.update(fresh)
            waiting += fresh
        return found

    def shortest_way(self, first: str, last: str) -> tuple[str, ...]:
        """Return the same shortest path as `graphs.building.find_path`, empty where there is none.

        Only what stands between the two in the order is looked at: no path leads elsewhere.
        """
        place, end = self._place, self._place[last]
        came_from, waiting = {first: first}, [first]
        for concept in waiting:
            if concept == last:
                break
            for above in sorted(self._above[concept]):
                if above not in came_from and place[above] <= end:
                    came_from[above] = concept
                    waiting.append(above)
        if last not in came_from:
            return ()
        way = [last]
        while way[-1] != first:
            way.append(came_from[way[-1]])
        return tuple(reversed(way))

    def edge(self, source: str, target: str) -> Edge:
        """Return an edge that is there with its confidence."""
        return Edge(source, target, self._above[source][target])

    def may_close_circle(self, source: str, target: str) -> bool:
        """Say whether the order leaves it open that `source` rests on `target`."""
        return self._place[source] > self._place[target]

    def _reorder(self, source: str, target: str) -> None:
        """Put what `source` rests on before what rests on `target`, in the places that they hold together."""
        place, start = self._place, self._place[target]
        below, waiting = {source}, [source]
        while waiting:
            fresh = [one for one in self._below[waiting.pop()] if one not in below and place[one] >= start]
            below.update(fresh)
            waiting += fresh
        above = self.between(target, source)
        moved = [*sorted(below, key=place.__getitem__), *sorted(above, key=place.__getitem__)]
        for concept, free in zip(moved, sorted(place[one] for one in moved), strict=True):
            place[concept] = free


def check_addition(
    graph: OrderedGraph, *, source: str, target: str, names: Mapping[str, str] | None = None
) -> None:
    """Refuse an edge that would spoil a graph, with the same errors as `graphs.building.check_addition`.

    Parameters
    ----------
    graph : OrderedGraph
        It is not changed.
    source, target : str
        The edge to be added: `source` is required by `target`.
    names : mapping of str to str, optional
        What to call the concepts in error messages.

    Raises
    ------
    SelfPrerequisite, UnknownConcept, PrerequisiteCycle

    Examples
    --------
    >>> graph = OrderedGraph("abc", edges=[Edge("a", "b", 0.9), Edge("b", "c", 0.4)])
    >>> check_addition(graph, source="a", target="c")
    >>> check_addition(graph, source="c", target="a")
    Traceback (most recent call last):
        ...
    graphs.errors.PrerequisiteCycle: These concepts would require one another in a circle: a → b → c → a. \
The weakest link is b → c (0.40); reject it, or leave the new prerequisite out.
    """
    check_ends(graph, source, target)
    if not graph.may_close_circle(source, target) or source not in graph.between(target, source):
        return
    cycle = graph.shortest_way(target, source)
    links = itertools.pairwise(cycle)
    weakest = min((graph.edge(*link) for link in links), key=strength)
    raise PrerequisiteCycle(cycle, weakest=weakest, names=names)
