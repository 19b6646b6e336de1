"""Keeps what a learner got wrong, asks about it in the next lesson, and settles it once it is shown right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from concepts.models import Concept
from mastery.models import Enrolment
from research.models import Passage
from research.services.versions import carried_passages
from research.spans import Span
from tutor.earning import ProvenPoint, is_taught, rests_on
from tutor.hinting import do_overlap
from tutor.models import Attempt, Misconception, PointCredit, RubricPoint, RuledPoint
from tutor.ports import DraftPoint, DraftSentence, PointVerdict, Section
from tutor.services.judging import background_of
from tutor.services.proving import ProvenLesson
from tutor.support import CheckedLesson, CheckedSentence, Support, fold

# A lesson that asks about everything at once teaches nothing.
MOST_RETESTED = 2
MOST_POINTS = 5


def note_misconceptions(
    attempt: Attempt, rows: Iterable[PointCredit] | Iterable[RuledPoint], *, now: datetime
) -> None:
    """Keep what the judged points contradict, end what they show right; the attempt is decided."""
    for row in rows:
        if row.verdict == PointVerdict.CONTRADICTED:
            _keep(attempt, row)
        elif row.verdict == PointVerdict.SHOWN:
            _settle(attempt, row.point, now=now)


def overrule(attempt: Attempt, rows: Iterable[RuledPoint], *, now: datetime) -> None:
    """End what was kept of an attempt and is not contradicted after all; reopen what it did not settle."""
    rows = list(rows)
    right = [row.point_id for row in rows if row.verdict != PointVerdict.CONTRADICTED]
    attempt.misconceptions.open().filter(point__in=right).update(
        ending=Misconception.Ending.OVERRULED, ended_at=now, ended_by=attempt
    )
    not_shown = [row.point for row in rows if row.verdict != PointVerdict.SHOWN]
    settled = Misconception.objects.filter(ended_by=attempt, ending=Misconception.Ending.SETTLED)
    for one in settled.select_related("point__passage"):
        if any(_is_same_idea(point, draft_of(one)) for point in not_shown):
            one.ending, one.ended_at, one.ended_by = "", None, None
            one.save(update_fields=["ending", "ended_at", "ended_by"])


def to_retest(enrolment: Enrolment, *, concept: Concept) -> list[Misconception]:
    """The open ones that the sources still speak of, the newest first, each idea once."""
    rows = Misconception.objects.open().filter(enrolment=enrolment, concept=concept)
    chosen: list[Misconception] = []
    for row in _where_it_stands_now(rows.select_related("point__passage__document")):
        if not any(_is_same_idea(row.point, draft_of(other)) for other in chosen):
            chosen.append(row)
    return chosen[:MOST_RETESTED]


def _where_it_stands_now(rows: Iterable[Misconception]) -> list[Misconception]:
    """Those of which the words are still in their source, pointing at the version that is current."""
    rows = list(rows)
    replaced = {row.point.passage.document_id for row in rows if not row.point.passage.document.is_current}
    carried = carried_passages(replaced)
    current = Passage.objects.in_bulk(list(carried.values()))
    for row in rows:
        if row.point.passage_id in carried:
            row.point.passage = current[carried[row.point.passage_id]]
    return [row for row in rows if row.point.passage.document_id not in replaced]


def draft_of(misconception: Misconception) -> DraftPoint:
    """The point that was contradicted, to be asked for again."""
    point = misconception.point
    return DraftPoint(point.text, span_of_point(point), point.hint)


def with_retests(proven: ProvenLesson, misconceptions: Sequence[Misconception]) -> ProvenLesson:
    """Add to a proven lesson the points that the learner got wrong, each with the source's sentence on it.

    Added is only what an answer made of the lesson, with that sentence, earns.
    """
    for one in misconceptions:
        draft, points = draft_of(one), proven.rubric.points
        if len(points) >= MOST_POINTS or any(_is_same_idea(one.point, other.draft) for other in points):
            continue
        told = _telling(proven.checked, draft, text=one.point.passage.text)
        sentences = [row.draft for row in told.kept]
        sentence = rests_on(draft, sentences)
        if sentence and is_taught(
            draft,
            question=proven.rubric.question,
            sentences=sentences,
            grader=proven.parts.grader,
            background=background_of(one.concept),
        ):
            rubric = replace(proven.rubric, points=(*points, ProvenPoint(draft, sentence)))
            proven = replace(proven, checked=told, rubric=rubric)
    return proven


def retested_by(point: RubricPoint, misconceptions: Iterable[Misconception]) -> Misconception | None:
    """The misconception that a new rubric point asks about."""
    return next((one for one in misconceptions if _is_same_idea(point, draft_of(one))), None)


def _telling(checked: CheckedLesson, draft: DraftPoint, *, text: str) -> CheckedLesson:
    """The lesson with the sentence of the source that the point comes from, unless it has that already."""
    if any(do_overlap(span, draft.span) for row in checked.kept for span in row.draft.spans):
        return checked
    quoted = text[draft.span.start : draft.span.end]
    sentence = DraftSentence(Section.PITFALL, quoted, (draft.span,))
    return replace(checked, kept=(*checked.kept, CheckedSentence(sentence, Support.QUOTE, 1.0)))


def _keep(attempt: Attempt, row: PointCredit | RuledPoint) -> None:
    lesson = attempt.lesson
    kept, is_new = Misconception.objects.get_or_create(
        attempt=attempt,
        point=row.point,
        defaults={"enrolment": lesson.enrolment, "concept": lesson.concept, "quote": row.quote},
    )
    if not is_new and kept.ending == Misconception.Ending.OVERRULED:
        kept.ending, kept.ended_at, kept.ended_by = "", None, None
        kept.save(update_fields=["ending", "ended_at", "ended_by"])


def _settle(attempt: Attempt, point: RubricPoint, *, now: datetime) -> None:
    lesson = attempt.lesson
    rows = Misconception.objects.open().filter(enrolment=lesson.enrolment_id, concept=lesson.concept_id)
    for row in rows.filter(attempt__created_at__lt=attempt.created_at).select_related("point"):
        if row.pk == point.retests_id or _is_same_idea(point, draft_of(row)):
            row.ending, row.ended_at, row.ended_by = Misconception.Ending.SETTLED, now, attempt
            row.save(update_fields=["ending", "ended_at", "ended_by"])


def _is_same_idea(point: RubricPoint, draft: DraftPoint) -> bool:
    return fold(point.text) == fold(draft.text) or do_overlap(span_of_point(point), draft.span)


def span_of_point(point: RubricPoint) -> Span:
    """Where the point stands in the sources."""
    return Span(str(point.passage_id), point.start, point.end, point.quote)
