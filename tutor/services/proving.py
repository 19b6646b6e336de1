"""Has an engine write a lesson and its rubric, and keeps what is proven."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from config import wiring
from jobs.services import JobRun
from llm.errors import ModelError
from tutor.earning import ProvenRubric, prove_rubric
from tutor.errors import NotEnoughToTeach, NothingElseToTell, NothingToAskAbout
from tutor.ports import (
    DraftSentence,
    EngineParts,
    LessonDraft,
    LessonTask,
    LessonWriter,
    Level,
    RefusedSentence,
    RubricTask,
)
from tutor.repeating import without_repeats
from tutor.services.retrieving import Material
from tutor.support import CheckedLesson, SentenceRefusal, check_lesson

FEWEST_SENTENCES = 2
# Nothing was cited that could be said better.
_NOT_TO_BE_MENDED = frozenset(
    {
        SentenceRefusal.NO_CITATION,
        SentenceRefusal.UNKNOWN_PASSAGE,
        SentenceRefusal.QUOTE_NOT_FOUND,
        SentenceRefusal.CONNECTIVE_SAYS_SOMETHING,
        SentenceRefusal.REPEATED,
    }
)


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
    checked = _checked(draft.sentences, material)
    if checked.dropped:
        checked = _mended(draft, checked, material, writer=parts.lessons)
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


def _checked(sentences: Iterable[DraftSentence], material: Material) -> CheckedLesson:
    task = material.task
    return check_lesson(
        sentences,
        texts=material.texts,
        names=[*task.names, *(note.name for note in task.prerequisites)],
        embedder=wiring.embedder(),
    )


def _mended(
    draft: LessonDraft, checked: CheckedLesson, material: Material, *, writer: LessonWriter
) -> CheckedLesson:
    """The lesson with its refused sentences written anew, once; each is checked like the first.

    A model that fails now has written a lesson before: what of that is proven stays, and the record of the
    call tells of the failure.
    """
    refused = [
        RefusedSentence(one, code.value) for one, code in checked.dropped if code not in _NOT_TO_BE_MENDED
    ]
    if not refused:
        return checked
    try:
        others = writer.rewrite(material.task, refused)
    except ModelError:
        return checked
    instead = {old.draft: new for old, new in zip(refused, others, strict=True) if new is not None}
    if not instead:
        return checked
    return _checked([instead.get(one, one) for one in draft.sentences], material)


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
        background=material.background,
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
