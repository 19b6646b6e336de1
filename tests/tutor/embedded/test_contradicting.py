from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.embedded.contradicting import (
    foreign_numbers,
    is_twice_denied,
    paths_turned,
    says_opposite,
    signs_against,
)

TEXT = st.text(st.sampled_from("abe 12.,notruh"), max_size=60)


@pytest.mark.parametrize(
    ("sentence", "is_turned"),
    [
        ("It flows from the cold room to the warm one.", True),
        ("It flows out of the cold room and into the warm one.", True),
        ("Into the warm room it flows from the cold one.", True),
        ("It leaves the cold room and enters the warm one.", True),
        ("It flows from the warm room to the cold one.", False),
        ("It goes to the cold one, away from the warm room.", False),
        ("It stays in the warm room.", False),
    ],
)
def test_the_way_back_is_another_way(sentence: str, is_turned: bool) -> None:
    assert paths_turned("Heat flows from the warm room to the cold one.", sentence) is is_turned


@pytest.mark.parametrize(
    ("point", "sentence", "is_opposite"),
    [
        ("The wheel is stable.", "The wheel is unstable.", True),
        ("The wheel is stable.", "The wheel is not unstable.", False),
        ("The cell takes in salt.", "The cell gives off salt.", True),
        ("The cell takes in salt.", "The cell takes up salt.", False),
        ("Air that is warm rises.", "Air that is warm sinks.", True),
        ("Warm air rises.", "Water sinks in a vase.", False),
        ("The price falls with demand.", "With demand the price goes up.", True),
    ],
)
def test_an_opposite_counts_where_it_is_said_of_the_same_thing(
    point: str, sentence: str, is_opposite: bool
) -> None:
    assert says_opposite(point, sentence) is is_opposite


def test_numbers_nobody_spoke_of_are_foreign_and_everyday_ones_are_not() -> None:
    assert foreign_numbers("Two halves of 40 parts", known=["some parts"]) == {"40"}
    assert foreign_numbers("Two halves of 40 parts", known=["a half", "40 parts"]) == frozenset()


@pytest.mark.parametrize(
    ("sentence", "is_twice"),
    [
        ("It does not stop unless friction slows it.", True),
        ("It cannot be untrue.", True),
        ("It does not press and does not pull.", False),
        ("It never stops.", False),
        ("It is not light, not heavy.", False),
    ],
)
def test_a_denial_of_a_denial_is_told_from_two_denials(sentence: str, is_twice: bool) -> None:
    assert is_twice_denied(sentence) is is_twice


def test_to_stop_working_is_not_to_work() -> None:
    point = "In the cold the engine stops working."
    assert signs_against(point, ["The engine does not work in the cold."]).negation < 0.75
    assert signs_against(point, ["The engine works in the cold."]).negation >= 0.75


@given(TEXT, st.lists(TEXT, max_size=4))
def test_any_text_gives_signs_between_none_and_full(point: str, sentences: list[str]) -> None:
    found = signs_against(point, sentences)
    assert 0 <= found.worst <= 1


@given(TEXT)
def test_no_text_brings_foreign_numbers_against_itself(text: str) -> None:
    assert signs_against(text, [text]).number == 0
    assert not says_opposite(text, text)
