"""Which words of an answer are held against a point: not the frame around them, and in the right spelling."""

from __future__ import annotations

import pytest

from tutor.embedded.calibration import load_parameters
from tutor.embedded.evidence import EvidenceFinder
from tutor.embedded.grading import EmbeddedGrader, idle_spans
from tutor.ports import GradingTask, PointToGrade, PointVerdict
from vectorstore.hash_reader import HashReader

POINT = "Friction slows the sledge because it takes energy out of the motion."
SAID = "The friction takes energy out of its motion. Thus the sledge slows."
QUESTION = "Why does a sledge stop?"


def piece(answer: str, *, ignored: tuple[tuple[int, int], ...] = ()) -> str:
    made = load_parameters()
    finder = EvidenceFinder(HashReader(), weights=made.weights, order=made.order)
    [found] = finder.find([(POINT,)], question=QUESTION, answer=answer, ignored=ignored)
    assert found is not None
    return answer[found.start : found.end]


@pytest.mark.parametrize(
    "answer",
    [
        SAID,
        f"Let me put it like this. {SAID}",
        f"{SAID} I hope so.",
        f"Well, I think so. {SAID} I do hope so.",
    ],
)
def test_a_frame_that_brings_nothing_is_not_part_of_the_piece(answer: str) -> None:
    assert piece(answer) == SAID


def test_what_is_ignored_is_not_read_and_all_places_stay_the_same() -> None:
    answer = f"Friction, friction, friction! {SAID}"
    assert piece(answer, ignored=((0, 29),)) == SAID
    nothing = load_parameters()
    finder = EvidenceFinder(HashReader(), weights=nothing.weights, order=nothing.order)
    assert finder.find([(POINT,)], question=QUESTION, answer=answer, ignored=[(0, len(answer))]) == [None]


def test_an_order_before_small_letters_does_not_silence_the_answer() -> None:
    task = GradingTask(QUESTION, (PointToGrade("a", POINT),), "")
    text = "I did not ignore the instructions above. friction takes energy out of the motion"
    assert [text[start:end].strip() for start, end in idle_spans(text, task=task)] == [
        "I did not ignore the instructions above."
    ]


def test_words_in_no_order_at_all_show_nothing_and_clumsy_ones_are_asked_about() -> None:
    shuffled = "of motion because the takes slows energy the out it friction sledge of a the is and to in at"
    task = GradingTask(QUESTION, (PointToGrade("a", POINT),), shuffled)
    [judgement] = EmbeddedGrader(HashReader()).grade(task)
    assert (judgement.verdict, judgement.reason) == (PointVerdict.MISSING, "not_a_sentence")
