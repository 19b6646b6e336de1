from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.items.matching import is_near, matches, normal_words

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PHRASES = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=4).map(" ".join)
LONG_WORDS = st.text(LETTERS, min_size=5, max_size=14)


@pytest.mark.parametrize(
    ("given_answer", "wanted"),
    [
        ("Damping", "damping"),
        ("  the   damping ", "damping"),
        ("DAMPING.", "damping"),
        ("waves", "wave"),
        ("frequency", "frequencies"),
        ("standing wave", "Standing waves"),
        ("naive", "naïve"),
        ("self loop", "self-loop"),
        ("dampng", "damping"),
        ("dampping", "damping"),
        ("dapming", "damping"),
        ("stending waves", "standing waves"),
        ("d\u0430mping", "damping"),
    ],
)
def test_the_same_words_pass_with_slips_of_the_pen(given_answer: str, wanted: str) -> None:
    assert matches(given_answer, [wanted])


@pytest.mark.parametrize(
    ("given_answer", "wanted"),
    [
        ("", "damping"),
        ("?!", "damping"),
        ("mode", "node"),
        ("nod", "node"),
        ("asymmetric", "symmetric"),
        ("damming it", "damping"),
        ("dmpng", "damping"),
        ("wave", "sound wave"),
        ("sound wave", "wave"),
        ("chapter 12", "chapter 13"),
        ("not stable", "stable"),
        ("louder", "quieter"),
    ],
)
def test_other_words_do_not(given_answer: str, wanted: str) -> None:
    assert not matches(given_answer, [wanted])


def test_any_alias_is_right_and_another_concept_never_is() -> None:
    assert matches("f-string", ["formatted string literal", "f-string"])
    assert matches("absorbtion", ["absorption"], rejected=["adsorption"])
    assert not matches("adsorption", ["absorption"], rejected=["adsorption"])
    assert is_near("adsorption", "absorption")


@given(PHRASES, st.data())
def test_case_and_white_space_never_matter(phrase: str, data: st.DataObject) -> None:
    changed = "".join(data.draw(st.sampled_from([char.lower(), char.upper()])) for char in phrase)
    changed = changed.replace(" ", data.draw(st.sampled_from(["  ", "\t", " \n"])))
    assert matches(f" {changed} ", [phrase])


@given(LONG_WORDS, st.data())
def test_one_letter_in_a_long_word_is_a_slip_but_not_the_first(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from([char for char in LETTERS if char != word[at] and char != "s"]))
    changed = word[:at] + letter + word[at + 1 :]
    if normal_words(changed) == normal_words(word) or word.endswith("s"):
        return
    assert is_near(changed, word) == (at > 0)


@given(st.text(LETTERS, min_size=1, max_size=4), st.text(LETTERS, min_size=1, max_size=4))
def test_short_words_allow_no_slip(one: str, other: str) -> None:
    assert is_near(one, other) == (normal_words(one) == normal_words(other))


@given(st.text(), st.text())
def test_whatever_is_typed_is_judged_the_same_twice(one: str, other: str) -> None:
    assert matches(one, [other]) == matches(one, [other])
