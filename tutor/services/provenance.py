"""By which means an answer was asked for and judged, as the mastery event of it names them."""

from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from mastery.provenance import digest_of, digest_of_model
from tutor.models import Citation, Lesson, PracticeItem, RubricPoint
from tutor.ports import Grader


def hashes_of_lesson(lesson: Lesson) -> dict[str, str]:
    """The sources, the lesson and the rubric of an explanation."""
    points = RubricPoint.objects.filter(lesson=lesson)
    spans = {*_spans(Citation.objects.filter(sentence__lesson=lesson)), *_spans(points)}
    asked = points.order_by("ordinal").values_list("pk", "text", "asked", "quote")
    rubric = {
        "question": lesson.question,
        "points": [[str(pk), text, part, quote] for pk, text, part, quote in asked],
    }
    return {"source": digest_of(sorted(spans)), "lesson": lesson.content_hash, "rubric": digest_of(rubric)}


def hashes_of_item(item: PracticeItem) -> dict[str, str]:
    """The sources of a practice item, the item, and how answers to it are judged."""
    spans = _spans(PracticeItem.objects.filter(pk=item.pk))
    rubric = {"kind": item.kind, "stem": item.stem, "content": item.content, "guess": item.guess}
    return {"source": digest_of(sorted(spans)), "item": item.key, "rubric": digest_of(rubric)}


def hashes_of_grader(grader: Grader) -> dict[str, str]:
    """The prompt and the model by which an explanation is judged."""
    return {
        "prompt": grader.prompt_hash,
        "model": digest_of_model(grader.engine, version=grader.version),
    }


def digest_of_words(text: str) -> str:
    """The hash ``answer`` of what a learner wrote."""
    return hashlib.sha256(text.encode()).hexdigest()


def _spans(
    rows: QuerySet[Citation] | QuerySet[RubricPoint] | QuerySet[PracticeItem],
) -> set[tuple[str, int, int, str]]:
    """The words in the sources, by the content of their document: its id changes when it is read in anew."""
    named = rows.order_by().values_list("passage__document__content_hash", "start", "end", "quote")
    return set(named)
