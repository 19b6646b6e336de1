from __future__ import annotations

import pytest

from research.spans import Span
from tutor.hinting import DEFAULT_QUESTION, LessonPart, Step, do_overlap, hints

POINT = Span("p", 100, 140, "x" * 40)
IDEA = LessonPart("The idea", (Span("p", 0, 90, "y" * 90),))
MISTAKE = LessonPart("A common mistake", (Span("q", 100, 140, "z" * 40), Span("p", 95, 150, "w" * 55)))


def test_steps_go_from_a_question_to_the_lesson_to_the_source() -> None:
    steps = hints("Why?", POINT, parts=[IDEA, MISTAKE], may_reveal=True)
    assert [hint.step for hint in steps] == [Step.QUESTION, Step.LESSON, Step.SOURCE]
    assert (steps[0].text, steps[1].part, steps[2].span) == ("Why?", 2, POINT)
    assert "A common mistake" in steps[1].text


def test_the_source_is_not_shown_before_it_may_be() -> None:
    steps = hints("Why?", POINT, parts=[IDEA, MISTAKE], may_reveal=False)
    assert [hint.step for hint in steps] == [Step.QUESTION, Step.LESSON]


def test_a_point_that_the_lesson_does_not_cite_has_no_lesson_step() -> None:
    assert [hint.step for hint in hints("", POINT, parts=[IDEA], may_reveal=False)] == [Step.QUESTION]
    assert hints("", POINT, parts=[], may_reveal=False)[0].text == DEFAULT_QUESTION


@pytest.mark.parametrize(
    ("start", "end", "overlap"),
    [(100, 140, True), (110, 120, True), (125, 160, False), (140, 180, False), (0, 500, True)],
)
def test_spans_overlap_when_they_share_most_of_the_shorter(start: int, end: int, overlap: bool) -> None:
    assert do_overlap(POINT, Span("p", start, end, "x" * (end - start))) is overlap
    assert not do_overlap(POINT, Span("other", start, end, "x" * (end - start)))
