"""A lesson and its credits arranged for showing, the same on a page and in a terminal."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q

from research.spans import Span
from tutor.hinting import Hint, LessonPart, hints
from tutor.marking import Mark
from tutor.models import Attempt, Citation, Lesson, LessonSentence, Misconception, PointCredit, RuledPoint

SECTION_TITLES = {
    LessonSentence.Section.RECAP: "What this rests on",
    LessonSentence.Section.EXPLANATION: "The idea",
    LessonSentence.Section.WHY: "Why it matters",
    LessonSentence.Section.EXAMPLE: "For example",
    LessonSentence.Section.PITFALL: "A common mistake",
}

_OPEN = (PointCredit.Verdict.MISSING, PointCredit.Verdict.UNSURE)


@dataclass(frozen=True, slots=True)
class NumberedCitation:
    """A citation with the number it bears on the page; a span cited twice bears one number."""

    number: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """A sentence with its numbered citations."""

    sentence: LessonSentence
    citations: tuple[NumberedCitation, ...]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """Sentences that follow one another under one heading."""

    title: str
    sentences: tuple[ShownSentence, ...]


def shown_sections(lesson: Lesson) -> list[ShownSection]:
    """The lesson's sentences under their headings, each span numbered at its first citation."""
    numbers: dict[tuple[uuid.UUID, int, int], int] = {}
    shown = []
    for sentence in lesson.sentences.prefetch_related("citations__passage__document"):
        citations = tuple(
            NumberedCitation(
                numbers.setdefault((cited.passage_id, cited.start, cited.end), len(numbers) + 1), cited
            )
            for cited in sentence.citations.all()
        )
        shown.append(ShownSentence(sentence, citations))
    return [
        ShownSection(SECTION_TITLES[LessonSentence.Section(section)], tuple(sentences))
        for section, sentences in groupby(shown, key=lambda one: one.sentence.section)
    ]


def told_points(attempt: Attempt) -> Sequence[PointCredit | RuledPoint]:
    """What is told of each point: the educator's decision, else the grade; nothing while it waits for one."""
    ruling = attempt.ruling
    if ruling:
        return list(ruling.points.select_related("point").order_by("point__ordinal"))
    if attempt.verdict == Attempt.Verdict.WAITING:
        return []
    return list(attempt.credits.select_related("point").order_by("point__ordinal"))


@dataclass(frozen=True, slots=True)
class ToldPoint:
    """One point as the learner reads it: what was said of it, and the hints that they may take."""

    number: int
    credit: PointCredit | RuledPoint
    hints: tuple[Hint, ...]


def told_in_steps(attempt: Attempt) -> list[ToldPoint]:
    """The points of an attempt, those that are missing with their hints in steps."""
    rows = told_points(attempt)
    is_open = any(row.verdict in _OPEN for row in rows)
    parts = lesson_parts(attempt.lesson) if is_open else []
    may_reveal = bool(attempt.feedback.get("reveal"))
    return [
        ToldPoint(number, row, hints_for(row, parts=parts, may_reveal=may_reveal))
        for number, row in enumerate(rows, start=1)
    ]


def hints_for(
    row: PointCredit | RuledPoint, *, parts: Sequence[LessonPart], may_reveal: bool
) -> tuple[Hint, ...]:
    """The hints toward one point; none where it is shown or where the source has to say it."""
    if row.verdict not in _OPEN:
        return ()
    point = row.point
    span = Span(str(point.passage_id), point.start, point.end, point.quote)
    return hints(point.hint, span, parts=parts, may_reveal=may_reveal)


def lesson_parts(lesson: Lesson) -> list[LessonPart]:
    """The parts of a lesson as they stand on its page, with what they cite."""
    return [
        LessonPart(
            section.title,
            tuple(
                Span(str(cited.passage_id), cited.start, cited.end, cited.quote)
                for shown in section.sentences
                for cited in (numbered.citation for numbered in shown.citations)
            ),
        )
        for section in shown_sections(lesson)
    ]


def retests_of(lesson: Lesson) -> list[Misconception]:
    """What the learner got wrong before, on this lesson or one before it, and is asked about again."""
    points = lesson.points.all()
    asked = Q(pk__in=points.values("retests")) | Q(point__in=points)
    return list(Misconception.objects.open().filter(asked).distinct())


def marks_of(credits: Sequence[PointCredit | RuledPoint]) -> list[Mark]:
    """The learner's words that earned or cost a point, numbered as the points are shown."""
    return [
        Mark(credit.start, credit.end, number, is_right=credit.verdict == PointCredit.Verdict.SHOWN)
        for number, credit in enumerate(credits, start=1)
        if credit.start is not None
        and credit.end is not None
        and not credit.is_carried
        and credit.verdict in (PointCredit.Verdict.SHOWN, PointCredit.Verdict.CONTRADICTED)
    ]
