"""Paths to goals: complete, followable, in teaching order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.planning import plan_path
from graphs.building import build_graph
from graphs.errors import Edge, UnknownConcept

SOUND = build_graph(
    ["vibration", "cycle", "frequency", "pitch", "wave"],
    edges=[Edge("vibration", "cycle"), Edge("cycle", "frequency"), Edge("frequency", "pitch")],
)
POSITION = {"vibration": 1.0, "cycle": 2.0, "frequency": 3.0, "wave": 4.0, "pitch": 5.0}

# Edges run from lower to higher numbers, so that every drawn graph is acyclic.
pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda p: p[0] < p[1]), max_size=30)
concepts = st.sets(st.integers(0, 11).map(str), max_size=12)


def test_the_path_leads_only_over_what_the_goal_needs() -> None:
    path = plan_path(SOUND, goals=["frequency"], mastered=[], position=POSITION)
    assert [step.concept for step in path.steps] == ["vibration", "cycle", "frequency"]
    assert [step.is_goal for step in path.steps] == [False, False, True]


def test_each_step_names_what_it_waits_for() -> None:
    path = plan_path(SOUND, goals=["pitch"], mastered=["vibration"], position=POSITION)
    assert [(step.concept, step.waits_for) for step in path.steps] == [
        ("cycle", ()),
        ("frequency", ("cycle",)),
        ("pitch", ("frequency",)),
    ]


def test_no_goals_means_the_whole_subject_in_teaching_order() -> None:
    path = plan_path(SOUND, goals=[], mastered=[], position=POSITION)
    assert [step.concept for step in path.steps] == ["vibration", "cycle", "frequency", "wave", "pitch"]


def test_a_reached_goal_is_told_and_asks_for_nothing() -> None:
    path = plan_path(SOUND, goals=["pitch"], mastered=["pitch"], position=POSITION)
    assert path.steps == ()
    assert path.goals_reached == ("pitch",)


def test_an_unknown_goal_is_refused() -> None:
    with pytest.raises(UnknownConcept, match="alchemy"):
        plan_path(SOUND, goals=["alchemy"], mastered=[], position=POSITION)


@given(edges=pairs, goals=concepts, mastered=concepts)
def test_every_path_can_be_followed_from_its_first_step_to_its_last(
    edges: list[tuple[int, int]], goals: set[str], mastered: set[str]
) -> None:
    graph = build_graph(map(str, range(12)), edges=[Edge(str(u), str(v)) for u, v in edges])
    path = plan_path(graph, goals=goals, mastered=mastered, position={})
    known = set(mastered)
    for step in path.steps:
        assert step.concept not in known
        assert set(graph.pred[step.concept]) <= known
        assert set(step.waits_for) == set(graph.pred[step.concept]) - mastered
        known.add(step.concept)
    assert (goals or set(graph)) <= known
