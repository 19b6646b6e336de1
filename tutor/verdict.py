"""From judgements of points to pass, not yet, or cannot tell: by code, the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tutor.ports import PointJudgement, PointVerdict

# Beside the first point, which says what the thing is, one in this many of the others must be shown.
OTHERS_FOR_ONE = 2


class Verdict(StrEnum):
    """The outcome of an attempt; the values of `Attempt.Verdict`."""

    PASSED = "pass"
    NOT_YET = "not_yet"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict and the figures behind it.

    Attributes
    ----------
    score
        Share of the rubric that is shown, 0..1; the first point counts three times as much
        as all others together, so a pass is always more than half and a fail always less.
    certainty
        How sure the judgements are, 0..1: a judgement that was made is worth 0.7, the rest is how far its
        probability lies from a coin toss; one that was not made is worth 0.25.
    ask_about
        For cannot tell, the id of the point that the follow-up question is about.
    """

    verdict: Verdict
    score: float
    certainty: float
    ask_about: str = ""


def decide(judgements: Sequence[PointJudgement], *, is_final: bool = False) -> Outcome:
    """Decide an attempt from the judgements of its points, given in the rubric's order.

    An explanation passes when no point is contradicted, the first point is shown, and at least one in
    `OTHERS_FOR_ONE` of the others. It is "cannot tell" only when the unsure points would decide.

    Parameters
    ----------
    judgements
        One for each point, the definition first.
    is_final
        After the follow-up: what is still unsure counts as missing, nobody is asked for ever.

    Raises
    ------
    ValueError
        If there is no judgement.

    Examples
    --------
    >>> unsure = PointJudgement("a", PointVerdict.UNSURE, 0.5)
    >>> decide([unsure]).verdict, decide([unsure], is_final=True).verdict
    (<Verdict.CANNOT_TELL: 'cannot_tell'>, <Verdict.NOT_YET: 'not_yet'>)
    """
    if not judgements:
        raise ValueError("A rubric without points decides nothing. Prepare the lesson again.")
    at_worst = _passes([judgement.verdict == PointVerdict.SHOWN for judgement in judgements])
    at_best = _passes([judgement.verdict in _MAY_BE_SHOWN for judgement in judgements])
    contradicted = any(judgement.verdict == PointVerdict.CONTRADICTED for judgement in judgements)
    score = _score([judgement.verdict == PointVerdict.SHOWN for judgement in judgements])
    certainty = sum(map(_certainty, judgements)) / len(judgements)
    if at_worst and not contradicted:
        return Outcome(Verdict.PASSED, score, certainty)
    if contradicted or not at_best or is_final:
        return Outcome(Verdict.NOT_YET, score, certainty)
    return Outcome(Verdict.CANNOT_TELL, score, certainty, ask_about=_most_telling(judgements))


def merge(first: Sequence[PointJudgement], follow_up: Sequence[PointJudgement]) -> list[PointJudgement]:
    """Return the judgements of the first answer with its unsure points settled by the follow-up's.

    What the first answer showed stays shown, unless the follow-up contradicts it.
    """
    later: Mapping[str, PointJudgement] = {judgement.point_id: judgement for judgement in follow_up}
    return [
        later[one.point_id] if one.point_id in later and _is_settled_by(one, later[one.point_id]) else one
        for one in first
    ]


_MAY_BE_SHOWN = (PointVerdict.SHOWN, PointVerdict.UNSURE)


def _is_settled_by(one: PointJudgement, later: PointJudgement) -> bool:
    if one.verdict == PointVerdict.SHOWN:
        return later.verdict == PointVerdict.CONTRADICTED
    return later.verdict == PointVerdict.SHOWN or one.verdict == PointVerdict.UNSURE


def _passes(shown: Sequence[bool]) -> bool:
    return shown[0] and sum(shown[1:]) >= len(shown[1:]) // OTHERS_FOR_ONE


def _score(shown: Sequence[bool]) -> float:
    others = len(shown) - 1
    first = 3 * max(1, others)
    return (first * shown[0] + sum(shown[1:])) / (first + others)


def _certainty(judgement: PointJudgement) -> float:
    if judgement.verdict == PointVerdict.UNSURE:
        return 0.25
    sign = 1 if judgement.verdict == PointVerdict.SHOWN else -1
    return 0.7 + 0.3 * max(0.0, sign * (2 * judgement.probability - 1))


def _most_telling(judgements: Sequence[PointJudgement]) -> str:
    """The first point if that is unsure, for it must be shown; else the one nearest to being shown."""
    unsure = [judgement for judgement in judgements if judgement.verdict == PointVerdict.UNSURE]
    if unsure[0] is judgements[0]:
        return unsure[0].point_id
    return max(unsure, key=lambda judgement: judgement.probability).point_id
