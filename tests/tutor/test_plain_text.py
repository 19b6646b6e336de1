from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.plain_text import plain


def test_a_span_of_the_plain_text_points_at_the_learners_own_characters() -> None:
    original = "Тhе \u200bslоpe ﬁts"  # Cyrillic letters, a zero-width space, a ligature
    text = plain(original)
    assert text.text == "The slope fits"
    start = text.text.index("slope")
    span = text.span(start, start + 5)
    assert original[span.start : span.end] == span.quote == "slоpe"


def test_words_of_another_script_are_left_alone() -> None:
    assert plain("угол α").text == "угол α"


def test_an_empty_stretch_is_no_span() -> None:
    with pytest.raises(ValueError, match="not a stretch"):
        plain("abc").span(2, 2)


@given(st.text(max_size=80))
def test_every_place_lies_in_the_original_and_never_goes_back(original: str) -> None:
    places = plain(original).places
    assert len(places) == len(plain(original).text)
    assert all(0 <= place < len(original) for place in places)
    assert list(places) == sorted(places)


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("s\ufe0fl\u3164o\U000e0100pe", "slope"),
        ("s\u0336l\u0336o\u0336pe", "slope"),
        ("cafe\u0301", "café"),
        ("slօpe", "slope"),
        ("ꜱʟᴏᴘᴇ", "slope"),
        ("हिन्दी में", "हिन्दी में"),
    ],
    ids=["fillers", "strokes", "accent of its own", "Armenian", "small capitals", "marks of another script"],
)
def test_what_a_reader_would_not_notice_is_gone_and_scripts_stay_whole(original: str, expected: str) -> None:
    assert plain(original).text == expected


def test_a_span_over_joined_accents_is_still_the_learners_own_characters() -> None:
    made = plain("a cafe\u0301 here")
    start = made.text.index("café")
    span = made.span(start, start + 5)
    assert made.original[span.start : span.end] == span.quote
