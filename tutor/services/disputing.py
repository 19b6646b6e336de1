"""Takes a learner's objection to a grade and has the answer looked at once more, by someone else."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django.db import transaction

from jobs.services import JobRun, enqueue
from tutor.errors import DisputedAlready, DisputeNotPossible
from tutor.models import Attempt, Dispute, Regrade, RegradedPoint
from tutor.ports import Doubt, Grader, PointJudgement
from tutor.regrading import agree
from tutor.services.engines import independent_grader, second_look
from tutor.services.judging import Judged, judge, judgements_of
from tutor.services.leaning import course_leaning

KIND = "regrade_attempt"
FLOOR = "floor"


@transaction.atomic
def raise_dispute(attempt: Attempt, *, reason: str) -> Dispute:
    """Take an objection and queue the second look; the same words sent again are the same objection."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    known = Dispute.objects.filter(attempt=attempt).select_related("job").first()
    if known is not None:
        if known.reason == reason.strip():
            return known
        raise DisputedAlready
    _check_disputable(attempt)
    pk = uuid.uuid4()
    learner = attempt.lesson.enrolment.learner
    params = {"dispute": str(pk), "reason": hashlib.sha256(reason.encode()).hexdigest()}
    job = enqueue(KIND, params=params, created_by=learner, idempotency_key=f"dispute:{attempt.pk}")
    return Dispute.objects.create(pk=pk, attempt=attempt, reason=reason.strip(), job=job)


def run_regrade_attempt(run: JobRun) -> dict[str, Any]:
    """Job handler: param ``dispute``; leaves one second look, however often it is begun."""
    attempt = Attempt.objects.get(dispute=run.params["dispute"])
    return regrade_attempt(run, grader=independent_grader(attempt.engine), doubt=second_look())


def regrade_attempt(run: JobRun, *, grader: Grader, doubt: Doubt) -> dict[str, Any]:
    """Look again at the disputed answer outside the database, then write all of it or nothing."""
    dispute = Dispute.objects.select_related(
        "attempt__lesson__concept", "attempt__follow_up_of__lesson__concept"
    ).get(pk=run.params["dispute"])
    found = Regrade.objects.filter(dispute=dispute).first()
    if found is None:
        run.stage("regrading", total=1, message="Looking at your words again")
        judged = _judge_anew(dispute.attempt, grader=grader, doubt=doubt)
        with run.transaction():
            found = _store(dispute, judged, grader=grader)
    return {"dispute": str(dispute.pk), "attempt": str(dispute.attempt_id), "agrees": found.agrees}


def _judge_anew(attempt: Attempt, *, grader: Grader, doubt: Doubt) -> Judged:
    """Judge the answer, and before it the one that it follows up, as if nobody had judged them."""
    carried: list[PointJudgement] = []
    if attempt.follow_up_of:
        carried = _judge_anew(attempt.follow_up_of, grader=grader, doubt=doubt).judgements
    leaning = course_leaning(attempt.lesson.enrolment.subject)
    return judge(attempt, grader=grader, doubt=doubt, carried=carried, leaning=leaning)


def _check_disputable(attempt: Attempt) -> None:
    if attempt.verdict == Attempt.Verdict.PENDING:
        raise DisputeNotPossible("it is not graded yet")
    if attempt.verdict == Attempt.Verdict.CANNOT_TELL:
        raise DisputeNotPossible("nothing is decided until the follow-up question is answered")
    if attempt.verdict == Attempt.Verdict.WAITING and not attempt.ruling:
        raise DisputeNotPossible("your teacher will look at it anyway")
    if attempt.ruling:
        raise DisputeNotPossible("your teacher has decided it already; talk to them")


def _store(dispute: Dispute, judged: Judged, *, grader: Grader) -> Regrade:
    attempt = dispute.attempt
    if not judged.judgements:
        return Regrade.objects.create(
            dispute=dispute,
            means=Regrade.Means.RULE,
            agrees=attempt.refusal == judged.refusal,
            verdict=Attempt.Verdict.NOT_YET,
            engine=FLOOR,
        )
    outcome = judged.outcome(is_final=True)
    is_other = grader.engine != attempt.engine
    regrade = Regrade.objects.create(
        dispute=dispute,
        means=Regrade.Means.OTHER_ENGINE if is_other else Regrade.Means.SAME_ENGINE,
        agrees=agree(judgements_of(attempt), judged.judgements),
        verdict=outcome.verdict.value,
        score=outcome.score,
        engine=grader.engine,
        engine_version=grader.version[:80],
        prompt_hash=grader.prompt_hash,
    )
    RegradedPoint.objects.bulk_create(_point(regrade, one, judged=judged) for one in judged.judgements)
    return regrade


def _point(regrade: Regrade, one: PointJudgement, *, judged: Judged) -> RegradedPoint:
    return RegradedPoint(
        regrade=regrade,
        point_id=uuid.UUID(one.point_id),
        verdict=one.verdict.value,
        probability=one.probability,
        start=one.span.start if one.span else None,
        end=one.span.end if one.span else None,
        quote=one.span.quote if one.span else "",
        reason=one.reason[:300],
        is_carried=one in judged.carried,
    )
