"""The way through a prerequisite graph: what a goal needs, in which order, and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush

import networkx as nx

from graphs.building import PrerequisiteGraph
from graphs.errors import UnknownConcept


def ancestors(graph: PrerequisiteGraph, *, concept: str) -> set[str]:
    """Return everything that a concept rests on, at however many removes, without the concept itself.

    Raises
    ------
    UnknownConcept
        If the graph does not hold `concept`.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> sorted(ancestors(graph, concept="c"))
    ['a', 'b']
    """
    _check_known(graph, [concept])
    return set(nx.ancestors(graph, concept))


def needed(graph: PrerequisiteGraph, *, goals: Iterable[str], mastered: Collection[str] = ()) -> set[str]:
    """Return what must still be mastered to reach the goals, the goals included.

    A mastered prerequisite hides what lies below it: it is not asked for again.

    Parameters
    ----------
    graph : networkx.DiGraph
    goals : iterable of str
    mastered : collection of str, optional

    Returns
    -------
    set of str

    Raises
    ------
    UnknownConcept
        If the graph does not hold a goal.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abcd", edges=[Edge("a", "b"), Edge("b", "c"), Edge("c", "d")])
    >>> sorted(needed(graph, goals=["c"], mastered=["a"]))
    ['b', 'c']
    """
    wanted = list(goals)
    _check_known(graph, wanted)
    known = set(mastered)
    waiting = [goal for goal in wanted if goal not in known]
    found = set(waiting)
    while waiting:
        missing = [p for p in graph.predecessors(waiting.pop()) if p not in known and p not in found]
        found.update(missing)
        waiting.extend(missing)
    return found


def learning_path(
    graph: PrerequisiteGraph,
    *,
    goals: Iterable[str],
    mastered: Collection[str] = (),
    position: Mapping[str, float] | None = None,
) -> list[str]:
    """Return what must still be mastered to reach the goals, in an order that can be followed.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; a cycle among what is needed raises `networkx.NetworkXUnfeasible`.
    goals : iterable of str
    mastered : collection of str, optional
    position : mapping of str to float, optional
        Where the sources teach each concept. Among concepts that could come next, the earliest does; one
        without a position comes last, ties are broken by id.

    Returns
    -------
    list of str
        Every concept after its unmastered prerequisites.

    Raises
    ------
    UnknownConcept
        If the graph does not hold a goal.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abcd", edges=[Edge("a", "d"), Edge("b", "d"), Edge("d", "c")])
    >>> learning_path(graph, goals=["c"], position={"b": 1, "a": 2, "d": 3, "c": 4})
    ['b', 'a', 'd', 'c']
    """
    return in_learning_order(graph, among=needed(graph, goals=goals, mastered=mastered), position=position)


def in_learning_order(
    graph: PrerequisiteGraph, *, among: Collection[str], position: Mapping[str, float] | None = None
) -> list[str]:
    """Return some concepts in an order in which they can be learned.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; a cycle among the concepts raises `networkx.NetworkXUnfeasible`.
    among : collection of str
        Ids that the graph does not hold are ignored.
    position : mapping of str to float, optional
        As for `learning_path`.

    Returns
    -------
    list of str
        Every concept after those of its prerequisites that are among them.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("c", "a"), Edge("a", "b")])
    >>> in_learning_order(graph, among={"a", "b", "c"})
    ['c', 'a', 'b']
    """
    places = position or {}
    waiting_for = _waiting_for(graph, among=among)

    def place(concept: str) -> tuple[float, str]:
        return (places.get(concept, float("inf")), concept)

    ready = [place(concept) for concept, below in waiting_for.items() if not below]
    heapify(ready)
    order = []
    while ready:
        _, concept = heappop(ready)
        order.append(concept)
        for above in graph.successors(concept):
            if above in waiting_for:
                waiting_for[above].discard(concept)
                if not waiting_for[above]:
                    heappush(ready, place(above))
    if len(order) < len(waiting_for):
        raise nx.NetworkXUnfeasible("The concepts require one another in a circle.")
    return order


def distance_to_goals(graph: PrerequisiteGraph, *, goals: Iterable[str]) -> dict[str, int]:
    """Return how many steps each concept is from the nearest goal that it leads to.

    Parameters
    ----------
    graph : networkx.DiGraph
    goals : iterable of str

    Returns
    -------
    dict of str to int
        0 for a goal. A concept that leads to no goal is absent.

    Raises
    ------
    UnknownConcept
        If the graph does not hold a goal.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abcd", edges=[Edge("a", "b"), Edge("b", "c"), Edge("a", "d")])
    >>> distance_to_goals(graph, goals=["c"])
    {'c': 0, 'b': 1, 'a': 2}
    """
    wanted = sorted(set(goals))
    _check_known(graph, wanted)
    distance = dict.fromkeys(wanted, 0)
    waiting = list(wanted)
    for concept in waiting:
        for prerequisite in sorted(graph.predecessors(concept)):
            if prerequisite not in distance:
                distance[prerequisite] = distance[concept] + 1
                waiting.append(prerequisite)
    return distance


def unlocked_by(graph: PrerequisiteGraph, *, concept: str, mastered: Collection[str]) -> set[str]:
    """Return the concepts that become ready at the moment one more concept is mastered.

    Raises
    ------
    UnknownConcept
        If the graph does not hold `concept`.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abcd", edges=[Edge("a", "c"), Edge("b", "c"), Edge("a", "d")])
    >>> unlocked_by(graph, concept="a", mastered=[])
    {'d'}
    """
    _check_known(graph, [concept])
    after = {*mastered, concept}
    if len(after) == len(set(mastered)):
        return set()
    return {d for d in graph.succ[concept] if d not in after and all(p in after for p in graph.pred[d])}


def unlocking_value(
    graph: PrerequisiteGraph, *, mastered: Collection[str] = (), goals: Iterable[str] | None = None
) -> dict[str, float]:
    """Return how much of what is still locked each unmastered concept opens.

    Every locked concept is worth one, shared equally by all the unmastered concepts that it still waits for,
    at however many removes. So the values sum to the number of locked concepts, and a concept that
    alone holds up a whole branch is worth the branch.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; this is not checked.
    mastered : collection of str, optional
    goals : iterable of str, optional
        Count only what these goals need; all concepts where it is None.

    Returns
    -------
    dict of str to float
        For every unmastered concept (every needed one where `goals` is given), 0 or more.

    Raises
    ------
    UnknownConcept
        If the graph does not hold a goal.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> unlocking_value(graph)
    {'a': 1.5, 'b': 0.5, 'c': 0.0}
    """
    wanted = needed(graph, goals=graph if goals is None else goals, mastered=mastered)
    waiting_for = _waiting_for(graph, among=wanted)
    value = {concept: 0.0 for concept in graph if concept in wanted}
    waits_for: dict[str, set[str]] = {}
    for concept in _topological(graph, waiting_for):
        direct = waiting_for[concept]
        below = waits_for[concept] = direct.union(*(waits_for[prerequisite] for prerequisite in direct))
        share = 1 / len(below) if below else 0.0
        for prerequisite in below:
            value[prerequisite] += share
    return value


def _waiting_for(graph: PrerequisiteGraph, *, among: Collection[str]) -> dict[str, set[str]]:
    """Return the direct prerequisites of each concept that are among some concepts, in the graph's order."""
    return {c: {p for p in graph.predecessors(c) if p in among} for c in graph if c in among}


def _topological(graph: PrerequisiteGraph, waiting_for: Mapping[str, Collection[str]]) -> list[str]:
    """Return concepts after their prerequisites, in an order that depends on the graph alone."""
    left = {concept: len(below) for concept, below in waiting_for.items()}
    order = [concept for concept, below in left.items() if not below]
    for concept in order:
        for above in graph.successors(concept):
            if above in left:
                left[above] -= 1
                if not left[above]:
                    order.append(above)
    return order


def _check_known(graph: PrerequisiteGraph, concepts: Iterable[str]) -> None:
    for concept in concepts:
        if concept not in graph:
            raise UnknownConcept(concept)
