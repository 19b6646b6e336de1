"""Proves that a rubric can be earned by what the lesson taught."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.ports import DraftPoint, DraftSentence, Grader, GradingTask, PointToGrade, PointVerdict
from tutor.rubric_floor import PointRefusal


def earnable(
    points: Sequence[DraftPoint], *, question: str, sentences: Sequence[DraftSentence], grader: Grader
) -> tuple[list[DraftPoint], list[tuple[DraftPoint, PointRefusal]]]:
    """Keep the points that an answer made of the lesson's cited sentences earns.

    The copy rule does not apply here: the answer is a copy on purpose. A lesson that is left without points
    must not be published, for nobody could pass it.

    Parameters
    ----------
    points
        As they passed the floor.
    sentences
        The lesson as it passed the floor; connectives teach nothing and are left out.
    grader
        The one that will grade the learners.
    """
    taught = " ".join(
        sentence.text for sentence in sentences if not sentence.is_connective and not sentence.is_code
    )
    by_lesson = _shown(points, question=question, answer=taught, grader=grader)
    kept, dropped = [], []
    for at, point in enumerate(points):
        if at not in by_lesson:
            dropped.append((point, PointRefusal.NOT_EARNABLE))
        else:
            kept.append(point)
    return kept, dropped


def _shown(points: Sequence[DraftPoint], *, question: str, answer: str, grader: Grader) -> set[int]:
    if not points or not answer.strip():
        return set()
    task = GradingTask(
        question=question,
        points=tuple(PointToGrade(str(at), point.text) for at, point in enumerate(points)),
        answer=answer,
    )
    return {int(one.point_id) for one in grader.grade(task) if one.verdict == PointVerdict.SHOWN}
