"""From scored pairs to a graph that is small and has no cycle."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from concepts.extraction.scoring import ScoredPair, committed_weights
from concepts.extraction.selection import MOST_PREREQUISITES, select_edges

WEIGHTS = replace(committed_weights(), accept=0.7, propose=0.3)


def pair(first: int, second: int, confidence: float) -> ScoredPair:
    return ScoredPair(first, second, confidence, 0.1)


def names(count: int) -> list[str]:
    return [f"c{number}" for number in range(count)]


def test_the_weakest_edge_of_a_circle_is_rejected_and_the_circle_named() -> None:
    selection = select_edges(
        [pair(0, 1, 0.9), pair(1, 2, 0.8), pair(2, 0, 0.6)], weights=WEIGHTS, names=names(3)
    )
    assert {(kept.prerequisite, kept.dependent) for kept in selection.kept} == {(0, 1), (1, 2)}
    (fall,) = selection.rejected
    assert (fall.pair.prerequisite, fall.pair.dependent) == (2, 0)
    assert fall.reason == "the weakest link of a circle: c0 → c1 → c2 → c0"


def test_a_weak_edge_that_surer_edges_imply_is_rejected() -> None:
    selection = select_edges(
        [pair(0, 1, 0.9), pair(1, 2, 0.8), pair(0, 2, 0.65)], weights=WEIGHTS, names=names(3)
    )
    assert [fall.reason for fall in selection.rejected] == ["implied by surer edges through c1"]


def test_a_sure_edge_stays_though_it_is_implied() -> None:
    selection = select_edges(
        [pair(0, 1, 0.9), pair(1, 2, 0.9), pair(0, 2, 0.85)], weights=WEIGHTS, names=names(3)
    )
    assert len(selection.kept) == 3


def test_a_pair_below_the_proposing_confidence_is_not_even_rejected() -> None:
    selection = select_edges([pair(0, 1, 0.2)], weights=WEIGHTS, names=names(2))
    assert selection.kept == ()
    assert selection.rejected == ()


_PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda ends: ends[0] < ends[1]),
    st.tuples(st.floats(0, 1), st.booleans()),
    max_size=40,
)


@given(_PAIRS)
def test_whatever_the_scores_the_graph_is_acyclic_and_small(
    scored: dict[tuple[int, int], tuple[float, bool]],
) -> None:
    pairs = [
        pair(second if turned else first, first if turned else second, confidence)
        for (first, second), (confidence, turned) in scored.items()
    ]
    selection = select_edges(pairs, weights=WEIGHTS, names=names(10))
    graph = nx.DiGraph([(kept.prerequisite, kept.dependent) for kept in selection.kept])
    assert nx.is_directed_acyclic_graph(graph)
    assert all(count <= MOST_PREREQUISITES for _, count in graph.in_degree())
    likely = {one for one in pairs if one.confidence >= WEIGHTS.propose}
    assert set(selection.kept) | {fall.pair for fall in selection.rejected} == likely
    assert select_edges(reversed(pairs), weights=WEIGHTS, names=names(10)).rejected is not None
    assert set(select_edges(reversed(pairs), weights=WEIGHTS, names=names(10)).kept) == set(selection.kept)
