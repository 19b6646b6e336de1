from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.building import PrerequisiteGraph, build_directed
from graphs.cycles import break_cycles
from graphs.errors import Edge, PrerequisiteCycle
from tests.graphs.strategies import tangled_graphs


def test_drops_the_weakest_edge_and_says_which_cycle_condemned_it() -> None:
    graph = build_directed("abc", edges=[Edge("a", "b", 0.9), Edge("b", "c", 0.2), Edge("c", "a", 0.8)])
    acyclic, dropped = break_cycles(graph)
    assert [(drop.edge, drop.cycle) for drop in dropped] == [(Edge("b", "c", 0.2), ("c", "a", "b"))]
    assert sorted(acyclic.edges) == [("a", "b"), ("c", "a")]


def test_keeps_the_attributes_of_what_stays() -> None:
    graph = build_directed("ab", edges=[Edge("a", "b", 0.9), Edge("b", "a", 0.1)])
    graph.nodes["a"]["name"] = "Sums"
    graph.edges["a", "b"]["reason"] = "sums come first"
    acyclic, _ = break_cycles(graph)
    assert acyclic.nodes["a"]["name"] == "Sums"
    assert acyclic.edges["a", "b"] == {"confidence": 0.9, "reason": "sums come first"}


def test_a_decided_edge_stays_however_weak() -> None:
    graph = build_directed("ab", edges=[Edge("a", "b", 0.9), Edge("b", "a", 0.1)])
    acyclic, dropped = break_cycles(graph, protected={("b", "a")})
    assert list(acyclic.edges) == [("b", "a")]
    assert [drop.edge for drop in dropped] == [Edge("a", "b", 0.9)]


def test_decided_edges_that_contradict_one_another_are_an_error() -> None:
    graph = build_directed("ab", edges=[Edge("a", "b", 0.9), Edge("b", "a", 0.1)])
    with pytest.raises(PrerequisiteCycle):
        break_cycles(graph, protected=graph.edges)


@given(tangled_graphs())
def test_the_result_is_acyclic_and_every_drop_is_the_weakest_of_a_kept_cycle(
    graph: PrerequisiteGraph,
) -> None:
    acyclic, dropped = break_cycles(graph)
    assert nx.is_directed_acyclic_graph(acyclic)
    assert set(acyclic) == set(graph)
    assert {*acyclic.edges, *(drop.edge[:2] for drop in dropped)} == set(graph.edges)
    for drop in dropped:
        assert (drop.cycle[0], drop.cycle[-1]) == (drop.edge.target, drop.edge.source)
        assert nx.is_simple_path(acyclic, drop.cycle)
        assert all(
            acyclic.edges[link]["confidence"] >= drop.edge.confidence
            for link in nx.utils.pairwise(drop.cycle)
        )


@given(tangled_graphs(), st.randoms(use_true_random=False))
def test_the_order_of_building_makes_no_difference(graph: PrerequisiteGraph, rng: st.DataObject) -> None:
    edges = [Edge(u, v, data["confidence"]) for u, v, data in graph.edges(data=True)]
    rng.shuffle(edges)  # type: ignore[attr-defined]
    again = build_directed(reversed(list(graph)), edges=edges)
    assert break_cycles(again)[1] == break_cycles(graph)[1]
