from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.parsing import parse
from research.parsing.structure import ParsedDocument
from research.parsing.transcript import Cue, from_cues, has_time_stamps


def timed(document: ParsedDocument) -> list[tuple[float | None, str]]:
    return [(block.seconds, document.text[block.start : block.end]) for block in document.blocks]


ROLLING_VTT = b"""WEBVTT
Kind: captions

STYLE
::cue { color: red }

NOTE made by a machine

1
00:00:01.000 --> 00:00:03.000 align:start
<v Ann>hello there<00:00:02.000><c> everyone</c>

00:00:03.000 --> 00:00:05.000
hello there everyone
today we build a cairn.

00:00:05.000 --> 00:00:07.000
today we build a cairn.
It marks a path [Music]

00:00:20.500 --> 00:00:22.000
&gt;&gt; JOHN: Why so? No no no.
"""


def test_rolling_captions_are_said_once_without_tags_noise_and_names() -> None:
    assert timed(parse("transcript", ROLLING_VTT)) == [
        (1.0, "hello there everyone today we build a cairn. It marks a path"),
        (20.5, "Why so? No no no."),
    ]


def test_subrip_is_read_even_without_blank_lines_between_cues() -> None:
    source = (
        b"1\n00:00:01,500 --> 00:00:02,000\n<i>A cairn</i>\n"
        b"2\n00:00:02,000 --> 00:00:03,000\nmarks a path.\n\n"
        b"3\n01:00:00,000 --> 01:00:01,000\n{\\an8}SPEAKER 2: The end.\n"
    )
    assert timed(parse("transcript", source)) == [(1.5, "A cairn marks a path."), (3600.0, "The end.")]


def test_text_with_time_stamps_is_a_transcript() -> None:
    source = (
        "A talk\n\n[00:00] A cairn marks\n[00:40] a path.\nIt is old.\n(1:02:03) It stands. Note: still.\n"
    )
    assert has_time_stamps(source)
    assert timed(parse("text", source.encode())) == [
        (0.0, "A cairn marks a path."),
        (40.0, "It is old."),
        (3723.0, "It stands. Note: still."),
    ]


def test_text_that_mentions_a_time_is_no_transcript() -> None:
    assert not has_time_stamps("10:30 is when we meet.\n\nBring stones.")
    assert not has_time_stamps("10:30 first\n09:00 second")


def test_captions_without_punctuation_are_cut_between_cues() -> None:
    cues = [Cue(n * 4.0, n * 4.0 + 4.0, f"word{n} and then some more words") for n in range(40)]
    document = from_cues(cues)
    assert len(document.blocks) >= 4
    assert all(document.text[block.start :].startswith("word") for block in document.blocks)
    assert [block.seconds for block in document.blocks] == sorted(
        block.seconds or 0 for block in document.blocks
    )


@pytest.mark.parametrize("said", ["very very good", "no no no", "that that is"])
def test_words_really_said_twice_stay(said: str) -> None:
    assert timed(from_cues([Cue(0, 2, said)])) == [(0, said)]


@given(st.lists(st.text(alphabet="abc .", min_size=1, max_size=30), min_size=1, max_size=20))
def test_no_word_is_lost_where_nothing_is_repeated(texts: list[str]) -> None:
    cues = [Cue(n * 10.0, n * 10.0 + 1, f"w{n} {text} e{n}") for n, text in enumerate(texts)]
    words = " ".join(cue.text for cue in cues).split()
    assert from_cues(cues).text.split() == words
