from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge, UnknownConcept
from graphs.fringe import outer_fringe
from graphs.paths import ancestors, distance_to_goals, learning_path, needed, unlocked_by, unlocking_value
from tests.graphs.strategies import acyclic_graphs, concept_sets

#   a -> b -> d -> e      c -> d      x alone
COURSE = build_graph("abcdex", edges=[Edge("a", "b"), Edge("b", "d"), Edge("c", "d"), Edge("d", "e")])


def test_ancestors_are_all_that_a_concept_rests_on() -> None:
    assert ancestors(COURSE, concept="d") == {"a", "b", "c"}


def test_what_is_needed_stops_at_what_is_mastered() -> None:
    assert needed(COURSE, goals=["d"], mastered=["b"]) == {"c", "d"}
    assert needed(COURSE, goals=["d"], mastered=["d"]) == set()


def test_the_path_follows_the_teaching_order_where_prerequisites_allow() -> None:
    position = {"c": 0, "e": 1, "d": 2, "b": 3, "a": 4}
    assert learning_path(COURSE, goals=["e"], position=position) == ["c", "a", "b", "d", "e"]


def test_concepts_without_a_position_come_last_by_id() -> None:
    assert learning_path(COURSE, goals=["d", "x"], position={"c": 1}) == ["c", "a", "b", "d", "x"]


def test_distance_is_to_the_nearest_goal_and_absent_where_none_is_reached() -> None:
    assert distance_to_goals(COURSE, goals=["e", "b"]) == {"b": 0, "e": 0, "a": 1, "d": 1, "c": 2}


def test_only_the_last_missing_prerequisite_unlocks() -> None:
    assert unlocked_by(COURSE, concept="c", mastered=["a"]) == set()
    assert unlocked_by(COURSE, concept="c", mastered=["a", "b"]) == {"d"}
    assert unlocked_by(COURSE, concept="b", mastered=["a", "b", "c"]) == set()


def test_a_locked_concept_is_shared_by_all_it_waits_for() -> None:
    value = unlocking_value(COURSE, mastered=["a"])
    assert value == pytest.approx({"b": 1 / 2 + 1 / 3, "c": 1 / 2 + 1 / 3, "d": 1 / 3, "e": 0, "x": 0})


def test_only_what_the_goals_need_counts_towards_unlocking() -> None:
    assert unlocking_value(COURSE, mastered=["a"], goals=["d"]) == {"b": 0.5, "c": 0.5, "d": 0.0}


@pytest.mark.parametrize("goals", [["nowhere"], ["a", "nowhere"]])
def test_an_unknown_goal_is_an_error(goals: list[str]) -> None:
    for ask in (needed, learning_path, distance_to_goals):
        with pytest.raises(UnknownConcept, match="nowhere"):
            ask(COURSE, goals=goals)


@given(acyclic_graphs(), concept_sets)
def test_following_the_path_only_ever_takes_what_is_ready(
    graph: PrerequisiteGraph, mastered: set[str]
) -> None:
    known = set(mastered)
    path = learning_path(graph, goals=[max(graph)], mastered=mastered)
    for concept in path:
        assert concept in outer_fringe(graph, mastered=known)
        known.add(concept)
    assert max(graph) in known


@given(acyclic_graphs())
def test_distances_agree_with_shortest_paths(graph: PrerequisiteGraph) -> None:
    goals = sorted(graph)[:2]
    expected = {
        concept: min(lengths[goal] for goal in goals if goal in lengths)
        for concept, lengths in nx.all_pairs_shortest_path_length(graph)
        if any(goal in lengths for goal in goals)
    }
    assert distance_to_goals(graph, goals=goals) == expected


@given(acyclic_graphs(), concept_sets)
def test_unlocking_values_sum_to_the_number_of_locked_concepts(
    graph: PrerequisiteGraph, mastered: set[str]
) -> None:
    locked = set(graph) - mastered - outer_fringe(graph, mastered=mastered)
    assert sum(unlocking_value(graph, mastered=mastered).values()) == pytest.approx(len(locked))
