from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from research.matching import Stretch, match_unchanged

texts = st.lists(st.sampled_from("abcde"), max_size=8)
paths = st.sampled_from([(), ("one",), ("two",)])


def stretches(words: list[str], *, first: int = 0) -> list[Stretch]:
    return [Stretch(first + place, text) for place, text in enumerate(words)]


@given(texts, texts)
def test_matched_passages_have_the_same_words_and_none_with_such_a_partner_is_missed(
    before: list[str], after: list[str]
) -> None:
    old, new = stretches(before), stretches(after, first=100)
    matched = match_unchanged(old, new)
    by_id = {one.id: one.text_hash for one in [*old, *new]}
    assert all(by_id[first] == by_id[last] for first, last in matched.items())
    assert {one.id for one in old if one.text_hash in after} == set(matched)


@given(texts)
def test_a_version_that_changed_nothing_maps_each_passage_to_its_own_place(words: list[str]) -> None:
    matched = match_unchanged(stretches(words), stretches(words, first=100))
    assert matched == {place: 100 + place for place in range(len(words))}


def test_of_two_places_with_the_same_words_the_one_under_its_own_heading_is_taken() -> None:
    old = [Stretch(1, "a", ("one",)), Stretch(2, "a", ("two",))]
    new = [Stretch(7, "a", ("two",)), Stretch(8, "a", ("one",))]
    assert match_unchanged(old, new) == {1: 8, 2: 7}


def test_where_there_are_fewer_than_before_the_last_takes_the_rest() -> None:
    assert match_unchanged(stretches(list("aaa")), stretches(["a"], first=100)) == {0: 100, 1: 100, 2: 100}
