"""What a rubric may ask for: a point must stand in the sources, be one idea and be asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from research.errors import QuoteNotFound
from research.spans import verify
from tutor.ports import DraftPoint, DraftSentence, Section
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
    NOT_EARNABLE = "not_earnable"


def check_points(
    points: Sequence[DraftPoint],
    *,
    question: str,
    texts: Mapping[str, str],
    concept: str,
    embedder: Embedder,
) -> tuple[list[DraftPoint], list[tuple[DraftPoint, PointRefusal]]]:
    """Keep the points that stand in the sources, are one idea, are asked for, and say something new."""
    kept: list[DraftPoint] = []
    dropped: list[tuple[DraftPoint, PointRefusal]] = []
    for point in points:
        refusal = _point_refusal(point, question=question, texts=texts, concept=concept, embedder=embedder)
        if refusal is None and any(_is_duplicate(point.text, other.text, embedder) for other in kept):
            refusal = PointRefusal.REPEATED
        if refusal is None:
            kept.append(point)
        else:
            dropped.append((point, refusal))
    return kept, dropped


def _point_refusal(
    point: DraftPoint, *, question: str, texts: Mapping[str, str], concept: str, embedder: Embedder
) -> PointRefusal | None:
    if point.span.passage_id not in texts:
        return PointRefusal.UNKNOWN_PASSAGE
    if len(point.text.split()) > LONGEST_POINT_WORDS:
        return PointRefusal.TOO_LONG
    try:
        verify(point.span, texts[point.span.passage_id])
        if not is_quotation(point.text, (point.span,)):
            measured_support(
                DraftSentence(Section.EXPLANATION, point.text, (point.span,)),
                names=set(stems(concept)),
                embedder=embedder,
            )
    except QuoteNotFound:
        return PointRefusal.QUOTE_NOT_FOUND
    except SentenceRefused:
        return PointRefusal.NOT_SUPPORTED
    asked, idea = set(stems(question)), set(stems(point.text))
    if len(idea - asked) < LEAST_NEW * len(idea):
        return PointRefusal.GIVEN_BY_QUESTION
    if not idea & (asked | set(stems(concept))):
        return PointRefusal.NOT_ASKED_FOR
    return None


def _is_duplicate(one: str, other: str, embedder: Embedder) -> bool:
    mine, theirs = set(stems(one)), set(stems(other))
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    if shared >= NEAR_DUPLICATE:
        return True
    first, second = embedder.embed([one, other])
    return float(first @ second) >= NEAR_DUPLICATE
