"""Pairs are taken from what the text connects, and each direction is read from the text."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concepts.extraction.pairs import (
    DIRECTED,
    DIRECTED_NAMES,
    RELATED,
    RELATED_NAMES,
    ConceptText,
    PairTable,
)
from concepts.extraction.scoring import (
    MOST_PARTNERS,
    asked_probabilities,
    committed_weights,
    pair_probabilities,
    score_pairs,
)
from vectorstore.words import stems


def text(
    name: str, mentions: dict[int, int], position: int | None = None, defined: set[int] | None = None
) -> ConceptText:
    return ConceptText(
        name,
        Counter(mentions),
        frozenset(defined or set()),
        frozenset(defined or set()),
        Counter(stems(name)),
        100,
        position,
    )


def table(*concepts: ConceptText) -> PairTable:
    return PairTable(concepts, vectors=np.eye(len(concepts), dtype=np.float32))


def signal(of: PairTable, name: str, first: int, second: int) -> float:
    return float(of.signals[name][first, second])


def test_only_pairs_that_something_connects_are_scored() -> None:
    scored = score_pairs(
        table(text("a", {}), text("b", {0: 2}, defined={0}), text("c", {})), weights=committed_weights()
    )
    assert (scored[0].prerequisite, scored[0].dependent) == (0, 1)
    assert all(pair.confidence < scored[0].confidence for pair in scored[1:])


def test_the_scored_pairs_grow_with_the_concepts_and_not_with_their_square() -> None:
    rng = np.random.default_rng(1)
    concepts = [
        text(f"c{number}", {int(other): 1 for other in rng.integers(0, 200, size=100)})
        for number in range(200)
    ]
    assert len(score_pairs(table(*concepts), weights=committed_weights())) <= 200 * MOST_PARTNERS


def test_what_is_named_at_the_opening_and_by_many_comes_first() -> None:
    of = table(text("a", {}), text("b", {0: 3}, defined={0}), text("c", {0: 1}))
    assert signal(of, "naming_either_way", 0, 1) == signal(of, "naming_either_way", 1, 0) > 0
    assert signal(of, "opening_names_it", 0, 1) == -signal(of, "opening_names_it", 1, 0) == 1
    assert signal(of, "named_by_many", 0, 1) > 0
    assert of.is_named_more(0, 1)
    assert not of.is_named_more(1, 0)


@pytest.mark.parametrize("name", [*DIRECTED, *DIRECTED_NAMES])
def test_whatever_speaks_for_a_direction_speaks_against_the_other_as_strongly(name: str) -> None:
    of = table(
        text("introduction to a", {1: 1}, defined={1}), text("linked a", {0: 3}), text("a", {0: 1, 1: 2})
    )
    assert np.array_equal(of.signals[name], -of.signals[name].T)


@pytest.mark.parametrize("name", RELATED)
def test_whether_two_concepts_are_related_has_no_direction(name: str) -> None:
    of = table(text("basics", {1: 1}), text("linked a", {0: 3}), text("a", {0: 1, 1: 2}))
    assert np.allclose(of.signals[name], of.signals[name].T)


def test_a_name_that_is_part_of_another_comes_first() -> None:
    of = table(text("list", {}), text("linked list", {}), text("stack", {}))
    assert signal(of, "name_in_name", 0, 1) == 1
    assert signal(of, "name_contained", 1, 0) == 1
    assert not of.signals["name_contained"][2].any()


def test_terms_and_code_that_a_text_owns_speak_where_another_uses_them() -> None:
    owner = ConceptText(
        "loop", stems=Counter("a"), own_terms=Counter({("body",): 2}), code=Counter({"for": 9})
    )
    owner.used_terms = Counter({("body",): 3})
    user = ConceptText(
        "sum", stems=Counter("b"), used_terms=Counter({("body",): 1}), code=Counter({"for": 1, "+": 20})
    )
    other = ConceptText("file", stems=Counter("c"), code=Counter({"open": 3}))
    of = table(owner, user, other)
    assert signal(of, "its_terms_used", 0, 1) > 0
    assert signal(of, "its_code_used", 0, 1) > 0
    assert signal(of, "its_terms_used", 0, 2) <= 0


@pytest.mark.parametrize(("first", "second", "expected"), [(0, 1, 1.0), (1, 0, -1.0)])
def test_teaching_order_speaks_for_what_comes_first(first: int, second: int, expected: float) -> None:
    assert table(text("a", {}, 0), text("b", {}, 5)).order[first, second] == expected


def test_texts_without_an_order_say_nothing_about_it() -> None:
    assert not table(text("a", {}), text("b", {}, 3)).order.any()


def test_a_list_of_names_is_judged_by_the_names_alone() -> None:
    of = PairTable(
        [ConceptText("sum"), ConceptText("sum of squares")],
        vectors=np.eye(2, dtype=np.float32),
        generality=np.array([1.0, -1.0]),
    )
    assert not of.has_text
    assert set(of.signals) == {*RELATED_NAMES, *DIRECTED_NAMES}
    found = pair_probabilities(of, weights=committed_weights())
    assert found[0, 1] > 0.5 > found[1, 0]
    asked = asked_probabilities(found, weights=committed_weights())
    assert np.array_equal(np.argsort(asked, axis=None), np.argsort(found, axis=None))


def test_the_committed_weights_never_speak_against_sense() -> None:
    weights = committed_weights()
    looks = (weights.first, weights.second, weights.names)
    heads = [head for look in looks for head in (look.related, look.directed)] + [
        weights.holds,
        weights.asked,
    ]
    assert all(weight >= 0 for head in heads for weight in head.weights.values())
    assert all(look.directed.intercept == 0 for look in looks)
    assert set(weights.first.related.weights) == set(RELATED)
    assert set(weights.first.directed.weights) == set(DIRECTED)
    assert weights.propose <= weights.accept


def test_each_pair_is_scored_in_both_directions_and_the_likelier_is_given() -> None:
    of = table(text("a", {}, 0), text("b", {0: 3}, 1, {0}))
    (scored,) = score_pairs(of, weights=committed_weights())
    assert (scored.prerequisite, scored.dependent) == (0, 1)
    assert scored.confidence > 0.5 > scored.reverse_confidence


_NAMES = st.lists(
    st.sampled_from("sum|total sum|loop|for loop|basics|sorting basics|list|summary".split("|")), max_size=7
)


@given(_NAMES, st.data())
def test_whatever_the_texts_every_pair_has_a_probability(names: list[str], data: st.DataObject) -> None:
    size = len(names)
    numbers = st.integers(0, max(0, size - 1))
    concepts = [
        ConceptText(
            name,
            Counter(data.draw(st.lists(numbers, max_size=4))) if size else Counter(),
            stems=Counter(data.draw(st.lists(st.sampled_from("abcd"), max_size=5))),
            size=data.draw(st.integers(0, 9)),
            position=data.draw(st.none() | st.integers(0, 5)),
        )
        for name in names
    ]
    of = PairTable(concepts, vectors=np.eye(max(1, size), dtype=np.float32)[:size])
    found = pair_probabilities(of, weights=committed_weights())
    assert found.shape == (size, size)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    scored = score_pairs(of, weights=committed_weights())
    assert len({frozenset((pair.prerequisite, pair.dependent)) for pair in scored}) == len(scored)
    assert all(pair.confidence >= pair.reverse_confidence for pair in scored)
