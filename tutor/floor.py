"""The floor under both engines: what no engine may say unchecked, checked by code.

Credit needs the learner's exact words; whatever is refused carries a reason code. A lesson's sentences are
checked in `tutor.support`, the points of a rubric in `tutor.rubric_floor`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum

from tutor.ports import GradingTask, PointJudgement, PointVerdict
from tutor.screening import Screened
from vectorstore.words import STOP_WORDS, stems, words

# Of the words that earn credit at least this share is not the question's.
LEAST_OWN = 0.25
_SPEAKS_TO_GRADER = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|rubric|above|previous|rules?)\b"
    r"|\b(?:rubric|grader|grading|verdict|full (?:marks|credit|score)|system (?:prompt|message))\b"
    r"|\bmark (?:this|it|me|every|all)\b|\"(?:verdict|score|probability|span)\"\s*:"
    r"|<\|?/?(?:system|assistant|user)\b",
    re.I,
)


class CreditRefusal(StrEnum):
    """Why words that an engine credited earn nothing."""

    NO_SPAN = "no_span"
    SPAN_NOT_FOUND = "span_not_found"
    SPAN_SAYS_NOTHING = "span_says_nothing"
    COPIED = "copied"
    QUESTION_WORDS = "question_words"
    SPEAKS_TO_GRADER = "speaks_to_grader"


def check_judgements(
    judgements: Iterable[PointJudgement],
    *,
    task: GradingTask,
    screened: Screened,
    doubt: Callable[[str, str], str] = lambda point, quote: "",
) -> list[PointJudgement]:
    """Return one judgement per point of the task, in its order, with credit only where words are proven.

    Spans come in relative to ``task.answer`` (the plain text) and go out relative to the learner's own text.

    Parameters
    ----------
    doubt
        Given point and quote, a reason why the quote cannot be relied on, or "": then the point is unsure.
    """
    by_id = {judgement.point_id: judgement for judgement in judgements}
    checked = []
    for point in task.points:
        judgement = by_id.get(point.id) or PointJudgement(
            point.id, PointVerdict.UNSURE, 0.5, reason="not judged"
        )
        checked.append(_credited(judgement, point.text, task=task, screened=screened, doubt=doubt))
    return checked


def _credited(
    judgement: PointJudgement,
    point: str,
    *,
    task: GradingTask,
    screened: Screened,
    doubt: Callable[[str, str], str],
) -> PointJudgement:
    if judgement.verdict not in (PointVerdict.SHOWN, PointVerdict.CONTRADICTED):
        return _placed(judgement, screened=screened)
    refusal = _credit_refusal(judgement, task=task, screened=screened)
    if refusal:
        return PointJudgement(judgement.point_id, PointVerdict.MISSING, 0.0, reason=refusal.value)
    reason = doubt(point, judgement.span.quote) if judgement.span else ""
    if reason and judgement.verdict == PointVerdict.SHOWN:
        judgement = replace(
            judgement, verdict=PointVerdict.UNSURE, probability=min(judgement.probability, 0.5), reason=reason
        )
    return _placed(judgement, screened=screened)


def _credit_refusal(
    judgement: PointJudgement, *, task: GradingTask, screened: Screened
) -> CreditRefusal | None:
    span = judgement.span
    if span is None:
        return CreditRefusal.NO_SPAN
    if not 0 <= span.start < span.end <= len(task.answer) or task.answer[span.start : span.end] != span.quote:
        return CreditRefusal.SPAN_NOT_FOUND
    if len(words(span.quote)) < 2 or all(word in STOP_WORDS for word in words(span.quote)):
        return CreditRefusal.SPAN_SAYS_NOTHING
    if _copied_share(span.start, span.end, screened.copied) > 0.5:
        return CreditRefusal.COPIED
    if _SPEAKS_TO_GRADER.search(span.quote):
        return CreditRefusal.SPEAKS_TO_GRADER
    said = set(stems(span.quote))
    if len(said - set(stems(task.question))) < LEAST_OWN * len(said):
        return CreditRefusal.QUESTION_WORDS
    return None


def _copied_share(start: int, end: int, copied: Iterable[tuple[int, int]]) -> float:
    shared = sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in copied)
    return shared / (end - start)


def _placed(judgement: PointJudgement, *, screened: Screened) -> PointJudgement:
    """With its span moved from the plain text to the learner's own characters; a wrong one is taken off."""
    span = judgement.span
    if span is None:
        return judgement
    text = screened.plain.text
    if not 0 <= span.start < span.end <= len(text) or text[span.start : span.end] != span.quote:
        return replace(judgement, span=None)
    return replace(judgement, span=screened.plain.span(span.start, span.end))
