"""Prepares lessons: retrieved, written, checked against the sources, and proven earnable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils import timezone

from concepts.models import Concept, Subject
from concepts.services.homes import homes_of
from jobs.models import Job
from jobs.services import JobRun, enqueue
from mastery.models import Enrolment
from mastery.services.experimenting import record_assignment, treatment_of
from mastery.services.probing import note_lesson
from tutor.errors import ConceptNotTaught, NothingNext, SubjectClosed
from tutor.models import Lesson
from tutor.services.arms import styled
from tutor.services.choosing import decide
from tutor.services.engines import engine_parts
from tutor.services.misconceiving import to_retest, with_retests
from tutor.services.proving import prove
from tutor.services.retrieving import gather_material
from tutor.services.storing import store_lesson

KIND = "prepare_lesson"


def request_lesson(enrolment: Enrolment, *, concept: Concept | None = None, idempotency_key: str = "") -> Job:
    """Queue a lesson on ``concept``, or on what comes next; one that is being prepared is not doubled."""
    _check_open(enrolment)
    concept = concept or _next_concept(enrolment)
    if concept.subject_id != enrolment.subject_id or concept.status != Concept.Status.PUBLISHED:
        raise ConceptNotTaught(concept.name)
    return _queue(enrolment, concept, idempotency_key=idempotency_key)


def request_another(lesson: Lesson, *, idempotency_key: str = "") -> Job:
    """Queue another lesson on the same concept that starts elsewhere and repeats hardly anything."""
    _check_open(lesson.enrolment)
    if lesson.concept.status != Concept.Status.PUBLISHED:
        raise ConceptNotTaught(lesson.concept.name)
    return _queue(lesson.enrolment, lesson.concept, differs_from=lesson, idempotency_key=idempotency_key)


def _queue(
    enrolment: Enrolment, concept: Concept, *, idempotency_key: str, differs_from: Lesson | None = None
) -> Job:
    params = {"enrolment": str(enrolment.pk), "concept": str(concept.pk)}
    if differs_from:
        params["differs_from"] = str(differs_from.pk)
    if not idempotency_key:
        pending = Job.objects.filter(kind=KIND, params=params, created_by=enrolment.learner)
        running = pending.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
        if running:
            return running
    return enqueue(KIND, params=params, created_by=enrolment.learner, idempotency_key=idempotency_key)


def run_prepare_lesson(run: JobRun) -> dict[str, Any]:
    """Job handler: ``enrolment``, ``concept``, ``differs_from``; leaves one lesson, however often run."""
    done = Lesson.objects.filter(job_id=run.job_id).first()
    if done:
        return {"lesson": str(done.pk)}
    enrolment = Enrolment.objects.select_related("subject__library", "learner").get(
        pk=run.params["enrolment"]
    )
    _check_open(enrolment)
    # It may have been merged into another since the lesson was asked for.
    home = homes_of(enrolment.subject_id).of_concept(run.params["concept"])
    concept = Concept.objects.select_related("subject__library").get(pk=home)
    if concept.status != Concept.Status.PUBLISHED:
        raise ConceptNotTaught(concept.name)
    run.stage("reading", total=4, message="Looking in the sources")
    asked_of = run.params.get("differs_from")
    before = Lesson.objects.filter(pk=asked_of).first() if asked_of else None
    # A source that was replaced is taught anew, with sentences that may well be the same.
    must_differ = before is not None and not before.is_stale
    material = gather_material(enrolment, concept=concept, now=run.now(), must_differ=must_differ)
    treatment = treatment_of(enrolment, now=run.now())
    material = replace(material, task=styled(material.task, treatment.arm if treatment else None))
    run.advance("Writing the lesson")
    wrong = to_retest(enrolment, concept=concept)
    proven = with_retests(prove(material, parts=engine_parts(), run=run), wrong)
    with run.transaction():
        record_assignment(enrolment, treatment, now=run.now())
        note_lesson(enrolment, concept=concept, now=run.now())
        lesson = store_lesson(
            proven, enrolment=enrolment, concept=concept, job_id=run.job_id, differs_from=before, wrong=wrong
        )
    return {"lesson": str(lesson.pk)}


def _check_open(enrolment: Enrolment) -> None:
    """A lesson quotes the library, so whoever may not read that gets none."""
    if not Subject.objects.visible_to(enrolment.learner).filter(pk=enrolment.subject_id).exists():
        raise SubjectClosed(enrolment.subject.name)


def _next_concept(enrolment: Enrolment) -> Concept:
    decision = decide(enrolment, now=timezone.now())
    if decision.concept is None:
        raise NothingNext(str(decision.record.get("reason", "There is nothing left to learn here.")))
    return decision.concept
