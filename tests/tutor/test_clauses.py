from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tutor.clauses import clause_spans, piece_spans


def test_a_sentence_is_split_where_both_sides_say_something() -> None:
    text = "The ball slows because the grass rubs on it, but ice hardly slows it; so it rolls on."
    assert [text[start:end] for start, end in clause_spans(text)] == [
        "The ball slows",
        "because the grass rubs on it,",
        "but ice hardly slows it;",
        "so it rolls on.",
    ]


def test_a_list_of_words_is_not_split() -> None:
    text = "Wood, bone, and steel carry sound."
    assert clause_spans(text) == [(0, len(text))]


def test_pieces_hold_clauses_sentences_and_neighbours() -> None:
    text = "It squeezes the air. The air pushes on. We hear it."
    pieces = {text[start:end] for start, end in piece_spans(text)}
    assert {"It squeezes the air.", "It squeezes the air. The air pushes on.", text} <= pieces


@given(st.text(max_size=200))
def test_every_piece_is_a_stretch_that_begins_and_ends_with_a_character(text: str) -> None:
    for start, end in piece_spans(text):
        assert 0 <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
