"""Takes explanations, has them graded, and records exactly one event for each that is decided."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from jobs.services import JobRun, enqueue
from mastery.models import MasteryEvent
from mastery.services.recording import Recorded, record_event
from tutor.errors import FollowUpNotAsked
from tutor.feedback import feedback_on, follow_up_question, left_to_the_teacher, refused
from tutor.models import Attempt, GradingSwitch, Lesson, PointCredit
from tutor.ports import Doubt, Grader, PointJudgement
from tutor.screening import Refusal
from tutor.services.agreeing import switched_off
from tutor.services.engines import engine_parts, second_look
from tutor.services.judging import Judged, judge, judgements_of
from tutor.services.leaning import course_leaning
from tutor.services.misconceiving import note_misconceptions
from tutor.services.provenance import digest_of_words, hashes_of_grader, hashes_of_lesson
from tutor.verdict import Outcome, Verdict

KIND = "grade_attempt"
_ATTEMPTS = uuid.UUID("7d0a3a52-6f0e-4b1c-9a57-0f6f3f0b9b52")


@dataclass(frozen=True, slots=True)
class Graded:
    """A judged answer, what it comes to, and by whom."""

    judged: Judged
    outcome: Outcome
    grader: Grader

    @property
    def judgements(self) -> list[PointJudgement]:
        """One for each point of the rubric."""
        return self.judged.judgements


@transaction.atomic
def submit_attempt(
    lesson: Lesson, *, answer: str, follow_up_of: Attempt | None = None, idempotency_key: str = ""
) -> Attempt:
    """Take an explanation and queue its grading; the same words handed in twice at once are one attempt."""
    lesson = Lesson.objects.select_for_update().select_related("enrolment__learner").get(pk=lesson.pk)
    learner = lesson.enrolment.learner
    key = idempotency_key or _natural_key(lesson, answer=answer, follow_up_of=follow_up_of)
    pk = uuid.uuid5(_ATTEMPTS, f"{learner.pk}:{key}")
    known = Attempt.objects.filter(pk=pk).first()
    if known is None and follow_up_of is not None:
        # An educator's decision takes the same lock, so only one of the two can come first.
        _check_follow_up(Attempt.objects.select_for_update().get(pk=follow_up_of.pk), lesson=lesson)
    params = {
        "attempt": str(pk),
        "lesson": str(lesson.pk),
        "answer": digest_of_words(answer),
        "follow_up_of": str(follow_up_of.pk) if follow_up_of else "",
    }
    job = enqueue(KIND, params=params, created_by=learner, idempotency_key=key)
    if known is not None:
        return known
    return Attempt.objects.create(pk=pk, lesson=lesson, answer=answer, follow_up_of=follow_up_of, job=job)


def run_grade_attempt(run: JobRun) -> dict[str, Any]:
    """Job handler: param ``attempt``; leaves one verdict and at most one event, however often it is begun."""
    return grade_attempt(run, grader=engine_parts().grader, doubt=second_look())


def grade_attempt(run: JobRun, *, grader: Grader, doubt: Doubt) -> dict[str, Any]:
    """Grade the job's attempt outside the database, then write all of it or nothing."""
    attempt = Attempt.objects.select_related(
        "lesson__enrolment__subject", "lesson__concept", "follow_up_of"
    ).get(pk=run.params["attempt"])
    if attempt.verdict == Attempt.Verdict.PENDING:
        run.stage("grading", total=1, message="Reading your words")
        _grade(attempt, run, grader=grader, doubt=doubt)
    return {"attempt": str(attempt.pk), "verdict": attempt.verdict}


def _grade(attempt: Attempt, run: JobRun, *, grader: Grader, doubt: Doubt) -> None:
    carried = judgements_of(attempt.follow_up_of) if attempt.follow_up_of else []
    leaning = course_leaning(attempt.lesson.enrolment.subject)
    judged = judge(attempt, grader=grader, doubt=doubt, carried=carried, leaning=leaning)
    if not judged.judgements and judged.refusal:
        with run.transaction():
            _store_refusal(attempt, judged.refusal, run)
        return
    attempt.refusal = judged.refusal.value if judged.refusal else ""
    outcome = judged.outcome(is_final=attempt.follow_up_of is not None)
    with run.transaction():
        _store(attempt, Graded(judged, outcome, grader), run=run)


def _store_refusal(attempt: Attempt, refusal: Refusal, run: JobRun) -> None:
    """An answer that could not be graded tells nothing about the learner: no event."""
    attempt.verdict = Attempt.Verdict.NOT_YET
    attempt.refusal = refusal.value
    attempt.feedback = refused(refusal)
    attempt.engine = "floor"
    attempt.graded_at = run.now()
    _save_if_pending(attempt)


def _store(attempt: Attempt, graded: Graded, *, run: JobRun) -> None:
    hints = {str(point.pk): point.hint for point in attempt.lesson.points.all()}
    outcome = graded.outcome
    attempt.engine, attempt.engine_version = graded.grader.engine, graded.grader.version[:80]
    attempt.graded_at = run.now()
    switch = switched_off(attempt.lesson.concept)
    if switch:
        _leave_to_the_teacher(attempt, graded, switch=switch)
        return
    attempt.verdict = outcome.verdict.value
    attempt.score = outcome.score
    attempt.feedback = feedback_on(outcome, graded.judgements, hints=hints, tries=_tries(attempt))
    if outcome.verdict == Verdict.CANNOT_TELL:
        attempt.follow_up_question = follow_up_question(hints.get(outcome.ask_about, ""))
    if not _save_if_pending(attempt):
        return
    credits = PointCredit.objects.bulk_create(_credits(attempt, graded))
    if outcome.verdict != Verdict.CANNOT_TELL:
        note_misconceptions(attempt, credits, now=attempt.graded_at)
        recorded = _record(attempt, graded)
        attempt.belief_before, attempt.belief_after = recorded.before.p, recorded.after.p
        attempt.save(update_fields=["belief_before", "belief_after"])


def _leave_to_the_teacher(attempt: Attempt, graded: Graded, *, switch: GradingSwitch) -> None:
    """Keep what the engine says only to compare it later: nobody sees it, and no belief changes."""
    attempt.verdict = Attempt.Verdict.WAITING
    attempt.feedback = left_to_the_teacher(attempt.lesson.concept.name, is_by_rule=switch.is_by_rule)
    if _save_if_pending(attempt):
        PointCredit.objects.bulk_create(_credits(attempt, graded))


def _save_if_pending(attempt: Attempt) -> bool:
    """Write the verdict unless someone did already: whoever comes second changes nothing."""
    fields = ("verdict", "score", "refusal", "feedback", "engine", "engine_version", "graded_at")
    changes = {name: getattr(attempt, name) for name in (*fields, "follow_up_question")}
    pending = Attempt.objects.filter(pk=attempt.pk, verdict=Attempt.Verdict.PENDING)
    return bool(pending.update(**changes))


def _credits(attempt: Attempt, graded: Graded) -> list[PointCredit]:
    return [
        PointCredit(
            attempt=attempt,
            point_id=uuid.UUID(one.point_id),
            verdict=one.verdict.value,
            probability=one.probability,
            start=one.span.start if one.span else None,
            end=one.span.end if one.span else None,
            quote=one.span.quote if one.span else "",
            reason=one.reason[:300],
            is_carried=one in graded.judged.carried,
        )
        for one in graded.judgements
    ]


def _record(attempt: Attempt, graded: Graded) -> Recorded:
    lesson = attempt.lesson
    assert attempt.graded_at is not None
    return record_event(
        lesson.enrolment,
        concept=lesson.concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=graded.outcome.score,
        certainty=graded.outcome.certainty,
        occurred_at=attempt.graded_at,
        grader=graded.grader.engine,
        grader_version=graded.grader.version[:80],
        attempt_id=attempt.pk,
        rubric=[
            {
                "point": one.point_id,
                "verdict": one.verdict.value,
                "probability": round(one.probability, 4),
                "span": one.span.quote if one.span else "",
            }
            for one in graded.judgements
        ],
        hashes={
            **hashes_of_lesson(lesson),
            **hashes_of_grader(graded.grader),
            "leaning": str(graded.judged.leaning),
            "answer": digest_of_words(attempt.answer),
        },
    )


def _check_follow_up(earlier: Attempt, *, lesson: Lesson) -> None:
    if earlier.lesson_id != lesson.pk:
        raise FollowUpNotAsked("that attempt was on another lesson")
    if earlier.verdict != Attempt.Verdict.CANNOT_TELL:
        raise FollowUpNotAsked("no question is open after that attempt")
    if Attempt.objects.filter(follow_up_of=earlier).exists():
        raise FollowUpNotAsked("the question was answered already")
    if earlier.ruling:
        raise FollowUpNotAsked("your teacher has decided it")


def _natural_key(lesson: Lesson, *, answer: str, follow_up_of: Attempt | None) -> str:
    """The same words before anything new was graded are the same attempt: a double click, a resent form."""
    graded = lesson.attempts.exclude(verdict=Attempt.Verdict.PENDING).count()
    earlier = follow_up_of.pk if follow_up_of else ""
    return f"{lesson.pk}:{earlier}:{graded}:{digest_of_words(answer)[:32]}"


def _tries(attempt: Attempt) -> int:
    """Which explanation of this lesson it is, from 1; follow-ups and refused ones are not counted."""
    first = attempt.follow_up_of or attempt
    earlier = first.lesson.attempts.filter(follow_up_of=None, refusal="", created_at__lt=first.created_at)
    return earlier.count() + 1
