"""Writes a proven lesson down: its sentences, what they cite, its points and what these rest on."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence

from django.db.models import Max

from concepts.models import Concept
from mastery.models import Enrolment
from tutor.models import Citation, Lesson, LessonSentence, Misconception, RubricPoint
from tutor.readability import reading_ease
from tutor.repeating import repeated_share
from tutor.services.misconceiving import retested_by
from tutor.services.proving import ProvenLesson
from tutor.support import CheckedLesson, Support


def store_lesson(
    proven: ProvenLesson,
    *,
    enrolment: Enrolment,
    concept: Concept,
    job_id: uuid.UUID | None = None,
    differs_from: Lesson | None = None,
    wrong: Sequence[Misconception] = (),
) -> Lesson:
    """Store a lesson with everything that proves it; the next number on its concept is its own.

    ``wrong`` is what the learner got wrong before: a point that asks about it again says so.
    """
    earlier = Lesson.objects.filter(enrolment=enrolment, concept=concept)
    writer = proven.parts.lessons
    claims = [row.draft for row in proven.checked.kept if row.support != Support.CONNECTIVE]
    last = earlier.order_by("-number").first()
    lesson = Lesson.objects.create(
        enrolment=enrolment,
        concept=concept,
        number=(earlier.aggregate(last=Max("number"))["last"] or 0) + 1,
        angle=proven.draft.angle,
        angle_note=proven.draft.angle_note[:300],
        differs_from=differs_from,
        level=proven.level.value,
        reading_ease=reading_ease(" ".join(one.text for one in claims if not one.is_code)),
        repeated=repeated_share([one.text for one in claims], _claims_of(last)) if last else 0.0,
        question=proven.rubric.question,
        engine=writer.engine,
        engine_version=writer.version[:80],
        prompt_hash=writer.prompt_hash,
        coverage=proven.checked.coverage,
        dropped=len(proven.checked.dropped),
        content_hash=_content_hash(proven),
        job_id=job_id,
    )
    rows = _store_sentences(lesson, proven.checked)
    by_draft = {row.draft: stored for row, stored in zip(proven.checked.kept, rows, strict=True)}
    points = [
        RubricPoint(
            lesson=lesson,
            ordinal=ordinal,
            sentence=by_draft[point.sentence],
            text=point.draft.text,
            asked=point.draft.asked,
            hint=point.draft.hint,
            passage_id=uuid.UUID(point.draft.span.passage_id),
            start=point.draft.span.start,
            end=point.draft.span.end,
            quote=point.draft.span.quote,
        )
        for ordinal, point in enumerate(proven.rubric.points, start=1)
    ]
    for row in points:
        row.retests = retested_by(row, wrong)
    RubricPoint.objects.bulk_create(points)
    return lesson


def _claims_of(lesson: Lesson) -> list[str]:
    claims = lesson.sentences.exclude(support=LessonSentence.Support.CONNECTIVE)
    return list(claims.values_list("text", flat=True))


def _store_sentences(lesson: Lesson, checked: CheckedLesson) -> list[LessonSentence]:
    rows = [
        LessonSentence(
            lesson=lesson,
            ordinal=ordinal,
            section=row.draft.section.value,
            text=row.draft.text,
            is_code=row.draft.is_code,
            support=row.support.value,
            support_score=row.score,
        )
        for ordinal, row in enumerate(checked.kept, start=1)
    ]
    LessonSentence.objects.bulk_create(rows)
    Citation.objects.bulk_create(
        Citation(
            sentence=sentence,
            passage_id=uuid.UUID(span.passage_id),
            start=span.start,
            end=span.end,
            quote=span.quote,
        )
        for sentence, row in zip(rows, checked.kept, strict=True)
        for span in row.draft.spans
    )
    return rows


def _content_hash(proven: ProvenLesson) -> str:
    content = {
        "sentences": [row.draft.text for row in proven.checked.kept],
        "question": proven.rubric.question,
        "points": [point.draft.text for point in proven.rubric.points],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
