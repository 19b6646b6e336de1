"""Hints in steps: first a question, then the part of the lesson to look at, then the place in the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from research.spans import Span

DEFAULT_QUESTION = "Something of the idea is still missing. What else belongs to it?"


class Step(StrEnum):
    """How much a hint gives away, in order."""

    QUESTION = "question"
    LESSON = "lesson"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Hint:
    """One step.

    Attributes
    ----------
    part
        For the lesson step, the number of the part, from 1.
    span
        For the source step, the place.
    """

    step: Step
    text: str
    part: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class LessonPart:
    """A titled part of a lesson and the spans that its sentences cite."""

    title: str
    spans: tuple[Span, ...]


def hints(question: str, point: Span, *, parts: Sequence[LessonPart], may_reveal: bool) -> tuple[Hint, ...]:
    """Return the steps that a learner may take toward a point that is missing.

    Parameters
    ----------
    question
        A nudge that does not give the idea away; may be empty.
    point
        Where the point stands in the sources.
    parts
        Of the lesson, in order.
    may_reveal
        Whether the place in the source may be shown: not before the second try.

    Examples
    --------
    >>> span = Span("p", 0, 9, "Ice melts")
    >>> steps = hints("What does ice do?", span, parts=[LessonPart("The idea", (span,))], may_reveal=False)
    >>> [(hint.step.value, hint.text) for hint in steps]
    [('question', 'What does ice do?'), ('lesson', 'Look again at the part “The idea”.')]
    """
    steps = [Hint(Step.QUESTION, question or DEFAULT_QUESTION)]
    for number, part in enumerate(parts, start=1):
        if any(do_overlap(span, point) for span in part.spans):
            steps.append(Hint(Step.LESSON, f"Look again at the part “{part.title}”.", part=number))
            break
    if may_reveal:
        steps.append(Hint(Step.SOURCE, "Read it again at the source.", span=point))
    return tuple(steps)


def do_overlap(one: Span, other: Span) -> bool:
    """Say whether two spans share most of the shorter one; neighbours that touch are two ideas.

    Examples
    --------
    >>> do_overlap(Span("p", 0, 10, "0123456789"), Span("p", 2, 12, "2345678901"))
    True
    >>> do_overlap(Span("p", 0, 10, "0123456789"), Span("p", 9, 20, "90123456789"))
    False
    """
    shared = min(one.end, other.end) - max(one.start, other.start)
    shorter = min(one.end - one.start, other.end - other.start)
    return one.passage_id == other.passage_id and shared > 0.5 * shorter
