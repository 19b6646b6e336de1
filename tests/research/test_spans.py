from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.errors import QuoteNotFound
from research.spans import Span, locate_quote, span_of, verify

TEXT = "A cairn – “a pile of stones” – marks\n  the path. It’s the ﬁrst sign."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("a pile of stones", "a pile of stones"),
        ('"A PILE of stones"', "“a pile of stones”"),
        ("marks the path", "marks\n  the path"),
        ("It's the first sign", "It’s the ﬁrst sign"),
        ("cairn - ", "cairn –"),
        ("  marks ", "marks"),
    ],
)
def test_a_quote_is_found_in_the_source_wording(quote: str, found: str) -> None:
    place = locate_quote(TEXT, quote)
    assert place is not None
    assert TEXT[place[0] : place[1]] == found


@pytest.mark.parametrize("quote", ["", "  ", "marks a path", "irst sgn", "I took the ﬁ", "i rst"])
def test_words_that_are_not_there_are_not_found(quote: str) -> None:
    assert locate_quote(TEXT, quote) is None


def test_half_a_ligature_is_not_a_match() -> None:
    assert locate_quote("the ﬁrst", "irst") is None


def test_the_exact_wording_wins_over_an_earlier_similar_one() -> None:
    assert locate_quote("Stone and stone", "stone") == (10, 15)


@given(st.text(max_size=60), st.data())
def test_any_stretch_of_a_text_is_located_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = text[start:end]
    place = locate_quote(text, quote)
    if quote.strip():
        assert place is not None
        assert text[place[0] : place[1]] == quote.strip()
    else:
        assert place is None


@given(st.text(alphabet="aB “\"’'ﬁ\n-–é", max_size=30), st.text(alphabet="aB “\"’'fi\n-–é", max_size=8))
def test_whatever_is_found_says_the_same_words(text: str, quote: str) -> None:
    place = locate_quote(text, quote)
    if place is not None:
        # What was found can be quoted again, at or before the same place.
        found = text[place[0] : place[1]]
        again = locate_quote(found, quote)
        assert again is not None
        assert found == found.strip()


def test_verify_accepts_the_exact_words_and_refuses_all_else() -> None:
    verify(Span("p1", 2, 7, "cairn"), TEXT)
    for wrong in [
        Span("p1", 2, 7, "Cairn"),
        Span("p1", 3, 8, "cairn"),
        Span("p1", 2, 2, ""),
        Span("p1", -5, 900, "cairn"),
    ]:
        with pytest.raises(QuoteNotFound, match="word for word"):
            verify(wrong, TEXT)


def test_span_of_keeps_the_source_wording() -> None:
    span = span_of("marks the path", passage_id="p1", text=TEXT)
    assert span.quote == "marks\n  the path"
    verify(span, TEXT)
    with pytest.raises(QuoteNotFound):
        span_of("no such words", passage_id="p1", text=TEXT)
