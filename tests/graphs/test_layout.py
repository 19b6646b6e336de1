from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge
from graphs.layout import lay_out, layers
from tests.graphs.strategies import acyclic_graphs


def test_a_concept_stands_one_above_the_highest_it_rests_on() -> None:
    graph = build_graph("abcd", edges=[Edge("a", "b"), Edge("b", "d"), Edge("c", "d")])
    assert layers(graph) == {"a": 0, "c": 0, "b": 1, "d": 2}


def test_an_empty_graph_has_an_empty_picture() -> None:
    layout = lay_out(build_graph([], edges=[]))
    assert (layout.places, layout.routes, layout.width, layout.height) == ({}, {}, 0.0, 0.0)


def test_sweeps_untangle_crossing_lines() -> None:
    graph = build_graph("abyz", edges=[Edge("a", "z"), Edge("b", "y")])
    places = lay_out(graph).places
    assert (places["a"].order < places["b"].order) is (places["z"].order < places["y"].order)


def test_a_layer_starts_in_teaching_order() -> None:
    places = lay_out(build_graph("abc", edges=[]), position={"c": 0, "a": 1, "b": 2}).places
    assert sorted(places, key=lambda concept: places[concept].x) == ["c", "a", "b"]


def test_a_long_edge_bends_round_the_concepts_it_passes() -> None:
    graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c"), Edge("a", "c")])
    layout = lay_out(graph)
    corners = layout.routes["a", "c"]
    assert [y for _, y in corners] == [0, 1, 2]
    assert abs(corners[1][0] - layout.places["b"].x) >= 1


@given(acyclic_graphs())
def test_every_concept_has_a_place_of_its_own_above_its_prerequisites(graph: PrerequisiteGraph) -> None:
    layout = lay_out(graph)
    assert set(layout.places) == set(graph)
    for u, v in graph.edges:
        assert layout.places[u].layer < layout.places[v].layer
        assert layout.routes[u, v][0] == (layout.places[u].x, layout.places[u].y)
        assert layout.routes[u, v][-1] == (layout.places[v].x, layout.places[v].y)
    for layer in set(layers(graph).values()):
        row = sorted((place for place in layout.places.values() if place.layer == layer), key=lambda p: p.x)
        assert [place.order for place in row] == list(range(len(row)))
        assert all(right.x - left.x >= 0.999 for left, right in pairwise(row))
        assert all(0 <= place.x <= layout.width for place in row)


@given(acyclic_graphs())
def test_the_same_graph_built_in_another_order_looks_the_same(graph: PrerequisiteGraph) -> None:
    again: PrerequisiteGraph = nx.DiGraph()
    again.add_nodes_from(reversed(list(graph)))
    again.add_edges_from(reversed(list(graph.edges)))
    assert lay_out(again) == lay_out(graph)
