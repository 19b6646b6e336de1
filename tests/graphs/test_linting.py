from __future__ import annotations

import itertools
import time
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from graphs.building import PrerequisiteGraph, build_directed, build_graph
from graphs.errors import Edge
from graphs.likeness import Likeness, like_vectors
from graphs.linting import Code, Finding, Known, Severity, Thresholds, _reduced, lint_graph
from tests.graphs.strategies import acyclic_graphs, tangled_graphs


def chain(*concepts: str, **said: Any) -> PrerequisiteGraph:
    """Concepts one after the other, each with a quote; `said` goes on every edge."""
    links = [Edge(first, second, 0.8) for first, second in itertools.pairwise(concepts)]
    graph = build_graph(concepts, edges=links)
    for concept in graph:
        graph.nodes[concept].update(name=concept.title(), quotes=1)
    for link in graph.edges:
        graph.edges[link].update({"gates": True, "quotes": 1, **said})
    return graph


def codes(graph: PrerequisiteGraph, **options: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(found.code.value, found.concepts) for found in lint_graph(graph, **options)]


def only(graph: PrerequisiteGraph, **options: Any) -> Finding:
    (finding,) = lint_graph(graph, **options)
    return finding


def test_a_sound_graph_has_nothing_to_look_at() -> None:
    assert lint_graph(chain("count", "add", "multiply")) == []
    assert lint_graph(build_graph([], edges=[])) == []
    assert lint_graph(build_graph(["alone"], edges=[])) == []


def test_a_concept_that_stands_alone_is_an_orphan() -> None:
    graph = chain("count", "add")
    graph.add_node("colour", name="Colour", quotes=1)
    finding = only(graph)
    assert (finding.code, finding.severity, finding.concepts) == (Code.ORPHAN, Severity.WARNING, ("colour",))


def test_a_circle_is_told_alone_with_its_concepts() -> None:
    graph = build_directed("ab", edges=[Edge("a", "b"), Edge("b", "a")])
    finding = only(graph)
    assert (finding.code, finding.severity) == (Code.CIRCLE, Severity.ERROR)
    assert finding.edges == (("a", "b"), ("b", "a"))
    assert "a → b → a" in finding.message


def test_a_goal_that_is_not_taught_any_more_is_named() -> None:
    finding = only(chain("count", "add"), known=Known(goals=["gone"], goal_names={"gone": "Divide"}))
    assert (finding.code, finding.severity, finding.concepts) == (
        Code.UNREACHABLE_GOAL,
        Severity.ERROR,
        ("gone",),
    )
    assert "“Divide”, which is not taught any more" in finding.message


def test_a_goal_behind_what_cannot_be_taught_is_unreachable_but_only_where_the_way_is_locked() -> None:
    graph = chain("count", "add", "multiply")
    graph.nodes["count"]["quotes"] = 0
    known = Known(goals=["multiply"])
    assert codes(graph, known=known) == [("unreachable-goal", ("multiply",)), ("no-evidence", ("count",))]
    graph.edges["add", "multiply"]["gates"] = False
    assert codes(graph, known=known) == [("no-evidence", ("count",))]


@pytest.mark.parametrize(
    ("said", "is_found"),
    [({}, True), ({"is_decided": True}, False), ({"gates": False}, False), ({"quotes": 2}, False)],
)
def test_an_edge_that_locks_without_a_word_for_it_is_found(said: dict[str, Any], is_found: bool) -> None:
    graph = chain("count", "add", **{"quotes": 0, **said})
    assert [found.edges for found in lint_graph(graph)] == [(("count", "add"),)] * is_found


def test_a_definition_that_needs_what_comes_after_it_is_found() -> None:
    graph = chain("count", "add", "multiply")
    known = Known(uses={"count": ["multiply"], "multiply": ["count"], "add": ["elsewhere"]})
    finding = only(graph, known=known)
    assert (finding.code, finding.concepts) == (Code.LATER_CONCEPT, ("count", "multiply"))


def test_two_that_one_sentence_defines_may_speak_of_each_other() -> None:
    graph = chain("syntax error", "exception")
    for concept in graph:
        graph.nodes[concept]["summary"] = "There are two kinds: syntax errors and exceptions."
    assert lint_graph(graph, known=Known(uses={"syntax error": ["exception"]})) == []


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ({}, True),
        ({"reverse_confidence": 0.4}, False),
        ({"quotes_against": 0}, False),
        ({"is_decided": True}, False),
    ],
)
def test_an_edge_with_as_much_against_it_is_found(said: dict[str, Any], is_found: bool) -> None:
    graph = chain("medium", "wave", **{"reverse_confidence": 0.6, "quotes_against": 1, **said})
    assert codes(graph) == [("both-ways", ("medium", "wave"))] * is_found


def test_concepts_of_one_name_are_near_duplicates_however_it_is_spelt() -> None:
    graph = chain("loops", "café", "loop")
    graph.nodes["café"]["aliases"] = ["LOOPS"]
    assert {found.concepts for found in lint_graph(graph)} == {
        ("loops", "café"),
        ("loops", "loop"),
        ("café", "loop"),
    }


@pytest.mark.parametrize(
    ("first", "second", "score", "is_found"),
    [
        ("pip", "managing packages with pip", 0.8, True),
        ("pip", "managing packages with pip", 0.7, False),
        ("beat", "throb", 0.92, True),
        ("beat", "throb", 0.88, False),
        ("major triad", "minor triad", 0.95, False),
    ],
)
def test_what_means_the_same_is_found_but_siblings_are_not(
    first: str, second: str, score: float, is_found: bool
) -> None:
    known = Known(alike=[Likeness(first, second, score, "they mean the same")])
    graph = chain(first, "between", second)
    assert codes(graph, known=known) == [("near-duplicate", (first, second))] * is_found


def test_what_rests_on_the_other_is_no_duplicate_of_it() -> None:
    known = Known(alike=[Likeness("list comprehension", "nested list comprehension", 0.95, "")])
    assert lint_graph(chain("list comprehension", "nested list comprehension"), known=known) == []


def test_one_definition_for_two_makes_them_no_duplicates() -> None:
    graph = chain("name mangling", "between", "private variable")
    for concept in graph:
        graph.nodes[concept]["summary"] = "Names with two underscores are mangled."
    known = Known(alike=[Likeness("name mangling", "private variable", 0.95, "")])
    assert lint_graph(graph, known=known) == []


def test_only_what_is_needed_at_once_counts_as_too_many() -> None:
    firsts = [f"c{number}" for number in range(8)]
    graph = build_graph([*firsts, "last"], edges=[Edge(first, "last", 0.9) for first in firsts])
    assert codes(graph) == [("too-many-prerequisites", ("last",))]
    assert codes(graph, thresholds=Thresholds(most_prerequisites=8)) == []
    graph.add_edges_from(itertools.pairwise(firsts), confidence=0.1)
    assert codes(graph) == []


def test_what_rests_on_a_changed_source_is_stale() -> None:
    graph = chain("count", "add", is_stale=True)
    graph.nodes["add"]["is_stale"] = True
    assert {(found.code, found.edges) for found in lint_graph(graph)} == {
        (Code.STALE, (("count", "add"),)),
        (Code.STALE, ()),
    }


def test_what_follows_from_better_founded_edges_is_one_notice() -> None:
    graph = chain("a", "b", "c", "d")
    graph.add_edges_from([("a", "c"), ("b", "d")], confidence=0.5)
    finding = only(graph)
    assert (finding.code, finding.severity) == (Code.REDUNDANT, Severity.NOTICE)
    assert finding.edges == (("a", "c"), ("b", "d"))
    assert "“A” before “C” from A → B → C" in finding.message


@pytest.mark.parametrize("said", [{"is_decided": True}, {"gates": False}, {"confidence": 0.9}])
def test_a_shortcut_that_adds_something_is_left_alone(said: dict[str, Any]) -> None:
    graph = chain("a", "b", "c")
    graph.add_edges_from([("a", "c", {"confidence": 0.5, **said})])
    assert lint_graph(graph) == []


def test_what_matters_most_comes_first() -> None:
    graph = chain("a", "b", "c")
    graph.add_edges_from([("a", "c", {"confidence": 0.5})])
    graph.add_node("alone", quotes=0)
    levels = [found.severity for found in lint_graph(graph)]
    assert levels == [Severity.ERROR, Severity.WARNING, Severity.NOTICE]


@given(graph=acyclic_graphs())
def test_the_quick_reduction_is_the_transitive_reduction(graph: PrerequisiteGraph) -> None:
    assert set(_reduced(graph).edges) == set(nx.transitive_reduction(graph).edges)


@given(graph=acyclic_graphs())
def test_edges_said_to_follow_can_all_go_and_everything_is_still_reached(graph: PrerequisiteGraph) -> None:
    redundant = [found for found in lint_graph(graph) if found.code is Code.REDUNDANT]
    thinner = graph.copy()
    thinner.remove_edges_from(link for found in redundant for link in found.edges)
    assert set(nx.transitive_closure(thinner).edges) == set(nx.transitive_closure(graph).edges)


@given(graph=tangled_graphs())
def test_any_graph_can_be_looked_over(graph: PrerequisiteGraph) -> None:
    assert all(found.message and found.concepts for found in lint_graph(graph))


def test_two_thousand_concepts_are_looked_over_in_a_moment() -> None:
    rng = np.random.default_rng(1)
    ends = rng.integers(0, 2000, size=(12_000, 2))
    links = {(int(min(pair)), int(max(pair))) for pair in ends if pair[0] != pair[1]}
    graph = build_graph(
        [f"c{number}" for number in range(2000)],
        edges=[Edge(f"c{first}", f"c{second}", float(rng.random())) for first, second in sorted(links)],
    )
    vectors = rng.normal(size=(2000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    began = time.process_time()
    known = Known(alike=like_vectors(list(graph), vectors, at_least=0.75))
    assert lint_graph(graph, known=known)
    assert time.process_time() - began < 10
