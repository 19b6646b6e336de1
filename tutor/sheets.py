"""A grade laid out for people: per point what the first look, the second and the educator say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tutor.models import Attempt, Dispute, PointCredit, RegradedPoint, RubricPoint, RuledPoint, Ruling
from tutor.ports import PointVerdict
from tutor.reasons import plain_reason

DISPUTE_TOLD = {
    Dispute.State.WAITING: "Your words are being looked at once more, by someone who does not know the first "
    "result.",
    Dispute.State.AGREED: "A second look came to the same result. It stays open until your teacher decides.",
    Dispute.State.DIFFERS: "A second look came to another result. Your teacher sees both and decides.",
    Dispute.State.UPHELD: "Your teacher looked at it and left the grade as it was.",
    Dispute.State.CHANGED: "Your teacher looked at it and changed the grade.",
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one look says of a point: verdict, the learner's words, the reason in plain words."""

    verdict: str
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One rubric point and all that was said of it; what nobody said is None."""

    point: RubricPoint
    first: Opinion | None
    second: Opinion | None
    ruled: Opinion | None

    @property
    def standing(self) -> Opinion:
        """What counts now: the educator's word, else the first grade; what is unsure counts as missing."""
        said = self.ruled or self.first
        if said is None or said.verdict == PointVerdict.UNSURE:
            return Opinion(PointVerdict.MISSING.value, "", "")
        return said


def grade_sheet(attempt: Attempt, *, may_tell: bool) -> list[SheetRow]:
    """All that was said of each point of an attempt, in the rubric's order.

    Where an attempt waits for an educator, they decide without knowing what the automatic grading says of it:
    else their decision could not measure that.

    Parameters
    ----------
    may_tell
        Whether a grader's own words may be shown, which could give the idea away.
    """
    is_blind = attempt.verdict == Attempt.Verdict.WAITING and attempt.ruling is None
    dispute = Dispute.objects.filter(attempt=attempt).select_related("regrade").first()
    regrade = getattr(dispute, "regrade", None)
    first = {} if is_blind else _opinions(attempt.credits.all(), may_tell=may_tell)
    second = _opinions(regrade.points.all(), may_tell=may_tell) if regrade else {}
    ruled = _ruled(attempt.ruling)
    return [
        SheetRow(point, first.get(point.pk), second.get(point.pk), ruled.get(point.pk))
        for point in attempt.lesson.points.all()
    ]


def _opinions(rows: Iterable[PointCredit | RegradedPoint], *, may_tell: bool) -> dict[object, Opinion]:
    return {
        row.point_id: Opinion(
            row.verdict, row.quote, plain_reason(row.verdict, row.reason, may_tell=may_tell)
        )
        for row in rows
    }


def _ruled(ruling: Ruling | None) -> dict[object, Opinion]:
    rows: Iterable[RuledPoint] = ruling.points.all() if ruling else ()
    return {row.point_id: Opinion(row.verdict, row.quote, row.reason) for row in rows}
