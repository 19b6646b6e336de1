from __future__ import annotations

from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge, UnknownConcept
from graphs.fringe import blockers, inner_fringe, outer_fringe
from graphs.paths import ancestors
from tests.graphs.strategies import acyclic_graphs, concept_sets

DIAMOND = build_graph("abcd", edges=[Edge("a", "b"), Edge("a", "c"), Edge("b", "d"), Edge("c", "d")])


def knowledge_states(graph: PrerequisiteGraph) -> set[frozenset[str]]:
    """Every set of concepts that holds all ancestors of its members, by trying all sets."""
    subsets = (frozenset(s) for size in range(len(graph) + 1) for s in combinations(graph, size))
    return {s for s in subsets if all(nx.ancestors(graph, concept) <= s for concept in s)}


def test_nothing_mastered_means_the_roots_are_ready() -> None:
    assert outer_fringe(DIAMOND, mastered=[]) == {"a"}
    assert inner_fringe(DIAMOND, mastered=[]) == set()


def test_one_missing_prerequisite_locks_a_concept() -> None:
    assert outer_fringe(DIAMOND, mastered=["a", "b"]) == {"c"}


def test_everything_mastered_leaves_nothing_ready() -> None:
    assert outer_fringe(DIAMOND, mastered="abcd") == set()
    assert inner_fringe(DIAMOND, mastered="abcd") == {"d"}


def test_a_mastered_concept_that_has_since_been_deleted_is_ignored() -> None:
    assert outer_fringe(DIAMOND, mastered=["a", "gone"]) == {"b", "c"}
    assert inner_fringe(DIAMOND, mastered=["a", "gone"]) == {"a"}


def test_blockers_are_the_missing_prerequisites_and_where_to_begin() -> None:
    found = blockers(DIAMOND, concept="d", mastered=[])
    assert (found.direct, found.roots) == (("b", "c"), ("a",))


def test_a_ready_concept_has_no_blockers() -> None:
    assert not blockers(DIAMOND, concept="b", mastered=["a"])


def test_blockers_of_an_unknown_concept_are_an_error() -> None:
    with pytest.raises(UnknownConcept):
        blockers(DIAMOND, concept="z", mastered=[])


@given(acyclic_graphs())
def test_fringes_are_those_of_knowledge_space_theory(graph: PrerequisiteGraph) -> None:
    states = knowledge_states(graph)
    for state in states:
        assert outer_fringe(graph, mastered=state) == {
            c for c in graph if c not in state and state | {c} in states
        }
        assert inner_fringe(graph, mastered=state) == {c for c in state if state - {c} in states}


@given(acyclic_graphs(), concept_sets)
def test_a_concept_is_ready_mastered_or_blocked_by_what_is_ready(
    graph: PrerequisiteGraph, mastered: set[str]
) -> None:
    ready = outer_fringe(graph, mastered=mastered)
    for concept in set(graph) - mastered:
        found = blockers(graph, concept=concept, mastered=mastered)
        assert bool(found) is (concept not in ready)
        assert bool(found.roots) is bool(found)
        assert set(found.roots) <= ready & ancestors(graph, concept=concept)
