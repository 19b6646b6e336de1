"""What a rubric may ask for: a point must stand in the sources, be one idea and be asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from research.errors import QuoteNotFound
from research.spans import Span, verify
from tutor.asking import asks_for, compose_question
from tutor.context import without_label
from tutor.ports import DraftPoint, DraftSentence, RubricTask, Section
from tutor.support import SentenceRefused, is_quotation, measured_support
from vectorstore.ports import Embedder
from vectorstore.words import stems

LONGEST_POINT_WORDS = 60
NEAR_DUPLICATE = 0.8
# A point is given away when the question holds all but this share of its words.
LEAST_NEW = 0.25


class PointRefusal(StrEnum):
    """Why a rubric point was dropped."""

    UNKNOWN_PASSAGE = "unknown_passage"
    QUOTE_NOT_FOUND = "quote_not_found"
    NOT_SUPPORTED = "not_supported"
    TOO_LONG = "too_long"
    REPEATED = "repeated"
    GIVEN_BY_QUESTION = "given_by_question"
    NOT_ASKED_FOR = "not_asked_for"
    COMES_LATER = "comes_later"
    NOT_TAUGHT = "not_taught"
    NOT_EARNABLE = "not_earnable"


def check_points(
    points: Sequence[DraftPoint], *, task: RubricTask, texts: Mapping[str, str], embedder: Embedder
) -> tuple[list[DraftPoint], list[tuple[DraftPoint, PointRefusal]]]:
    """Keep the points that stand in the sources, are one idea, are asked for, and say something new.

    Parameters
    ----------
    points
        As an engine wrote them, the most important first.
    task
        What the engine was given: the concept, its names and definition, and what comes later.
    texts
        Passage id -> text, of every passage that a point may stand in.
    """
    question = compose_question(points, concept=task.concept)
    kept: list[DraftPoint] = []
    dropped: list[tuple[DraftPoint, PointRefusal]] = []
    for point in points:
        refusal = _unproven(point, task=task, texts=texts, embedder=embedder) or _badly_asked(
            point, question=question, task=task, embedder=embedder
        )
        if refusal is None and any(_is_duplicate(point.text, other.text, embedder) for other in kept):
            refusal = PointRefusal.REPEATED
        if refusal is None:
            kept.append(point)
        else:
            dropped.append((point, refusal))
    return kept, dropped


def _unproven(
    point: DraftPoint, *, task: RubricTask, texts: Mapping[str, str], embedder: Embedder
) -> PointRefusal | None:
    if point.span.passage_id not in texts:
        return PointRefusal.UNKNOWN_PASSAGE
    if len(point.text.split()) > LONGEST_POINT_WORDS:
        return PointRefusal.TOO_LONG
    try:
        verify(point.span, texts[point.span.passage_id])
        if not is_quotation(without_label(point.text, task.names), (point.span,)):
            measured_support(
                DraftSentence(Section.EXPLANATION, point.text, (point.span,)),
                names=set(stems(task.concept)),
                embedder=embedder,
            )
    except QuoteNotFound:
        return PointRefusal.QUOTE_NOT_FOUND
    except SentenceRefused:
        return PointRefusal.NOT_SUPPORTED
    return None


def _badly_asked(
    point: DraftPoint, *, question: str, task: RubricTask, embedder: Embedder
) -> PointRefusal | None:
    idea, asked = set(stems(point.text)), set(stems(question))
    if len(idea - asked) < LEAST_NEW * len(idea):
        return PointRefusal.GIVEN_BY_QUESTION
    is_definition = stands_at(point.span, task.definition)
    if not asks_for(
        point.asked, point.text, names=task.names, is_definition=is_definition, embedder=embedder
    ):
        return PointRefusal.NOT_ASKED_FOR
    if names_later(point.asked, task) or (not is_definition and names_later(point.text, task)):
        return PointRefusal.COMES_LATER
    return None


def names_later(text: str, task: RubricTask) -> bool:
    """Say whether ``text`` names a concept that comes after the one that is taught."""
    said, own = set(stems(text)), {key for name in task.names for key in stems(name)}
    keys = (set(stems(name)) for name in task.later_concepts)
    return any(key and key <= said and not key <= own for key in keys)


def stands_at(span: Span, definition: Span | None) -> bool:
    """Say whether a span and the concept's definition share words of one passage."""
    return (
        definition is not None
        and span.passage_id == definition.passage_id
        and span.start < definition.end
        and definition.start < span.end
    )


def _is_duplicate(one: str, other: str, embedder: Embedder) -> bool:
    mine, theirs = set(stems(one)), set(stems(other))
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    if shared >= NEAR_DUPLICATE:
        return True
    first, second = embedder.embed([one, other])
    return float(first @ second) >= NEAR_DUPLICATE
