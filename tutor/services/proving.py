"""Has an engine write a lesson and its rubric, and keeps what is proven."""

from __future__ import annotations

from dataclasses import dataclass

from config import wiring
from jobs.services import JobRun
from tutor.earning import ProvenRubric, prove_rubric
from tutor.errors import NotEnoughToTeach, NothingElseToTell, NothingToAskAbout
from tutor.ports import DraftSentence, EngineParts, LessonDraft, LessonTask, Level, RubricTask
from tutor.repeating import without_repeats
from tutor.services.retrieving import Material
from tutor.support import CheckedLesson, check_lesson

FEWEST_SENTENCES = 2


@dataclass(frozen=True, slots=True)
class ProvenLesson:
    """A lesson and its rubric after every check, ready to be stored."""

    draft: LessonDraft
    checked: CheckedLesson
    rubric: ProvenRubric
    level: Level
    parts: EngineParts


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
    checked = _told_differently(checked, task)
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
    return ProvenLesson(draft, CheckedLesson(kept, checked.dropped), rubric, task.level, parts)


def _told_differently(checked: CheckedLesson, task: LessonTask) -> CheckedLesson:
    """Without what the learner has read; where the sources hold no more, that is said or told again."""
    if not task.seen:
        return checked
    fresh = without_repeats(checked, seen=task.seen, most=task.may_repeat, definition=task.definition)
    if sum(not row.draft.is_connective for row in fresh.kept) >= FEWEST_SENTENCES:
        return fresh
    if task.must_differ:
        raise NothingElseToTell(task.concept)
    return checked


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
