"""Leave out of a picture what it shows already."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from graphs.building import PrerequisiteGraph, find_path


@dataclass(frozen=True, slots=True)
class RedundantEdge:
    """An asserted edge that follows from others.

    Attributes
    ----------
    source, target : str
    through : tuple of str
        The way round that stays in the picture, from `source` to `target`, both included.
    """

    source: str
    target: str
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reduction:
    """A graph without its redundant edges, and which those are.

    Attributes
    ----------
    graph : networkx.DiGraph
        Reaches the same from everywhere with the fewest edges; node and edge attributes are kept.
    redundant : tuple of RedundantEdge
        Sorted by their ends.
    """

    graph: PrerequisiteGraph
    redundant: tuple[RedundantEdge, ...]


def reduce_graph(graph: PrerequisiteGraph) -> Reduction:
    """Return the transitive reduction, for display only.

    What is redundant in a picture is still evidence: gating and editing use the whole graph.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; a cycle raises `networkx.NetworkXError`. It is not changed.

    Returns
    -------
    Reduction

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c"), Edge("a", "c")])
    >>> reduce_graph(graph).redundant
    (RedundantEdge(source='a', target='c', through=('a', 'b', 'c')),)
    """
    kept = nx.transitive_reduction(graph).edges
    reduced: PrerequisiteGraph = graph.copy()
    left_out = sorted(link for link in graph.edges if link not in kept)
    reduced.remove_edges_from(left_out)
    redundant = (
        RedundantEdge(source, target, find_path(reduced, source=source, target=target))
        for source, target in left_out
    )
    return Reduction(reduced, tuple(redundant))
