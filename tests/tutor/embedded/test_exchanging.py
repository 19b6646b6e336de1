"""Exchanged roles are found, and nothing is found where an answer only says it otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tutor.embedded import parses
from tutor.embedded.exchanging import exchanges_roles
from vectorstore.ports import ParsedWord
from vectorstore.words import stem

Parsed = tuple[ParsedWord, ...]
ALL = [value for value in vars(parses).values() if isinstance(value, tuple)]


def same_words(point: Parsed, answer: Parsed) -> list[tuple[int, int]]:
    return [
        (one.start, other.start) for one in point for other in answer if stem(one.lemma) == stem(other.lemma)
    ]


def exchanges(point: Parsed, answer: Parsed) -> bool:
    return exchanges_roles(point, answer, same=same_words(point, answer))


@pytest.mark.parametrize(
    ("point", "answer"),
    [
        (parses.STRING_MOVES_BRIDGE, parses.BRIDGE_MOVES_STRING),
        (parses.BRIDGE_IS_MOVED_BY_STRING, parses.BRIDGE_MOVES_STRING),
        (parses.FROM_HOT_TO_COLD, parses.FROM_COLD_TO_HOT),
        (parses.TWO_TONES_MAKE_ONE_BEAT, parses.TONES_MAKE_TWO_BEATS),
    ],
)
def test_what_is_turned_round_is_found_from_both_sides(point: Parsed, answer: Parsed) -> None:
    assert exchanges(point, answer)


@pytest.mark.parametrize(
    ("point", "answer"),
    [
        (parses.STRING_MOVES_BRIDGE, parses.BRIDGE_IS_MOVED_BY_STRING),
        (parses.STRING_MOVES_BRIDGE, parses.BRIDGE_MOVES),
        (parses.STRING_MOVES_BRIDGE, parses.FROM_HOT_TO_COLD),
        (parses.STRING_MOVES_BRIDGE, ()),
        ((), parses.STRING_MOVES_BRIDGE),
    ],
)
def test_what_is_only_put_otherwise_is_not(point: Parsed, answer: Parsed) -> None:
    assert not exchanges(point, answer)


@pytest.mark.parametrize("parsed", ALL)
def test_no_sentence_exchanges_roles_with_itself(parsed: Parsed) -> None:
    assert not exchanges(parsed, parsed)


WORDS = st.builds(
    ParsedWord,
    start=st.integers(0, 9),
    end=st.integers(10, 12),
    lemma=st.sampled_from(["ice", "heat", "melt", "that"]),
    kind=st.sampled_from(["NOUN", "VERB", "ADP", "ADJ", "NUM"]),
    form=st.just("NN"),
    role=st.sampled_from(["nsubj", "dobj", "conj", "prep", "pobj", "relcl", "nummod", "acomp"]),
    head=st.integers(0, 4),
)
ABSURD = st.lists(WORDS, min_size=5, max_size=5).map(tuple)


@given(ABSURD, ABSURD)
def test_absurd_parses_are_compared_too(one: Parsed, other: Parsed) -> None:
    assert exchanges(one, other) in (True, False)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("point", "answer", "is_exchanged"),
    [
        ("Friction slows the sledge.", "The sledge slows the friction.", True),
        ("Friction slows the sledge.", "The sledge gets slowed by friction.", False),
        (
            "The octave is divided into twelve semitones.",
            "Twelve octaves are divided into one semitone.",
            True,
        ),
        (
            "The wolf hunts the deer because it is hungry.",
            "A deer, which the hungry wolf hunts, runs.",
            False,
        ),
        ("The wolf hunts the deer.", "The wolf is hunted by the deer.", True),
        ("Ice melts when heat enters it.", "Heat melts the ice that it enters.", False),
        ("Water moves from the root to the leaf.", "The water moves from the leaf to the root.", True),
    ],
)
def test_with_the_real_parser(point: str, answer: str, *, is_exchanged: bool) -> None:
    from vectorstore.spacy_parser import SpacyParser

    parser = SpacyParser()
    assert exchanges(parser.parse(point), parser.parse(answer)) is is_exchanged
