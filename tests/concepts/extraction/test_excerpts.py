"""An excerpt is exact, whole where it can be, and never longer than allowed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from concepts.extraction.excerpts import Excerpt, whole_sentence, window
from research.spans import Span, verify

_TEXTS = st.text(alphabet="aB. \n", max_size=200)


@given(_TEXTS, st.integers(0, 199), st.integers(8, 60))
def test_a_window_is_a_stretch_of_its_text_no_longer_than_allowed(text: str, at: int, longest: int) -> None:
    begin, end = window(text, at=min(at, len(text)), lead=longest // 4, longest=longest)
    assert 0 <= begin <= end <= len(text)
    assert end - begin <= longest


@given(_TEXTS.filter(lambda text: bool(text.strip())), st.data())
def test_a_whole_sentence_stands_in_its_text_where_the_quote_does(text: str, data: st.DataObject) -> None:
    start = data.draw(st.sampled_from([at for at, sign in enumerate(text) if not sign.isspace()]))
    quoted = Span("p", start, start + 1, text[start])
    verify(whole_sentence(quoted, text), text)


def test_a_heading_quoted_along_is_left_out_of_a_definition() -> None:
    text = "Cairns\n\nA cairn is a pile of stones. It marks a path."
    quoted = Span("p", 0, 24, text[:24])
    assert whole_sentence(quoted, text).quote == "A cairn is a pile of stones."


@given(st.text(min_size=1, max_size=60), st.data())
def test_excerpts_that_overlap_join_to_the_stretch_that_covers_both(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    first, second = (
        Excerpt("p", cuts[0], text[cuts[0] : cuts[2]]),
        Excerpt("p", cuts[1], text[cuts[1] : cuts[3]]),
    )
    covering = Excerpt("p", cuts[0], text[cuts[0] : cuts[3]])
    assert first.joined(second) == second.joined(first) == covering
    assert first.joined(Excerpt("q", cuts[1], second.text)) is None
