"""Decoys: not shown by the answer, of the same subject if possible, and in no place that can be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tutor.model_engine.beats import GRADING_TASK
from tutor.model_engine.decoys import DECOY_ID, ELSEWHERE, MOST_SHARED, decoy_for, with_decoy
from vectorstore.words import stems

DAMPING = "Friction takes energy out of a swinging body until it rests."
WALLS = "Bare walls throw a shout back."
NEAR = "Two tones differ a little in frequency, and swells are heard."
TASK = replace(GRADING_TASK, background=(NEAR, DAMPING, WALLS))


def test_it_comes_from_the_subject_and_shares_fewest_words_with_the_answer() -> None:
    assert decoy_for(TASK) == DAMPING


def test_of_those_that_share_few_words_it_is_the_one_that_means_something_else() -> None:
    def likeness(text: str, others: Sequence[str]) -> list[float]:
        return [0.9 if other == DAMPING else 0.1 for other in others]

    assert decoy_for(replace(TASK, background=(DAMPING, WALLS)), likeness=likeness) == WALLS


def test_where_all_of_the_subject_was_spoken_of_it_comes_from_elsewhere() -> None:
    assert decoy_for(replace(TASK, background=())) in ELSEWHERE
    assert decoy_for(replace(TASK, background=(NEAR, "Beats.", "word " * 60))) in ELSEWHERE


def test_of_a_long_text_only_the_first_sentence_is_asked() -> None:
    assert decoy_for(replace(TASK, background=(f"{DAMPING} {WALLS}",))) == DAMPING


def test_an_answer_that_speaks_of_everything_still_meets_a_decoy() -> None:
    everything = replace(TASK, answer=" ".join([TASK.answer, DAMPING, WALLS, *ELSEWHERE]))
    assert decoy_for(everything) in ELSEWHERE


@pytest.mark.parametrize("text", ELSEWHERE)
def test_each_of_the_spare_ones_says_something_that_the_others_do_not(text: str) -> None:
    others = set(stems(" ".join(other for other in ELSEWHERE if other != text)))
    own = set(stems(text))
    assert len(own & others) <= MOST_SHARED * len(own)


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=5))
def test_any_answer_and_any_background_gets_one_decoy(answer: str, background: list[str]) -> None:
    task = replace(TASK, answer=answer, background=tuple(background))
    decoy = decoy_for(task)
    assert decoy.strip()
    asked = with_decoy(task.points, task=task, decoy=decoy)
    assert [point.text for point in asked if point.id == DECOY_ID] == [decoy]
    assert tuple(point for point in asked if point.id != DECOY_ID) == task.points


def test_its_place_depends_on_the_answer_and_is_the_same_when_asked_again() -> None:
    def places() -> list[int]:
        return [
            [point.id for point in with_decoy(task.points, task=task, decoy=DAMPING)].index(DECOY_ID)
            for task in (replace(TASK, answer=f"{TASK.answer} {n}") for n in range(40))
        ]

    assert set(places()) == {0, 1, 2, 3}
    assert places() == places()
