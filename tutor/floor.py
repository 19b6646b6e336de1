"""The floor under both engines: what no engine may say unchecked, checked by code.

Credit needs the learner's exact words; whatever is refused carries a reason code. A lesson's sentences are
checked in `tutor.support`, the points of a rubric in `tutor.rubric_floor`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from tutor.orders import gives_orders, sentences_around, speaks_to_grader
from tutor.ports import AnswerSpan, Doubt, GradingTask, PointJudgement, PointVerdict
from tutor.screening import Screened
from vectorstore.words import STOP_WORDS, stems, words

# Of the words that earn credit at least this share is not the question's.
LEAST_OWN = 0.25


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
    doubt: Doubt = lambda task, point, quote: "",
) -> list[PointJudgement]:
    """Return one judgement per point of the task, in its order, with credit only where words are proven.

    Spans come in relative to ``task.answer`` (the plain text) and go out relative to the learner's own text.

    Parameters
    ----------
    doubt
        A second look at what is credited: where it gives a reason, the point is unsure.
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
    doubt: Doubt,
) -> PointJudgement:
    if judgement.verdict not in (PointVerdict.SHOWN, PointVerdict.CONTRADICTED):
        return _placed(judgement, screened=screened)
    refusal = _credit_refusal(judgement, task=task, screened=screened)
    if refusal:
        return PointJudgement(judgement.point_id, PointVerdict.MISSING, 0.0, reason=refusal.value)
    reason = doubt(task, point, judgement.span.quote) if judgement.span else ""
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
    if _speaks_to_grader(task, span):
        return CreditRefusal.SPEAKS_TO_GRADER
    said = set(stems(span.quote))
    if len(said - set(stems(task.question))) < LEAST_OWN * len(said):
        return CreditRefusal.QUESTION_WORDS
    return None


def _speaks_to_grader(task: GradingTask, span: AnswerSpan) -> bool:
    """Whether words, or the sentences that they stand in, are meant for whoever grades."""
    around = sentences_around(task.answer, start=span.start, end=span.end)
    return speaks_to_grader(span.quote, subject=task.matter) or gives_orders(around, subject=task.matter)


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
