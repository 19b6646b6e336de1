"""Pairs are taken from what the text connects, and each direction is read from the text."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from concepts.extraction.pairs import FEATURES, SIGNS, ConceptText, PairTable
from concepts.extraction.scoring import committed_weights, score_pairs


def text(
    name: str, mentions: dict[int, int], position: int | None = None, defined: set[int] | None = None
) -> ConceptText:
    return ConceptText(
        name,
        Counter(mentions),
        frozenset(defined or set()),
        frozenset(defined or set()),
        Counter(),
        100,
        position,
    )


def table(*concepts: ConceptText) -> PairTable:
    return PairTable(concepts, vectors=np.eye(len(concepts), dtype=np.float32))


def feature(of: PairTable, name: str, first: int, second: int) -> float:
    return float(of.features(first, second)[FEATURES.index(name)])


def test_only_pairs_that_the_text_connects_are_scored() -> None:
    pairs = table(text("a", {}), text("b", {0: 2}), text("c", {}), text("linked b", {})).candidates()
    assert pairs == [(0, 1), (1, 3)]


def test_the_candidates_grow_with_the_concepts_and_not_with_their_square() -> None:
    rng = np.random.default_rng(1)
    concepts = [
        text(f"c{number}", {int(other): 1 for other in rng.integers(0, 600, size=200)})
        for number in range(600)
    ]
    assert len(table(*concepts).candidates()) <= 600 * 24


def test_what_is_named_speaks_for_itself_and_against_the_other_direction() -> None:
    of = table(text("a", {}), text("b", {0: 3}, defined={0}), text("c", {0: 1}))
    assert feature(of, "mention", 0, 1) > 0
    assert feature(of, "mention", 1, 0) == 0
    assert feature(of, "mention_back", 1, 0) > 0
    assert feature(of, "definition_mention", 0, 1) == 1
    assert feature(of, "generality", 0, 1) > 0 > feature(of, "generality", 1, 0)


@pytest.mark.parametrize(("first", "second", "expected"), [(0, 1, 1.0), (1, 0, -1.0)])
def test_teaching_order_speaks_for_what_comes_first(first: int, second: int, expected: float) -> None:
    assert feature(table(text("a", {}, 0), text("b", {}, 5)), "order", first, second) == expected


def test_texts_without_an_order_say_nothing_about_it() -> None:
    assert feature(table(text("a", {}), text("b", {})), "order", 0, 1) == 0.0


def test_the_committed_weights_never_speak_against_sense() -> None:
    weights = committed_weights()
    assert set(weights.weights) == set(FEATURES)
    assert all(weights.weights[name] * sign >= 0 for name, sign in SIGNS.items() if sign)
    assert weights.propose <= weights.accept


def test_each_pair_is_scored_in_both_directions_and_the_likelier_is_given() -> None:
    of = table(text("a", {}, 0), text("b", {0: 3}, 1, {0}))
    (scored,) = score_pairs(of, weights=committed_weights())
    assert (scored.prerequisite, scored.dependent) == (0, 1)
    assert scored.confidence > 0.5 > scored.reverse_confidence
