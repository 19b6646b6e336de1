from __future__ import annotations

import networkx as nx
from hypothesis import given

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge
from graphs.reduction import reduce_graph
from tests.graphs.strategies import acyclic_graphs


def test_an_edge_that_follows_from_others_is_left_out_and_remembered() -> None:
    graph = build_graph("abc", edges=[Edge("a", "b", 0.7), Edge("b", "c"), Edge("a", "c")])
    reduction = reduce_graph(graph)
    assert dict(reduction.graph.edges["a", "b"]) == {"confidence": 0.7}
    assert [(edge.source, edge.target, edge.through) for edge in reduction.redundant] == [
        ("a", "c", ("a", "b", "c"))
    ]
    assert graph.has_edge("a", "c")


@given(acyclic_graphs())
def test_reduction_keeps_what_reaches_what_with_no_edge_to_spare(graph: PrerequisiteGraph) -> None:
    reduction = reduce_graph(graph)
    assert set(nx.transitive_closure(reduction.graph).edges) == set(nx.transitive_closure(graph).edges)
    for edge in reduction.graph.edges:
        without = reduction.graph.copy()
        without.remove_edge(*edge)
        assert not nx.has_path(without, *edge)


@given(acyclic_graphs())
def test_every_edge_is_either_kept_or_explained(graph: PrerequisiteGraph) -> None:
    reduction = reduce_graph(graph)
    left_out = {(edge.source, edge.target) for edge in reduction.redundant}
    assert left_out | set(reduction.graph.edges) == set(graph.edges)
    for edge in reduction.redundant:
        assert nx.is_simple_path(reduction.graph, edge.through)
        assert len(edge.through) > 2
