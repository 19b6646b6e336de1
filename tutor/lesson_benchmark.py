"""Measures the lessons that the service prepares: supported, copied, earnable, and how far one repeats."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.services.graphs_of import gating_graph
from config import wiring
from mastery.models import Enrolment
from mastery.services.enrolling import enrol
from research.models import Document
from research.sentences import sentences
from research.spans import Span
from tutor.conflicts import numbers_in
from tutor.errors import TutorError
from tutor.models import Lesson, LessonSentence
from tutor.ports import DraftSentence, EngineParts, GradingTask, PointToGrade, PointVerdict, Section
from tutor.services.engines import engine_parts
from tutor.services.proving import prove
from tutor.services.retrieving import gather_material
from tutor.services.storing import store_lesson
from tutor.support import Support, check_lesson

LESSONS_PER_CONCEPT = 2


@dataclass(frozen=True, slots=True)
class LessonFigures:
    """What was measured of one lesson as it is stored; counts are of sentences that say something.

    Attributes
    ----------
    supported
        Of the stored sentences, those that the check passes when they are held against their sources anew.
    with_numbers, numbers_checked
        Those that name a number, and of these those whose every number their citation names.
    copied
        Quotations, word for word.
    points, earned
        The rubric, and what of it an answer made of the stored sentences earns.
    repeated
        Share of the first lesson's sentences that come again in the second; 0 for the first.
    """

    sentences: int
    dropped: int
    supported: int
    with_numbers: int
    numbers_checked: int
    copied: int
    points: int
    earned: int
    repeated: float


@dataclass(frozen=True, slots=True)
class ConceptFigures:
    """The lessons on one concept, in order, and why one was not published."""

    concept: str
    lessons: tuple[LessonFigures, ...]
    refusal: str = ""


def measure_lessons(subject: Subject, *, limit: int | None = None) -> Iterator[ConceptFigures]:
    """Prepare two lessons on each published concept for a learner who is removed again; yield the figures."""
    parts = engine_parts()
    concepts = list(subject.concepts.published().order_by("position", "name")[:limit])
    with throw_away_learner(subject) as enrolment:
        for concept in concepts:
            yield _measure_concept(concept, enrolment=enrolment, parts=parts)


def summary(rows: list[ConceptFigures]) -> dict[str, float]:
    """Return the figures over all lessons; ``repeat`` is that of the lesson that repeats most."""
    lessons = [lesson for row in rows for lesson in row.lessons]
    total = {name: sum(getattr(lesson, name) for lesson in lessons) for name in LessonFigures.__slots__}
    return {
        "sentences": total["sentences"],
        "supported": _share(total["supported"], total["sentences"]),
        "numbers_checked": _share(total["numbers_checked"], total["with_numbers"]),
        "copied": _share(total["copied"], total["sentences"]),
        "earnable": _share(total["earned"], total["points"]),
        "repeat": max((lesson.repeated for lesson in lessons), default=0.0),
    }


def counts(rows: list[ConceptFigures]) -> dict[str, int]:
    """Return how many lessons were prepared, and how many concepts went without a first or a second."""
    return {
        "concepts": len(rows),
        "lessons": sum(len(row.lessons) for row in rows),
        "without_lesson": sum(not row.lessons for row in rows),
        "without_second": sum(len(row.lessons) == 1 for row in rows),
        "dropped": sum(lesson.dropped for row in rows for lesson in row.lessons),
    }


def table(rows: list[ConceptFigures]) -> Iterator[str]:
    """Yield one line for each lesson, and one for each that was refused."""
    yield f"{'concept':32} no sentences dropped supported copied points earned repeat"
    for row in rows:
        for number, one in enumerate(row.lessons, start=1):
            yield (
                f"{row.concept[:32]:32} {number:2} {one.sentences:9} {one.dropped:7} {one.supported:9} "
                f"{one.copied:6} {one.points:6} {one.earned:6} {one.repeated:6.2f}"
            )
        if row.refusal:
            yield f"{row.concept[:32]:32} {len(row.lessons) + 1:2} not published: {row.refusal}"


def as_json(rows: list[ConceptFigures]) -> dict[str, object]:
    """Return everything that was measured, for a program to read."""
    return {"concepts": [asdict(row) for row in rows], "counts": counts(rows), **summary(rows)}


def documents_of(subject: Subject) -> list[list[str]]:
    """Return the sentences of each document that the subject is taught from."""
    current = Document.objects.filter(source__library=subject.library_id, is_current=True)
    return [sentences(text) for text in current.order_by("source__position").values_list("text", flat=True)]


@contextmanager
def throw_away_learner(subject: Subject) -> Iterator[Enrolment]:
    """A learner who is enrolled in ``subject`` for as long as the block lasts.

    Nothing is rolled back: a model may be asked in between, and no transaction waits for a model.
    """
    learner = User.objects.create(username=f"benchmark-{uuid.uuid4().hex[:12]}")
    try:
        yield enrol(learner, subject=subject)
    finally:
        learner.delete()


def _measure_concept(concept: Concept, *, enrolment: Enrolment, parts: EngineParts) -> ConceptFigures:
    figures: list[LessonFigures] = []
    lessons: list[Lesson] = []
    for number in range(LESSONS_PER_CONCEPT):
        try:
            material = gather_material(enrolment, concept=concept, now=timezone.now(), must_differ=number > 0)
            proven = prove(material, parts=parts)
        except TutorError as error:
            return ConceptFigures(concept.name, tuple(figures), str(error))
        lessons.append(store_lesson(proven, enrolment=enrolment, concept=concept))
        figures.append(_measure(lessons[-1], parts=parts))
    return ConceptFigures(concept.name, tuple(figures))


def _measure(lesson: Lesson, *, parts: EngineParts) -> LessonFigures:
    stored = list(lesson.sentences.prefetch_related("citations__passage"))
    claims = [one for one in stored if one.support != Support.CONNECTIVE]
    texts = {str(cited.passage_id): cited.passage.text for one in claims for cited in one.citations.all()}
    names = [lesson.concept.name, *lesson.concept.aliases, *_names_below(lesson.concept)]
    checked = check_lesson(map(_drafted, claims), texts=texts, names=names, embedder=wiring.embedder())
    numbered = [one for one in claims if numbers_in(one.text)]
    return LessonFigures(
        sentences=len(claims),
        dropped=lesson.dropped,
        supported=len(checked.kept),
        with_numbers=len(numbered),
        numbers_checked=sum(numbers_in(one.text) <= numbers_in(_cited(one)) for one in numbered),
        copied=sum(one.support == Support.QUOTE for one in claims),
        points=lesson.points.count(),
        earned=_earned(lesson, claims, parts=parts),
        repeated=lesson.repeated,
    )


def _names_below(concept: Concept) -> list[str]:
    graph = gating_graph(concept.subject)
    return [graph.nodes[one]["name"] for one in graph.pred.get(str(concept.pk), ())]


def _drafted(sentence: LessonSentence) -> DraftSentence:
    spans = tuple(
        Span(str(one.passage_id), one.start, one.end, one.quote) for one in sentence.citations.all()
    )
    return DraftSentence(Section(sentence.section), sentence.text, spans, is_code=sentence.is_code)


def _cited(sentence: LessonSentence) -> str:
    return " ".join(one.quote for one in sentence.citations.all())


def _earned(lesson: Lesson, claims: list[LessonSentence], *, parts: EngineParts) -> int:
    points = tuple(PointToGrade(str(point.pk), point.text) for point in lesson.points.all())
    answer = " ".join(one.text for one in claims if not one.is_code)
    task = GradingTask(question=lesson.question, points=points, answer=answer, concept=lesson.concept.name)
    return sum(one.verdict == PointVerdict.SHOWN for one in parts.grader.grade(task))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
