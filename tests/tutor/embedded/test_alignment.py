from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.embedded.alignment import (
    STOP_WEIGHT,
    Weights,
    alignment,
    gain,
    is_typo,
    nearness,
    stems_of,
    word_vectors,
    word_weights,
)
from vectorstore.hash_reader import HashReader
from vectorstore.ports import Reading

READER = HashReader()
WEIGHTS = Weights({"ball": 0.1})
TEXTS = st.text("abc de.,'-é½\u200b", max_size=60)


def aligned(point: str, answer: str, *, question: str = "") -> float:
    one, other = (word_vectors(reading) for reading in READER.read([point, answer]))
    weight = word_weights(one, weights=WEIGHTS, asked=stems_of([question]))
    return alignment(nearness(one, other), weight)


def test_words_are_met_whatever_their_order_and_ending() -> None:
    assert aligned("friction slows balls", "the ball is slowed by friction") > 0.85
    assert aligned("friction slows balls", "bread and butter") < 0.4


def test_a_typing_error_is_the_word() -> None:
    assert aligned("friction", "fricton") == pytest.approx(0.85)
    assert aligned("friction", "fiction") == pytest.approx(0.85)
    assert aligned("heat", "head") < 0.85


def test_what_the_question_gave_counts_less() -> None:
    point, answer = "friction makes heat", "friction makes noise"
    assert aligned(point, answer, question="What does friction make?") < aligned(point, answer)


def test_a_common_word_counts_less_and_a_small_one_least() -> None:
    [reading] = READER.read(["the ball stops"])
    the, ball, stops = word_weights(word_vectors(reading), weights=WEIGHTS, asked=frozenset())
    assert the == STOP_WEIGHT
    assert the < ball < stops == 1


def test_only_the_words_kept_may_match() -> None:
    one, other = (word_vectors(reading) for reading in READER.read(["friction", "friction bread"]))
    near, weight = nearness(one, other), np.ones(1)
    assert alignment(near, weight, keep=np.array([False, True])) < 0.5
    assert alignment(near, weight, keep=np.array([False, False])) == 0
    assert alignment(near, weight) > 0.99


def test_pieces_of_a_word_make_one_word() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    made = word_vectors(Reading("unhappy ball", vectors, ((0, 2), (2, 7), (8, 12))))
    assert made.spans == ((0, 7), (8, 12))
    np.testing.assert_allclose(made.vectors[0], [0.5**0.5, 0.5**0.5], atol=1e-6)


def test_words_that_the_reader_could_not_hold_are_left_out() -> None:
    made = word_vectors(Reading("one two three", np.eye(1, 4, dtype=np.float32), ((0, 3),)))
    assert len(made.stems) == 1


@given(TEXTS)
def test_any_text_gives_unit_vectors_in_its_places(text: str) -> None:
    made = word_vectors(READER.read([text])[0])
    assert len(made.stems) == len(made.is_stop) == len(made.spans) == len(made.vectors)
    assert all(text[start:end].strip() for start, end in made.spans)
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1, atol=1e-4)


@given(TEXTS, TEXTS)
def test_alignment_stays_between_0_and_1(one: str, other: str) -> None:
    assert 0 <= aligned(one or "a", other) <= 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_gain_is_at_most_one_and_grows(usual: float, reached: float) -> None:
    assert gain(reached, usual=usual) <= 1 + 1e-9
    assert gain(1.0, usual=usual) >= gain(reached, usual=usual)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("frequency", "freqency", True),
        ("frequency", "frequnecy", True),
        ("frequency", "frequencyy", True),
        ("frequency", "requency", False),
        ("force", "forte", True),
        ("form", "farm", False),
        ("h2so4x", "h2so3x", False),
        ("energy", "entropy", False),
    ],
)
def test_typing_errors(one: str, other: str, same: bool) -> None:
    assert is_typo(one, other) is same
