from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import building
from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge, GraphError, PrerequisiteCycle, UnknownConcept
from graphs.ordering import OrderedGraph, check_addition
from tests.graphs.strategies import CONCEPTS, acyclic_graphs

concepts = st.sampled_from(CONCEPTS)
kinds = st.sampled_from(["add", "add", "add", "remove", "add_concept", "remove_concept"])
edits = st.lists(st.tuples(kinds, concepts, concepts), max_size=30)


def ordered(graph: PrerequisiteGraph) -> OrderedGraph:
    edges = [Edge(source, target, data["confidence"]) for source, target, data in graph.edges(data=True)]
    return OrderedGraph(graph, edges=edges)


def refusal(check: object, graph: object, source: str, target: str) -> str:
    """What a check says against an edge, nothing if it lets it pass."""
    try:
        check(graph, source=source, target=target, names={"a": "Alpha"})  # type: ignore[operator]
    except GraphError as error:
        return f"{type(error).__name__}: {error}"
    return ""


@given(acyclic_graphs(), concepts, concepts)
def test_the_check_says_what_the_full_check_says_to_the_word(
    graph: PrerequisiteGraph, source: str, target: str
) -> None:
    said = refusal(check_addition, ordered(graph), source, target)
    assert said == refusal(building.check_addition, graph, source, target)


@given(acyclic_graphs(), edits)
def test_after_any_edits_graph_and_order_are_those_of_networkx(
    graph: PrerequisiteGraph, changes: list[tuple[str, str, str]]
) -> None:
    mine, theirs = ordered(graph), nx.DiGraph(graph)
    for number, (what, one, other) in enumerate(changes):
        if what == "add_concept":
            mine.add_concept(one)
            theirs.add_node(one)
        elif what == "remove_concept":
            mine.remove_concept(one)
            theirs.remove_nodes_from([one])
        elif what == "remove":
            mine.remove_edge(one, other)
            theirs.remove_edges_from([(one, other)])
        elif not refusal(building.check_addition, theirs, one, other):
            mine.add_edge(Edge(one, other, number / 100))
            theirs.add_edge(one, other, confidence=number / 100)
        else:
            with pytest.raises(GraphError):
                mine.add_edge(Edge(one, other))
        places = {concept: place for place, concept in enumerate(mine)}
        assert set(places) == set(theirs)
        assert {(edge.source, edge.target): edge.confidence for edge in mine.edges()} == {
            (source, target): data["confidence"] for source, target, data in theirs.edges(data=True)
        }
        assert all(places[source] < places[target] for source, target in theirs.edges)


def test_edges_of_a_concept_are_those_it_is_an_end_of() -> None:
    graph = OrderedGraph("abc", edges=[Edge("a", "b", 0.1), Edge("b", "c", 0.2), Edge("a", "c", 0.3)])
    assert sorted(graph.edges_of("b")) == [Edge("a", "b", 0.1), Edge("b", "c", 0.2)]
    assert graph.edges_of("gone") == []
    assert len(graph) == 3


def test_a_refused_edge_changes_nothing() -> None:
    graph = OrderedGraph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    before = list(graph), sorted(graph.edges())
    for edge, error in ((Edge("c", "a"), PrerequisiteCycle), (Edge("z", "a"), UnknownConcept)):
        with pytest.raises(error):
            graph.add_edge(edge)
    assert (list(graph), sorted(graph.edges())) == before


def test_a_large_graph_looks_only_between_the_ends() -> None:
    rng = random.Random(5)
    count = 3000
    nodes = [f"c{n:05}" for n in range(count)]
    edges = [Edge(nodes[rng.randrange(max(0, n - 50), n)], nodes[n]) for n in range(1, count) for _ in "123"]
    graph, full = OrderedGraph(nodes, edges=edges), build_graph(nodes, edges=edges)
    for _ in range(300):
        source, target = rng.sample(nodes, 2)
        said = refusal(check_addition, graph, source, target)
        assert said == refusal(building.check_addition, full, source, target)
        if not said:
            graph.add_edge(Edge(source, target))
            full.add_edge(source, target, confidence=1.0)
    near = graph.between(nodes[100], nodes[120])
    assert len(near) < 200
