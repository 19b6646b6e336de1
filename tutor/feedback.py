"""What a learner is told: what they showed, what is missing as a question, and never the answer too early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tutor.ports import PointJudgement, PointVerdict
from tutor.screening import ADVICE, Refusal
from tutor.verdict import Outcome, Verdict

# From this try on, what is missing may be looked up: the place in the source is shown.
REVEAL_FROM_TRY = 2


def refused(refusal: Refusal) -> dict[str, Any]:
    """Return the feedback on an answer that was not graded."""
    return {"message": ADVICE[refusal], "shown": [], "missing": [], "reveal": False}


def left_to_the_teacher(concept: str, *, is_by_rule: bool) -> dict[str, Any]:
    """Return what is said of an answer that an educator reads because automatic grading is switched off."""
    why = "automatic grades and teachers agreed too little on them" if is_by_rule else "a teacher reads them"
    message = (
        f"Your teacher will look at this. Explanations of “{concept}” are not graded automatically at the "
        f"moment: {why}. Nothing is decided until then."
    )
    return {"message": message, "shown": [], "missing": [], "reveal": False}


def feedback_on(
    outcome: Outcome,
    judgements: Sequence[PointJudgement],
    *,
    hints: Mapping[str, str],
    tries: int,
) -> dict[str, Any]:
    """Return the feedback on a graded answer.

    Parameters
    ----------
    hints
        Point id -> a nudge toward it.
    tries
        Which explanation of this lesson it was, from 1.

    Examples
    --------
    >>> shown = PointJudgement("a", PointVerdict.MISSING, 0.1)
    >>> feedback_on(Outcome(Verdict.NOT_YET, 0.0, 0.8), [shown], hints={"a": "Why?"}, tries=1)["missing"]
    ['Why?']
    """
    shown = [judgement for judgement in judgements if judgement.verdict == PointVerdict.SHOWN]
    missing = [
        judgement
        for judgement in judgements
        if judgement.verdict in (PointVerdict.MISSING, PointVerdict.UNSURE)
    ]
    wrong = [judgement for judgement in judgements if judgement.verdict == PointVerdict.CONTRADICTED]
    return {
        "message": _message(outcome, shown=len(shown), total=len(judgements), wrong=len(wrong)),
        "shown": [judgement.span.quote for judgement in shown if judgement.span],
        "missing": [hints.get(judgement.point_id, "") for judgement in missing],
        "contradicted": [judgement.span.quote for judgement in wrong if judgement.span],
        "reveal": outcome.verdict == Verdict.NOT_YET and tries >= REVEAL_FROM_TRY,
    }


def follow_up_question(hint: str) -> str:
    """Return the one question that settles an unsure point, aimed by its hint."""
    asked = hint or "Say the main idea once more, in other words."
    return f"One thing I could not tell from your words. {asked} One or two sentences are enough."


def _message(outcome: Outcome, *, shown: int, total: int, wrong: int) -> str:
    points = f"{shown} of {total} point{'s' if total != 1 else ''}"
    if outcome.verdict == Verdict.PASSED:
        rest = "" if shown == total else " The rest is worth a thought, too."
        return f"You explained it in your own words: {points}.{rest}"
    if outcome.verdict == Verdict.CANNOT_TELL:
        return f"Your words show {points}; one more could be there. Nothing is decided until you answer."
    if wrong:
        return f"Your words show {points}, and something in them says the opposite of the source. Look again."
    return f"Your words show {points} so far. Think about the questions below and try again."
