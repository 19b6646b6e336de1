"""Make a prerequisite graph, and refuse what would spoil it.

Concepts are string ids. An edge u -> v always reads "u is required by v".
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping
from typing import TypeAlias

import networkx as nx

from graphs.errors import Edge, PrerequisiteCycle, SelfPrerequisite, UnknownConcept

PrerequisiteGraph: TypeAlias = "nx.DiGraph[str]"


def build_graph(
    concepts: Iterable[str], *, edges: Iterable[Edge], names: Mapping[str, str] | None = None
) -> PrerequisiteGraph:
    """Build an acyclic prerequisite graph.

    Parameters
    ----------
    concepts : iterable of str
        Every concept id, with or without prerequisites. Their order is kept.
    edges : iterable of Edge
        What is required by what; `confidence` becomes an edge attribute. Of the same edge given twice, the
        later confidence stays.
    names : mapping of str to str, optional
        What to call the concepts in error messages.

    Returns
    -------
    networkx.DiGraph

    Raises
    ------
    SelfPrerequisite
        If an edge joins a concept to itself.
    UnknownConcept
        If an edge names a concept that is not in `concepts`.
    PrerequisiteCycle
        If the edges make a circle; the concepts are named in order.

    Examples
    --------
    >>> graph = build_graph(["count", "add"], edges=[Edge("count", "add", 0.9)])
    >>> graph.edges["count", "add"]
    {'confidence': 0.9}
    >>> build_graph(["a", "b"], edges=[Edge("a", "b", 0.9), Edge("b", "a", 0.4)])
    Traceback (most recent call last):
        ...
    graphs.errors.PrerequisiteCycle: These concepts would require one another in a circle: a → b → a. \
The weakest link is b → a (0.40); reject it, or leave the new prerequisite out.
    """
    graph = build_directed(concepts, edges=edges)
    cycle = find_cycle(graph)
    if cycle:
        raise PrerequisiteCycle(cycle, weakest=weakest_edge(graph, cycle=cycle), names=names)
    return graph


def build_directed(concepts: Iterable[str], *, edges: Iterable[Edge]) -> PrerequisiteGraph:
    """Build a graph that may still hold cycles, for `graphs.cycles.break_cycles` to mend.

    Parameters
    ----------
    concepts, edges
        As for `build_graph`.

    Returns
    -------
    networkx.DiGraph

    Raises
    ------
    SelfPrerequisite, UnknownConcept
        As for `build_graph`.

    Examples
    --------
    >>> sorted(build_directed("ab", edges=[Edge("a", "b"), Edge("b", "a")]).edges)
    [('a', 'b'), ('b', 'a')]
    """
    graph: PrerequisiteGraph = nx.DiGraph()
    graph.add_nodes_from(concepts)
    for edge in edges:
        check_ends(graph, edge.source, edge.target)
        graph.add_edge(edge.source, edge.target, confidence=edge.confidence)
    return graph


def check_ends(graph: Container[str], source: str, target: str) -> None:
    """Refuse an edge from a concept to itself or to a concept that the graph does not hold.

    Raises
    ------
    SelfPrerequisite, UnknownConcept

    Examples
    --------
    >>> check_ends(build_graph(["a"], edges=[]), "a", "b")
    Traceback (most recent call last):
        ...
    graphs.errors.UnknownConcept: There is no concept “b” in this graph; add it first or correct its name.
    """
    if source == target:
        raise SelfPrerequisite(source)
    for concept in (source, target):
        if concept not in graph:
            raise UnknownConcept(concept)


def check_addition(
    graph: PrerequisiteGraph, *, source: str, target: str, names: Mapping[str, str] | None = None
) -> None:
    """Refuse an edge that would spoil an acyclic graph; the graph is not changed.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; this is not checked.
    source, target : str
        The edge to be added: `source` is required by `target`.
    names : mapping of str to str, optional
        What to call the concepts in error messages.

    Raises
    ------
    SelfPrerequisite, UnknownConcept
        As for `build_graph`.
    PrerequisiteCycle
        If `target` is already required by `source`, at however many removes. Its `weakest` is one of the
        edges that are there already.

    Examples
    --------
    >>> graph = build_graph("abc", edges=[Edge("a", "b", 0.9), Edge("b", "c", 0.4)])
    >>> check_addition(graph, source="a", target="c")
    >>> check_addition(graph, source="c", target="a")
    Traceback (most recent call last):
        ...
    graphs.errors.PrerequisiteCycle: These concepts would require one another in a circle: a → b → c → a. \
The weakest link is b → c (0.40); reject it, or leave the new prerequisite out.
    """
    check_ends(graph, source, target)
    path = find_path(graph, source=target, target=source)
    if path:
        links = itertools.pairwise(path)
        weakest = min((edge_of(graph, *link) for link in links), key=strength)
        raise PrerequisiteCycle(path, weakest=weakest, names=names)


def find_path(graph: PrerequisiteGraph, *, source: str, target: str) -> tuple[str, ...]:
    """Return a shortest path, the same one every time, or an empty tuple where there is none.

    Examples
    --------
    >>> graph = build_graph("abcd", edges=[Edge("a", "c"), Edge("c", "d"), Edge("a", "b"), Edge("b", "d")])
    >>> find_path(graph, source="a", target="d")
    ('a', 'b', 'd')
    >>> find_path(graph, source="d", target="a")
    ()
    """
    came_from = {source: source}
    waiting = [source]
    for concept in waiting:
        if concept == target:
            return _walk_back(came_from, target)
        for follower in sorted(graph.successors(concept)):
            if follower not in came_from:
                came_from[follower] = concept
                waiting.append(follower)
    return ()


def _walk_back(came_from: Mapping[str, str], end: str) -> tuple[str, ...]:
    path = [end]
    while came_from[path[-1]] != path[-1]:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))


def find_cycle(graph: PrerequisiteGraph) -> tuple[str, ...]:
    """Return the concepts of one cycle in order, or an empty tuple for an acyclic graph.

    Parameters
    ----------
    graph : networkx.DiGraph

    Returns
    -------
    tuple of str
        The shortest cycle through the least concept id that lies on any cycle; it begins with that concept.

    Examples
    --------
    >>> find_cycle(build_directed("abc", edges=[Edge("c", "b"), Edge("b", "c"), Edge("a", "b")]))
    ('b', 'c')
    """
    knots = [knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1]
    loops = [{concept} for concept in nx.nodes_with_selfloops(graph)]
    first = min((min(knot) for knot in (*knots, *loops)), default=None)
    if first is None:
        return ()
    ways = (find_path(graph, source=follower, target=first) for follower in graph.successors(first))
    shortest = min((way for way in ways if way), key=lambda way: (len(way), way))
    return (first, *shortest[:-1])


def weakest_edge(graph: PrerequisiteGraph, *, cycle: tuple[str, ...]) -> Edge:
    """Return the edge of a cycle that is believed least; among equals the least by ids.

    Examples
    --------
    >>> graph = build_directed("ab", edges=[Edge("a", "b", 0.3), Edge("b", "a", 0.6)])
    >>> weakest_edge(graph, cycle=("a", "b"))
    Edge(source='a', target='b', confidence=0.3)
    """
    links = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
    return min((edge_of(graph, *link) for link in links), key=strength)


def edge_of(graph: PrerequisiteGraph, source: str, target: str) -> Edge:
    """Return one edge with its confidence; an edge without one counts as certain.

    Examples
    --------
    >>> edge_of(build_graph("ab", edges=[Edge("a", "b", 0.5)]), "a", "b")
    Edge(source='a', target='b', confidence=0.5)
    """
    return Edge(source, target, float(graph.edges[source, target].get("confidence", 1.0)))


def strength(edge: Edge) -> tuple[float, str, str]:
    """Return the key that sorts edges from the least to the most believed, ties by ids.

    Examples
    --------
    >>> min([Edge("b", "c", 0.5), Edge("a", "c", 0.5)], key=strength).source
    'a'
    """
    return (edge.confidence, edge.source, edge.target)
