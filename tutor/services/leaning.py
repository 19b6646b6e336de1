"""How a course leans: what its teachers decided, beside what the embedded grader says of the same answers."""

from __future__ import annotations

import uuid
from functools import lru_cache

from django.db.models import OuterRef, Subquery

from concepts.models import Subject
from tutor.embedded.grading import EmbeddedGrader
from tutor.leaning import NO_LEANING, Decided, Leaning, leaning_from
from tutor.models import Attempt, RuledPoint, Ruling
from tutor.ports import PointVerdict
from tutor.services.engines import embedded_grader
from tutor.services.judging import screened_answer, task_of

# The newest decisions on points; older ones may be of another teacher, or of another mind.
MOST_DECISIONS = 60
_REMEMBERED = 4096


def course_leaning(subject: Subject) -> Leaning:
    """Learn from the decisions on a course's answers how much it wants said; nothing yet without any.

    The answers are weighed anew, so it does not matter which engine had graded them, nor how. What a teacher
    calls contradicted is left out: that it was spoken of is no question there. Not for use in a transaction.
    """
    rows = _decided_points(subject)
    if not rows:
        return NO_LEANING
    grader = embedded_grader()
    decisions = []
    for attempt, point, verdict in rows:
        log_odds = _weighed(attempt, grader).get(point)
        if log_odds is not None:
            decisions.append(Decided(log_odds, is_shown=verdict == PointVerdict.SHOWN))
    return leaning_from(decisions, prior=grader.prior)


def _decided_points(subject: Subject) -> list[tuple[uuid.UUID, uuid.UUID, str]]:
    """The newest decisions that stand, each on words of the very answer that it is about."""
    newest = Ruling.objects.filter(attempt=OuterRef("ruling__attempt")).order_by("-created_at", "-id")
    gold = RuledPoint.objects.filter(
        ruling__attempt__lesson__concept__subject=subject,
        ruling=Subquery(newest.values("pk")[:1]),
        is_carried=False,
    ).exclude(verdict=PointVerdict.CONTRADICTED.value)
    newest_first = gold.order_by("-ruling__created_at", "-ruling_id", "point__ordinal")
    return list(newest_first.values_list("ruling__attempt", "point", "verdict")[:MOST_DECISIONS])


@lru_cache(maxsize=_REMEMBERED)
def _weighed(attempt: uuid.UUID, grader: EmbeddedGrader) -> dict[uuid.UUID, float]:
    """The grader's log odds for each point of an attempt; neither its answer nor its points ever change."""
    row = Attempt.objects.select_related("lesson__concept", "follow_up_of").get(pk=attempt)
    points = list(row.lesson.points.all())
    task = task_of(row, points, answer=screened_answer(row).plain.text)
    weighed = zip(points, grader.log_odds(task), strict=True)
    return {point.pk: log_odds for point, log_odds in weighed if log_odds is not None}
