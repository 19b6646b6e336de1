from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.embedded import tampering
from tutor.embedded.tampering import HARMLESS, WRONG, Change, odd_answer, wrong_answer
from vectorstore.words import stems

TEXT = "The pitch is higher because 3 short strings need more tension."


def made(change: Change, text: str = TEXT) -> set[str]:
    return {change(text, random.Random(seed)) for seed in range(40)}


def test_a_denial_is_put_in_or_taken_out() -> None:
    assert "The pitch is not higher because 3 short strings need more tension." in made(tampering.denied)
    assert made(tampering.denied, "A string is not a bar.") == {"A string is a bar."}
    assert any("does not bring" in one for one in made(tampering.denied, "Energy brings a change of pitch."))
    assert any(
        one.startswith("It is false that strings") for one in made(tampering.denied, "Strings vibrate well")
    )


def test_an_opposite_stands_for_a_word_that_has_one() -> None:
    assert {"The pitch is lower because 3 short strings need more tension."} <= made(tampering.opposite)
    assert made(tampering.opposite, "Nothing to turn round") == {""}


def test_a_number_changes_into_another() -> None:
    assert all("3" not in one.split() and any(map(str.isdigit, one)) for one in made(tampering.other_number))
    assert made(tampering.other_number, "No figure here") == {""}


def test_two_words_and_two_sides_change_places() -> None:
    assert all(
        sorted(one.split()) == sorted(TEXT.rstrip(".").split()) for one in made(tampering.exchanged) if one
    )
    assert made(tampering.turned) == {"3 short strings need more tension because the pitch is higher"} | {
        "More tension need the pitch is higher because 3 short strings"
    }
    assert made(tampering.turned, "Nothing here") == {""}


def test_keywords_are_content_words_alone() -> None:
    for one in made(tampering.keywords):
        assert set(stems(one)) == set(stems(TEXT))
        assert "because" not in one
    assert made(tampering.keywords, "It is so") == {""}


@pytest.mark.parametrize("change", HARMLESS)
def test_a_harmless_change_keeps_nearly_every_word(change: Change) -> None:
    for one in made(change):
        said = set(stems(TEXT))
        assert len(said & set(stems(one))) >= len(said) - 2


@given(st.text("abc de.,12", max_size=50), st.integers(0, 1000))
def test_any_text_can_be_tampered_with(text: str, seed: int) -> None:
    rng = random.Random(seed)
    wrong = wrong_answer(text, rng=rng)
    assert not wrong or wrong.casefold().strip() != text.casefold().strip()
    assert odd_answer(f"It is {text}", question="Why?", rng=rng)


def test_every_way_of_being_wrong_is_used() -> None:
    assert len({wrong_answer(TEXT, rng=random.Random(seed)) for seed in range(300)}) > len(set(WRONG))
