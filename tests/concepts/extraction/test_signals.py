"""Signals compare subjects of any size, and say nothing where there is nothing to say."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from concepts.extraction import signals
from concepts.extraction.signals import (
    ahead,
    closeness,
    concentration,
    counted,
    lead,
    owned_use,
    reference_weights,
    shared_words,
    standardised_pairs,
)
from concepts.extraction.structure import levels, second_signals

_SQUARES = st.integers(0, 6).flatmap(
    lambda size: st.lists(
        st.lists(st.floats(0, 1), min_size=size, max_size=size), min_size=size, max_size=size
    )
)


def square(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(rows))


@given(_SQUARES)
def test_every_signal_of_any_scores_is_finite_and_of_their_shape(rows: list[list[float]]) -> None:
    scores = square(rows)
    for signal in [*second_signals(scores).values(), closeness(scores), standardised_pairs(scores)]:
        assert signal.shape == scores.shape
        assert np.isfinite(signal).all()
    assert np.array_equal(lead(scores), -lead(scores).T)


@given(_SQUARES)
def test_levels_do_not_depend_on_how_concepts_are_numbered(rows: list[list[float]]) -> None:
    scores = square(rows)
    turned = np.arange(len(scores))[::-1]
    assert np.allclose(levels(scores)[turned], levels(scores[np.ix_(turned, turned)]), atol=1e-6)


def test_closeness_is_by_rank_and_mutual() -> None:
    alike = np.array([[1, 0.9, 0.2, 0.1], [0.9, 1, 0.3, 0.2], [0.2, 0.3, 1, 0.8], [0.1, 0.2, 0.8, 1]])
    near = closeness(alike)
    assert near[0, 1] == near[2, 3] == 0.0
    assert near[0, 3] < near[1, 2] < 0.0
    assert np.array_equal(closeness(alike * 7 - 3), near)


def test_words_that_every_text_holds_make_none_alike() -> None:
    texts = [Counter("the" for _ in range(9)) + Counter(words) for words in (["a", "b"], ["a"], ["c"], ["c"])]
    alike = shared_words(texts)
    assert alike[2, 3] > 0.99
    assert alike[0, 2] == alike[1, 3] == 0.0


def test_blocks_of_the_vocabulary_change_nothing() -> None:
    rng = np.random.default_rng(3)
    texts = [Counter({f"w{word}": 1 for word in rng.integers(0, 40, size=9)}) for _ in range(12)]
    dense = concentration(texts)
    whole = shared_words(texts), owned_use(dense, texts, most_share=0.8)
    block, signals._BLOCK = signals._BLOCK, 7
    try:
        parts = shared_words(texts), owned_use(dense, texts, most_share=0.8)
    finally:
        signals._BLOCK = block
    assert all(np.allclose(one, other) for one, other in zip(whole, parts, strict=True))


def test_a_mention_counts_for_more_where_few_name_it() -> None:
    mentions = counted([Counter({1: 5}), Counter(), Counter({0: 1, 1: 1}), Counter({1: 1})])
    weights = reference_weights(mentions)
    assert weights[0, 2] > weights[1, 2] > 0
    assert np.allclose((weights**2).sum(axis=0)[[0, 2, 3]], 1.0)
    assert not weights[:, 1].any()


def test_a_lead_is_held_to_three_deviations() -> None:
    assert ahead(np.array([100.0, 0.0])).tolist() == [[0.0, 3.0], [-3.0, 0.0]]
