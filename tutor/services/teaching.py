"""Prepares lessons: retrieved, written, checked against the sources, and proven earnable."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils import timezone

from concepts.models import Concept, Subject
from config import wiring
from jobs.models import Job
from jobs.services import JobRun, enqueue
from mastery.models import Enrolment
from tutor.earning import ProvenRubric, prove_rubric
from tutor.errors import ConceptNotTaught, NotEnoughToTeach, NothingNext, NothingToAskAbout, SubjectClosed
from tutor.models import Citation, Lesson, LessonSentence, RubricPoint
from tutor.ports import DraftSentence, EngineParts, LessonDraft, RubricTask
from tutor.services.choosing import decide
from tutor.services.engines import engine_parts
from tutor.services.retrieving import Material, gather_material
from tutor.support import CheckedLesson, check_lesson

KIND = "prepare_lesson"
FEWEST_SENTENCES = 2


@dataclass(frozen=True, slots=True)
class ProvenLesson:
    """A lesson and its rubric after every check, ready to be stored."""

    draft: LessonDraft
    checked: CheckedLesson
    rubric: ProvenRubric
    parts: EngineParts


def request_lesson(enrolment: Enrolment, *, concept: Concept | None = None, idempotency_key: str = "") -> Job:
    """Queue a lesson on ``concept``, or on what comes next; one that is being prepared is not doubled."""
    _check_open(enrolment)
    concept = concept or _next_concept(enrolment)
    if concept.subject_id != enrolment.subject_id or concept.status != Concept.Status.PUBLISHED:
        raise ConceptNotTaught(concept.name)
    params = {"enrolment": str(enrolment.pk), "concept": str(concept.pk)}
    if not idempotency_key:
        pending = Job.objects.filter(kind=KIND, params=params, created_by=enrolment.learner)
        running = pending.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
        if running:
            return running
    return enqueue(KIND, params=params, created_by=enrolment.learner, idempotency_key=idempotency_key)


def run_prepare_lesson(run: JobRun) -> dict[str, Any]:
    """Job handler: params ``enrolment`` and ``concept``; leaves one lesson, however often it is begun."""
    done = Lesson.objects.filter(job_id=run.job_id).first()
    if done:
        return {"lesson": str(done.pk)}
    enrolment = Enrolment.objects.select_related("subject__library", "learner").get(
        pk=run.params["enrolment"]
    )
    _check_open(enrolment)
    concept = Concept.objects.select_related("subject__library").get(pk=run.params["concept"])
    run.stage("reading", total=4, message="Looking in the sources")
    material = gather_material(enrolment, concept=concept, now=run.now())
    run.advance("Writing the lesson")
    proven = prove(material, parts=engine_parts(), run=run)
    with run.transaction():
        lesson = _store(proven, enrolment=enrolment, concept=concept, job_id=run.job_id)
    return {"lesson": str(lesson.pk)}


def prove(material: Material, *, parts: EngineParts, run: JobRun | None = None) -> ProvenLesson:
    """Write a lesson and its rubric and keep what is proven; raise where too little is left."""
    task = material.task
    draft = parts.lessons.write(task)
    if run:
        run.advance("Checking every sentence against the sources")
    checked = check_lesson(
        draft.sentences,
        texts=material.texts,
        names=[task.concept, *task.aliases, *(note.name for note in task.prerequisites)],
        embedder=wiring.embedder(),
    )
    sentences = _without_idle_connectives([row.draft for row in checked.kept])
    claims = [one for one in sentences if not one.is_connective]
    if len(claims) < FEWEST_SENTENCES:
        told = (
            f"only {len(claims)} of its sentences can be proven"
            if claims
            else "no sentence on it can be proven"
        )
        raise NotEnoughToTeach(task.concept, missing=told)
    if run:
        run.advance("Writing the question and proving that it can be answered")
    rubric = _proven_rubric(material, sentences=sentences, parts=parts)
    kept = tuple(row for row in checked.kept if row.draft in sentences)
    return ProvenLesson(draft, CheckedLesson(kept, checked.dropped), rubric, parts)


def _proven_rubric(material: Material, *, sentences: list[DraftSentence], parts: EngineParts) -> ProvenRubric:
    lesson = material.task
    task = RubricTask(
        concept=lesson.concept,
        passages=lesson.passages,
        sentences=tuple(sentences),
        definition=lesson.definition,
        aliases=lesson.aliases,
        other_concepts=lesson.other_concepts,
        later_concepts=lesson.later_concepts,
    )
    rubric = prove_rubric(
        parts.rubrics.write(task),
        task=task,
        texts=material.texts,
        grader=parts.grader,
        embedder=wiring.embedder(),
    )
    if not rubric.points:
        raise NothingToAskAbout(task.concept, reasons=[refusal.value for _, refusal in rubric.dropped])
    return rubric


def _without_idle_connectives(sentences: list[DraftSentence]) -> list[DraftSentence]:
    """A connective that leads to nothing, because what followed was dropped, goes too."""
    told = {one.section for one in sentences if not one.is_connective}
    return [one for one in sentences if not one.is_connective or one.section in told]


def _store(proven: ProvenLesson, *, enrolment: Enrolment, concept: Concept, job_id: uuid.UUID) -> Lesson:
    earlier = Lesson.objects.filter(enrolment=enrolment, concept=concept)
    writer = proven.parts.lessons
    lesson = Lesson.objects.create(
        enrolment=enrolment,
        concept=concept,
        number=(earlier.aggregate(last=Max("number"))["last"] or 0) + 1,
        angle=proven.draft.angle,
        angle_note=proven.draft.angle_note[:300],
        question=proven.rubric.question,
        engine=writer.engine,
        engine_version=writer.version[:80],
        prompt_hash=writer.prompt_hash,
        coverage=proven.checked.coverage,
        dropped=len(proven.checked.dropped),
        content_hash=_content_hash(proven),
        job_id=job_id,
    )
    rows = _store_sentences(lesson, proven.checked)
    by_draft = {row.draft: stored for row, stored in zip(proven.checked.kept, rows, strict=True)}
    RubricPoint.objects.bulk_create(
        RubricPoint(
            lesson=lesson,
            ordinal=ordinal,
            sentence=by_draft[point.sentence],
            text=point.draft.text,
            asked=point.draft.asked,
            hint=point.draft.hint,
            passage_id=uuid.UUID(point.draft.span.passage_id),
            start=point.draft.span.start,
            end=point.draft.span.end,
            quote=point.draft.span.quote,
        )
        for ordinal, point in enumerate(proven.rubric.points, start=1)
    )
    return lesson


def _store_sentences(lesson: Lesson, checked: CheckedLesson) -> list[LessonSentence]:
    rows = [
        LessonSentence(
            lesson=lesson,
            ordinal=ordinal,
            section=row.draft.section.value,
            text=row.draft.text,
            is_code=row.draft.is_code,
            support=row.support.value,
            support_score=row.score,
        )
        for ordinal, row in enumerate(checked.kept, start=1)
    ]
    LessonSentence.objects.bulk_create(rows)
    Citation.objects.bulk_create(
        Citation(
            sentence=sentence,
            passage_id=uuid.UUID(span.passage_id),
            start=span.start,
            end=span.end,
            quote=span.quote,
        )
        for sentence, row in zip(rows, checked.kept, strict=True)
        for span in row.draft.spans
    )
    return rows


def _content_hash(proven: ProvenLesson) -> str:
    content = {
        "sentences": [row.draft.text for row in proven.checked.kept],
        "question": proven.rubric.question,
        "points": [point.draft.text for point in proven.rubric.points],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _check_open(enrolment: Enrolment) -> None:
    """A lesson quotes the library, so whoever may not read that gets none."""
    if not Subject.objects.visible_to(enrolment.learner).filter(pk=enrolment.subject_id).exists():
        raise SubjectClosed(enrolment.subject.name)


def _next_concept(enrolment: Enrolment) -> Concept:
    decision = decide(enrolment, now=timezone.now())
    if decision.concept is None:
        raise NothingNext(str(decision.record.get("reason", "There is nothing left to learn here.")))
    return decision.concept
