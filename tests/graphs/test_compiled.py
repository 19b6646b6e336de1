from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import fringe, paths
from graphs.building import PrerequisiteGraph, build_directed, find_cycle
from graphs.compiled import NOWHERE, CompiledGraph, compile_graph, compile_networkx
from graphs.errors import Edge, PrerequisiteCycle, SelfPrerequisite, UnknownConcept
from graphs.knowledge_state import KnowledgeState, unlocking_values
from tests.graphs.strategies import CONCEPTS, acyclic_graphs, concept_sets

positions = st.dictionaries(st.sampled_from(CONCEPTS), st.integers(0, 3).map(float))


def in_graph(graph: PrerequisiteGraph, concepts: set[str]) -> list[str]:
    return sorted(concepts & set(graph))


def numbers(graph: CompiledGraph, concepts: list[str]) -> list[int]:
    return [graph.number_of(concept) for concept in concepts]


@given(acyclic_graphs(), positions)
def test_the_same_concepts_and_links_come_out_as_went_in(
    graph: PrerequisiteGraph, position: dict[str, float]
) -> None:
    compiled = compile_networkx(graph, position=position)
    assert set(compiled) == set(graph)
    assert len(compiled) == len(graph)
    for concept in graph:
        assert set(compiled.prerequisites_of(concept)) == set(graph.pred[concept])
        assert set(compiled.dependents_of(concept)) == set(graph.succ[concept])
        assert compiled.prerequisites_of(concept) == compiled.named(
            sorted(numbers(compiled, list(graph.pred[concept])))
        )


@given(acyclic_graphs(), positions)
def test_the_order_of_learning_is_that_of_a_learning_path_to_everything(
    graph: PrerequisiteGraph, position: dict[str, float]
) -> None:
    compiled = compile_networkx(graph, position=position)
    assert compiled.named(compiled.order.tolist()) == paths.learning_path(
        graph, goals=graph, position=position
    )
    assert [compiled.places[number] for number in compiled.order.tolist()] == list(range(len(graph)))


@given(acyclic_graphs(), concept_sets)
def test_the_outer_fringe_is_the_same(graph: PrerequisiteGraph, mastered: set[str]) -> None:
    compiled = compile_networkx(graph)
    ready = compiled.named(KnowledgeState(compiled, mastered).outer_fringe())
    assert ready == sorted(fringe.outer_fringe(graph, mastered=mastered))


@given(acyclic_graphs(), concept_sets, concept_sets)
def test_what_goals_need_and_what_each_misses_are_the_same(
    graph: PrerequisiteGraph, mastered: set[str], wished: set[str]
) -> None:
    compiled, goals = compile_networkx(graph), in_graph(graph, wished)
    needed = KnowledgeState(compiled, mastered).needed(numbers(compiled, goals))
    assert set(compiled.named(needed)) == paths.needed(graph, goals=goals, mastered=mastered)
    for number, missing in needed.items():
        assert set(compiled.named(missing)) == set(graph.pred[compiled.concepts[number]]) - mastered


@given(acyclic_graphs(), concept_sets, st.integers(1, 9))
def test_the_first_needed_of_everything_are_closed_under_what_is_missing(
    graph: PrerequisiteGraph, mastered: set[str], limit: int
) -> None:
    compiled = compile_networkx(graph)
    state = KnowledgeState(compiled, mastered)
    everything, first = state.needed(range(len(compiled))), state.first_needed(limit)
    assert list(first) == sorted(everything, key=compiled.places.__getitem__)[:limit]
    assert all(first[number] == everything[number] for number in first)
    assert all(below in first for missing in first.values() for below in missing)


@given(acyclic_graphs(), concept_sets)
def test_blockers_and_what_is_unlocked_are_the_same(graph: PrerequisiteGraph, mastered: set[str]) -> None:
    compiled = compile_networkx(graph)
    state = KnowledgeState(compiled, mastered)
    for concept in graph:
        number = compiled.number_of(concept)
        assert state.blockers(number) == fringe.blockers(graph, concept=concept, mastered=mastered)
        unlocked = set(compiled.named(state.unlocked_by(number)))
        assert unlocked == paths.unlocked_by(graph, concept=concept, mastered=mastered)


@given(acyclic_graphs(), concept_sets)
def test_the_roots_below_all_concepts_are_those_of_each(graph: PrerequisiteGraph, mastered: set[str]) -> None:
    compiled = compile_networkx(graph)
    state = KnowledgeState(compiled, mastered)
    for number, roots in state.roots_below(state.needed(range(len(compiled)))).items():
        assert tuple(sorted(compiled.named(roots))) == state.blockers(number).roots


@given(acyclic_graphs(), concept_sets, concept_sets)
def test_unlocking_values_are_the_same(
    graph: PrerequisiteGraph, mastered: set[str], wished: set[str]
) -> None:
    compiled, goals = compile_networkx(graph), in_graph(graph, wished)
    needed = KnowledgeState(compiled, mastered).needed(numbers(compiled, goals))
    expected = paths.unlocking_value(graph, mastered=mastered, goals=goals)
    for asked in (list(needed), [number for number, missing in needed.items() if not missing]):
        values = unlocking_values(compiled, needed=needed, of=asked)
        assert list(values) == asked
        for number, value in values.items():
            assert value == pytest.approx(expected[compiled.concepts[number]])


@given(acyclic_graphs(), st.permutations(CONCEPTS), st.integers(0, 4))
def test_steps_to_the_nearest_goal_are_the_same_and_name_the_first_of_equally_near_ones(
    graph: PrerequisiteGraph, mixed: list[str], count: int
) -> None:
    compiled = compile_networkx(graph)
    goals = [concept for concept in mixed if concept in graph][:count]
    reach = compiled.reach(tuple(numbers(compiled, goals)))
    expected = paths.distance_to_goals(graph, goals=goals)
    apart = [paths.distance_to_goals(graph, goals=[goal]) for goal in goals]
    for number, concept in enumerate(compiled):
        assert reach.steps[number] == expected.get(concept, NOWHERE)
        assert (number in reach) is (concept in expected)
        if concept in expected:
            near = [place for place, steps in enumerate(apart) if steps.get(concept) == expected[concept]]
            assert reach.nearest[number] == near[0]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=12))
def test_what_cannot_be_a_graph_is_refused_as_by_networkx(links: list[tuple[str, str]]) -> None:
    loops = [source for source, target in links if source == target]
    if loops:
        with pytest.raises(SelfPrerequisite):
            compile_graph("abcde", edges=links)
        return
    cycle = find_cycle(build_directed("abcde", edges=[Edge(*link) for link in links]))
    if not cycle:
        assert len(compile_graph("abcde", edges=links)) == 5
        return
    with pytest.raises(PrerequisiteCycle) as refused:
        compile_graph("abcde", edges=links)
    assert refused.value.cycle == cycle


def test_an_empty_graph_has_nothing_ready() -> None:
    graph = compile_graph([], edges=[])
    assert KnowledgeState(graph, ["gone"]).outer_fringe() == []
    assert graph.order.tolist() == []


def test_unknown_concepts_are_named() -> None:
    with pytest.raises(UnknownConcept, match="zebra"):
        compile_graph("ab", edges=[("zebra", "a")])
    with pytest.raises(UnknownConcept, match="zebra"):
        compile_graph("ab", edges=[]).prerequisites_of("zebra")


def test_a_reach_is_reckoned_once() -> None:
    graph = compile_graph("abc", edges=[("a", "b"), ("b", "c")])
    assert graph.reach((2,)) is graph.reach((2,))


def test_gathering_is_the_rows_one_after_another() -> None:
    graph = compile_graph("abcd", edges=[("a", "c"), ("b", "c"), ("a", "d")])
    some = np.array([3, 2, 0], dtype=np.int32)
    assert graph.prerequisites.gather(some).tolist() == [0, 0, 1]
