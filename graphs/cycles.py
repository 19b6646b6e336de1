"""Make a graph acyclic by giving up what is believed least."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import networkx as nx

from graphs.building import PrerequisiteGraph, edge_of, find_path, strength
from graphs.errors import Edge, PrerequisiteCycle


@dataclass(frozen=True, slots=True)
class DroppedEdge:
    """An edge that was given up, and the cycle in which it was the weakest.

    Attributes
    ----------
    edge : Edge
    cycle : tuple of str
        Concept ids in order, beginning with the edge's target and ending with its source. All its other edges
        were kept, and each is believed at least as much.
    """

    edge: Edge
    cycle: tuple[str, ...]


def break_cycles(
    graph: PrerequisiteGraph, *, protected: Collection[tuple[str, str]] = ()
) -> tuple[PrerequisiteGraph, tuple[DroppedEdge, ...]]:
    """Remove the weakest edge of every cycle.

    Edges are taken in from the most to the least believed, as in Kruskal's algorithm for spanning trees; one
    that would close a cycle is dropped, and is by that order the weakest of it. No dropped edge could be put
    back: each closes a cycle with edges that were kept.

    Parameters
    ----------
    graph : networkx.DiGraph
        May hold cycles; it is not changed. Edge attribute `confidence` in 0..1, 1 where it is missing.
    protected : collection of (str, str), optional
        Edges that a person has decided: taken in before all others, never dropped.

    Returns
    -------
    graph : networkx.DiGraph
        An acyclic copy with all node and edge attributes.
    dropped : tuple of DroppedEdge
        From the most to the least believed. The same for the same graph, in whatever order it was built.

    Raises
    ------
    PrerequisiteCycle
        If the protected edges alone make a cycle.

    Examples
    --------
    >>> from graphs.building import build_directed
    >>> tangled = build_directed("abc", edges=[Edge("a", "b", 0.9), Edge("b", "c", 0.8), Edge("c", "a", 0.3)])
    >>> acyclic, dropped = break_cycles(tangled)
    >>> dropped
    (DroppedEdge(edge=Edge(source='c', target='a', confidence=0.3), cycle=('a', 'b', 'c')),)
    >>> sorted(acyclic.edges)
    [('a', 'b'), ('b', 'c')]
    """
    acyclic: PrerequisiteGraph = graph.copy()
    decided = set(protected)
    in_question = _edges_on_cycles(graph)
    acyclic.remove_edges_from(in_question)
    edges = sorted((edge_of(graph, *link) for link in in_question), key=strength, reverse=True)
    dropped = []
    for edge in sorted(edges, key=lambda edge: (edge.source, edge.target) not in decided):
        cycle = find_path(acyclic, source=edge.target, target=edge.source)
        if not cycle:
            acyclic.add_edge(edge.source, edge.target, **graph.edges[edge.source, edge.target])
        elif (edge.source, edge.target) in decided:
            raise PrerequisiteCycle(cycle, weakest=edge)
        else:
            dropped.append(DroppedEdge(edge, cycle))
    return acyclic, tuple(dropped)


def _edges_on_cycles(graph: PrerequisiteGraph) -> list[tuple[str, str]]:
    """Only edges inside one strongly connected component can lie on a cycle."""
    knot_of = {
        concept: number
        for number, knot in enumerate(nx.strongly_connected_components(graph))
        for concept in knot
    }
    return [(source, target) for source, target in graph.edges if knot_of[source] == knot_of[target]]
