"""Lets an educator uphold or change a grade, point by point; what they say is recorded and believed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from mastery.errors import OverrideNeedsReason, OverrideNotAllowed
from mastery.models import Enrolment, MasteryEvent
from mastery.services.recording import OVERRIDE_GRADER, Recorded, correct_event, record_event
from research.spans import locate_quote
from tutor.errors import DisputeDecided, RulingNotPossible
from tutor.models import Attempt, Dispute, RubricPoint, RuledPoint, Ruling
from tutor.ports import AnswerSpan, PointJudgement, PointVerdict
from tutor.services.agreeing import review_switch
from tutor.services.judging import judgements_of
from tutor.services.misconceiving import note_misconceptions, overrule
from tutor.services.provenance import digest_of_words, hashes_of_lesson
from tutor.verdict import Outcome, decide

_NOT_CREDITED = (PointVerdict.MISSING, PointVerdict.UNSURE)


@dataclass(frozen=True, slots=True)
class PointDecision:
    """What an educator says of one point.

    Attributes
    ----------
    quote
        The learner's words that show or contradict it; without, those that the grade had found, or else the
        whole answer.
    """

    number: int
    verdict: PointVerdict
    quote: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Ruled:
    """One point as the educator leaves it."""

    point: RubricPoint
    verdict: PointVerdict
    automatic: str
    span: AnswerSpan | None
    is_carried: bool
    reason: str

    @property
    def judgement(self) -> PointJudgement:
        is_shown = self.verdict == PointVerdict.SHOWN
        return PointJudgement(str(self.point.pk), self.verdict, float(is_shown), self.span, self.reason)


@transaction.atomic
def decide_dispute(
    dispute: Dispute,
    *,
    author: User,
    outcome: Ruling.Outcome,
    points: Sequence[PointDecision] = (),
    reason: str,
    now: datetime,
) -> Ruling:
    """Uphold a disputed grade, or change it in the points that are named."""
    if outcome == Ruling.Outcome.UPHELD and points:
        raise RulingNotPossible("it upholds the grade and names points; change the grade in these instead")
    ruling = rule(dispute.attempt, author=author, points=points, reason=reason, now=now, dispute=dispute)
    if ruling.outcome != outcome:
        raise RulingNotPossible("it changes no point; uphold the grade instead")
    return ruling


@transaction.atomic
def rule(
    attempt: Attempt,
    *,
    author: User,
    points: Sequence[PointDecision],
    reason: str,
    now: datetime,
    dispute: Dispute | None = None,
) -> Ruling:
    """Record an educator's decision on a grade, and correct the belief where it changes what was shown.

    Points that are not named stay as they stand. An open dispute of the attempt is decided with it.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    enrolment = attempt.lesson.enrolment
    if not Enrolment.objects.taught_by(author).filter(pk=enrolment.pk).exists():
        raise OverrideNotAllowed
    if not reason.strip():
        raise OverrideNeedsReason
    _check_open(attempt, dispute=dispute)
    dispute = Dispute.objects.filter(attempt=attempt, ruling=None).first()
    standing = _standing(attempt)
    ruled = _ruled(attempt, decisions=points, standing=standing)
    is_changed = any(one.verdict != _standing_verdict(standing, one.point) for one in ruled)
    outcome = decide([one.judgement for one in ruled], is_final=True)
    recorded = _believe(attempt, ruled, outcome, author=author, reason=reason, now=now, is_changed=is_changed)
    ruling = Ruling.objects.create(
        attempt=attempt,
        dispute=dispute,
        author=author,
        outcome=Ruling.Outcome.CHANGED if is_changed else Ruling.Outcome.UPHELD,
        reason=reason.strip(),
        verdict=outcome.verdict.value,
        score=outcome.score,
        belief_before=recorded.before.p if recorded else None,
        belief_after=recorded.after.p if recorded else None,
    )
    rows = RuledPoint.objects.bulk_create(_row(ruling, one) for one in ruled)
    overrule(attempt, rows, now=now)
    note_misconceptions(attempt, rows, now=now)
    review_switch(attempt.lesson.concept)
    return ruling


def _check_open(attempt: Attempt, *, dispute: Dispute | None) -> None:
    if dispute and Ruling.objects.filter(dispute=dispute).exists():
        raise DisputeDecided
    if attempt.verdict == Attempt.Verdict.PENDING:
        raise RulingNotPossible("the answer is not graded yet")
    if Attempt.objects.filter(follow_up_of=attempt).exists():
        raise RulingNotPossible("the answer to its follow-up question decided it; decide on that one")


def _standing(attempt: Attempt) -> dict[str, PointJudgement]:
    """What counts of each point until now: the last decision, else the automatic grade."""
    last = attempt.ruling
    if last is None:
        return {one.point_id: one for one in judgements_of(attempt)}
    return {
        str(row.point_id): PointJudgement(
            str(row.point_id),
            PointVerdict(row.verdict),
            float(row.verdict == PointVerdict.SHOWN),
            AnswerSpan(row.start, row.end, row.quote)
            if row.start is not None and row.end is not None
            else None,
            row.reason,
        )
        for row in last.points.all()
    }


def _standing_verdict(standing: Mapping[str, PointJudgement], point: RubricPoint) -> PointVerdict:
    """Unsure is decided as missing: nobody is asked for ever."""
    known = standing.get(str(point.pk))
    if known is None or known.verdict in _NOT_CREDITED:
        return PointVerdict.MISSING
    return known.verdict


def _ruled(
    attempt: Attempt, *, decisions: Sequence[PointDecision], standing: Mapping[str, PointJudgement]
) -> list[_Ruled]:
    points = {point.ordinal: point for point in attempt.lesson.points.all()}
    decided = {decision.number: decision for decision in decisions}
    unknown = sorted(set(decided) - set(points))
    if unknown:
        raise RulingNotPossible(f"there is no point {unknown[0]}; they go from 1 to {len(points)}")
    automatic = {one.point_id: one for one in judgements_of(attempt)}
    return [
        _ruled_point(
            attempt, point, decided.get(number), standing=standing, automatic=automatic.get(str(point.pk))
        )
        for number, point in points.items()
    ]


def _ruled_point(
    attempt: Attempt,
    point: RubricPoint,
    decision: PointDecision | None,
    *,
    standing: Mapping[str, PointJudgement],
    automatic: PointJudgement | None,
) -> _Ruled:
    known = standing.get(str(point.pk))
    verdict = decision.verdict if decision else _standing_verdict(standing, point)
    if verdict == PointVerdict.UNSURE:
        raise RulingNotPossible("a decision says of each point whether it is shown, missing or contradicted")
    span, answer = _span(attempt, decision, verdict=verdict, known=known)
    return _Ruled(
        point=point,
        verdict=verdict,
        automatic=automatic.verdict.value if automatic else "",
        span=span,
        is_carried=span is not None and answer.pk != attempt.pk,
        reason=decision.reason.strip() if decision else "",
    )


def _span(
    attempt: Attempt,
    decision: PointDecision | None,
    *,
    verdict: PointVerdict,
    known: PointJudgement | None,
) -> tuple[AnswerSpan | None, Attempt]:
    """The learner's words that bear the decision, and the answer that they stand in."""
    if verdict == PointVerdict.MISSING:
        return None, attempt
    answers = [attempt, attempt.follow_up_of] if attempt.follow_up_of else [attempt]
    if decision and decision.quote.strip():
        return _located(decision.quote, answers=answers)
    if known and known.span:
        span = known.span
        for answer in answers:
            if answer.answer[span.start : span.end] == span.quote:
                return span, answer
    whole = attempt.answer.strip()
    if not whole:
        raise RulingNotPossible("the answer is empty, so nothing in it shows or contradicts a point")
    return _located(whole, answers=answers)


def _located(quote: str, *, answers: Sequence[Attempt]) -> tuple[AnswerSpan, Attempt]:
    for answer in answers:
        found = locate_quote(answer.answer, quote)
        if found:
            start, end = found
            return AnswerSpan(start, end, answer.answer[start:end]), answer
    raise RulingNotPossible(f"the words “{quote.strip()[:80]}” do not stand in the answer")


def _believe(
    attempt: Attempt,
    ruled: Sequence[_Ruled],
    outcome: Outcome,
    *,
    author: User,
    reason: str,
    now: datetime,
    is_changed: bool,
) -> Recorded | None:
    """Correct the event of the attempt, or record the first one where the grade had left none."""
    rubric = [_rubric_row(one) for one in ruled]
    event = MasteryEvent.objects.filter(attempt_id=attempt.pk, corrects=None).first()
    if event is not None:
        if not is_changed:
            return None
        return correct_event(event, score=outcome.score, rubric=rubric, author=author, reason=reason, now=now)
    if attempt.refusal and not is_changed:
        return None
    lesson = attempt.lesson
    return record_event(
        lesson.enrolment,
        concept=lesson.concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=outcome.score,
        occurred_at=attempt.graded_at or attempt.created_at,
        grader=OVERRIDE_GRADER,
        attempt_id=attempt.pk,
        rubric=rubric,
        hashes={**hashes_of_lesson(lesson), "answer": digest_of_words(attempt.answer)},
        author=author,
        reason=reason.strip(),
    )


def _rubric_row(one: _Ruled) -> dict[str, Any]:
    return {
        "point": str(one.point.pk),
        "verdict": one.verdict.value,
        "probability": one.judgement.probability,
        "span": one.span.quote if one.span else "",
    }


def _row(ruling: Ruling, one: _Ruled) -> RuledPoint:
    return RuledPoint(
        id=uuid.uuid4(),
        ruling=ruling,
        point=one.point,
        verdict=one.verdict.value,
        automatic=one.automatic,
        start=one.span.start if one.span else None,
        end=one.span.end if one.span else None,
        quote=one.span.quote if one.span else "",
        reason=one.reason[:300],
        is_carried=one.is_carried,
    )
