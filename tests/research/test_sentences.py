from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.sentences import sentence_spans, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It is 1.5 m high. Good.", ["It is 1.5 m high.", "Good."]),
        ("See e.g. Fig. 3 and Dr. Ahn. Next.", ["See e.g. Fig. 3 and Dr. Ahn.", "Next."]),
        ("No. That is wrong. See No. 5 now.", ["No.", "That is wrong.", "See No. 5 now."]),
        ("Apples, pears, etc. Then more.", ["Apples, pears, etc.", "Then more."]),
        ("J. Napier made it. I did.", ["J. Napier made it.", "I did."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ('"Why?" he asked. She left.', ['"Why?" he asked.', "She left."]),
        ("Wait... for it. Done.", ["Wait... for it.", "Done."]),
        ("It is a list. range() makes one.", ["It is a list.", "range() makes one."]),
        ("Heading\n\nBody text here.", ["Heading", "Body text here."]),
        ("- one\n- two. Yes.\n1. Three. Four.", ["- one", "- two.", "Yes.", "1. Three.", "Four."]),
        ("name | size\na | 1\nb | 2", ["name | size", "a | 1", "b | 2"]),
        ("这是一。那是二。", ["这是一。", "那是二。"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_code_block_stays_whole() -> None:
    text = "Try this:\n\n>>> x = 3. \n>>> x\n3.0\n\nIt works. Good.\n\n```\na. B\n\nc. D\n```\nEnd."
    found = sentences(text)
    assert ">>> x = 3. \n>>> x\n3.0" in found
    assert "```\na. B\n\nc. D\n```" in found
    assert found[-1] == "End."


def test_hard_wrapped_lines_are_one_sentence() -> None:
    text = "A cairn is a pile of stones that marks a path over\nScottish hills. It stands where one\nlooks."
    assert len(sentences(text)) == 2


def test_unwrapped_short_lines_are_apart() -> None:
    assert sentences("Red\nGreen\nBlue") == ["Red", "Green", "Blue"]


@given(st.text(alphabet="ab A.?!\n\t>`|-12\"'()。", max_size=200))
def test_spans_cover_every_word_once_in_order(text: str) -> None:
    at = 0
    for start, end in sentence_spans(text):
        assert not text[at:start].strip()
        assert start < end
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize("unit", ["a. ", "a\n", ">>> a\n", "A" * 50 + " b\n"])
def test_long_texts_take_time_in_proportion(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    began = time.monotonic()
    sentence_spans(text)
    assert time.monotonic() - began < 5
