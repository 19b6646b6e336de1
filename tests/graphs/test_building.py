from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given

from graphs.building import (
    PrerequisiteGraph,
    build_directed,
    build_graph,
    check_addition,
    find_cycle,
    weakest_edge,
)
from graphs.errors import Edge, PrerequisiteCycle, SelfPrerequisite, UnknownConcept
from tests.graphs.strategies import CONCEPTS, acyclic_graphs, tangled_graphs

CHAIN = [Edge("count", "add", 0.9), Edge("add", "multiply", 0.4)]


def chain() -> PrerequisiteGraph:
    return build_graph(["count", "add", "multiply"], edges=CHAIN)


def test_keeps_concepts_without_any_prerequisite() -> None:
    assert list(build_graph(["b", "a"], edges=[])) == ["b", "a"]


def test_refuses_a_concept_that_requires_itself() -> None:
    with pytest.raises(SelfPrerequisite, match="“add” cannot be its own prerequisite"):
        build_graph(["add"], edges=[Edge("add", "add")])


def test_refuses_an_edge_to_a_concept_it_does_not_hold() -> None:
    with pytest.raises(UnknownConcept) as caught:
        build_graph(["add"], edges=[Edge("count", "add")])
    assert caught.value.concept == "count"


def test_names_a_refused_cycle_in_order_and_its_weakest_edge() -> None:
    with pytest.raises(PrerequisiteCycle) as caught:
        build_graph(
            ["count", "add", "multiply"],
            edges=[*CHAIN, Edge("multiply", "count", 0.8)],
            names={"add": "Addition"},
        )
    assert caught.value.cycle == ("add", "multiply", "count")
    assert caught.value.weakest == Edge("add", "multiply", 0.4)
    assert "Addition → multiply → count → Addition" in str(caught.value)


def test_an_addition_that_closes_a_circle_is_refused_and_changes_nothing() -> None:
    graph = chain()
    with pytest.raises(PrerequisiteCycle) as caught:
        check_addition(graph, source="multiply", target="count")
    assert caught.value.cycle == ("count", "add", "multiply")
    assert caught.value.weakest == CHAIN[1]
    assert graph.number_of_edges() == 2


def test_an_addition_along_the_order_is_fine() -> None:
    check_addition(chain(), source="count", target="multiply")


def test_a_cycle_can_be_told_again_in_other_names() -> None:
    error = PrerequisiteCycle(["a", "b"], weakest=Edge("a", "b", 0.5)).named({"a": "Sums", "b": "Products"})
    assert error.path == "Sums → Products → Sums"
    assert "Sums → Products (0.50)" in str(error)


@given(tangled_graphs())
def test_finds_a_cycle_exactly_when_there_is_one(graph: PrerequisiteGraph) -> None:
    cycle = find_cycle(graph)
    assert bool(cycle) is not nx.is_directed_acyclic_graph(graph)
    if cycle:
        assert nx.is_simple_path(graph, cycle)
        assert graph.has_edge(cycle[-1], cycle[0])
        assert weakest_edge(graph, cycle=cycle).confidence == min(
            graph.edges[u, v]["confidence"] for u, v in zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        )


@given(acyclic_graphs())
def test_an_addition_is_refused_exactly_when_it_would_close_a_cycle(graph: PrerequisiteGraph) -> None:
    source, target = min(graph), max(graph)
    if source == target:
        return
    spoiled = graph.copy()
    spoiled.add_edge(source, target)
    if nx.is_directed_acyclic_graph(spoiled):
        check_addition(graph, source=source, target=target)
    else:
        with pytest.raises(PrerequisiteCycle):
            check_addition(graph, source=source, target=target)


def test_building_directed_lets_cycles_stand() -> None:
    graph = build_directed(CONCEPTS[:2], edges=[Edge("a", "b"), Edge("b", "a")])
    assert find_cycle(graph) == ("a", "b")
