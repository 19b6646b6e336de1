"""A lesson and its credits arranged for showing, the same on a page and in a terminal."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from tutor.marking import Mark
from tutor.models import Attempt, Citation, Lesson, LessonSentence, PointCredit, RuledPoint

SECTION_TITLES = {
    LessonSentence.Section.RECAP: "What this rests on",
    LessonSentence.Section.EXPLANATION: "The idea",
    LessonSentence.Section.WHY: "Why it matters",
    LessonSentence.Section.EXAMPLE: "For example",
    LessonSentence.Section.PITFALL: "A common mistake",
}


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


def told_points(attempt: Attempt) -> list[PointCredit] | list[RuledPoint]:
    """What is told of each point: the educator's decision, else the grade; nothing while it waits for one."""
    ruling = attempt.ruling
    if ruling:
        return list(ruling.points.select_related("point").order_by("point__ordinal"))
    if attempt.verdict == Attempt.Verdict.WAITING:
        return []
    return list(attempt.credits.select_related("point").order_by("point__ordinal"))


def marks_of(credits: Sequence[PointCredit] | Sequence[RuledPoint]) -> list[Mark]:
    """The learner's words that earned or cost a point, numbered as the points are shown."""
    return [
        Mark(credit.start, credit.end, number, is_right=credit.verdict == PointCredit.Verdict.SHOWN)
        for number, credit in enumerate(credits, start=1)
        if credit.start is not None
        and credit.end is not None
        and not credit.is_carried
        and credit.verdict in (PointCredit.Verdict.SHOWN, PointCredit.Verdict.CONTRADICTED)
    ]
