"""A second, independent look at a graded answer: how it is made where only one engine is there, and what it
says beside the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tutor.ports import Grader, GradingTask, PointJudgement, PointVerdict

_NOT_CREDITED = (PointVerdict.MISSING, PointVerdict.UNSURE)


class OnePointAtATime:
    """Asks the same grader again, for one point at a time and the last one first.

    What a grader says of a point may lean on the points beside it and on their order; this look cannot. It
    is less independent than another engine's, which is why it says of itself what it is.

    Parameters
    ----------
    grader
        Whose second look it is.
    """

    def __init__(self, grader: Grader) -> None:
        self._grader = grader
        self.engine = grader.engine
        self.prompt_hash = grader.prompt_hash
        self.version = f"one point at a time, {grader.version}"[:80]

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        """Return one judgement for each point of the task, in the task's order."""
        judged = [self._grader.grade(replace(task, points=(point,))) for point in task.points[::-1]]
        return tuple(one for single in judged[::-1] for one in single)


def agree(first: Sequence[PointJudgement], second: Sequence[PointJudgement]) -> bool:
    """Say whether two looks credit and fault the same points; unsure counts as missing, for it earns nothing.

    Examples
    --------
    >>> shown, unsure, missing = (
    ...     PointJudgement("a", verdict, 0.5)
    ...     for verdict in (PointVerdict.SHOWN, PointVerdict.UNSURE, PointVerdict.MISSING)
    ... )
    >>> agree([unsure], [missing]), agree([unsure], [shown])
    (True, False)
    """
    return _by_point(first) == _by_point(second)


def _by_point(judgements: Sequence[PointJudgement]) -> dict[str, PointVerdict]:
    return {
        one.point_id: PointVerdict.MISSING if one.verdict in _NOT_CREDITED else one.verdict
        for one in judgements
    }
