"""Proves that a rubric can be earned: by what the lesson taught, and by answering the question alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutor.asking import compose_question, sentences_asked_for
from tutor.ports import (
    DraftPoint,
    DraftSentence,
    Grader,
    GradingTask,
    PointToGrade,
    PointVerdict,
    RubricDraft,
    RubricTask,
)
from tutor.rubric_floor import PointRefusal, check_points
from vectorstore.ports import Embedder
from vectorstore.words import stems

Dropped = tuple[DraftPoint, PointRefusal]


@dataclass(frozen=True, slots=True)
class ProvenPoint:
    """A point that stays, and the sentence of the lesson that it rests on."""

    draft: DraftPoint
    sentence: DraftSentence


@dataclass(frozen=True, slots=True)
class ProvenRubric:
    """The question that asks for the points that stay, and why the others did not."""

    question: str
    points: tuple[ProvenPoint, ...]
    dropped: tuple[Dropped, ...]


def prove_rubric(
    draft: RubricDraft, *, task: RubricTask, texts: Mapping[str, str], grader: Grader, embedder: Embedder
) -> ProvenRubric:
    """Keep the points that are proven, taught, asked for and earned; put the question together from them.

    A point that goes takes its part of the question with it. The question that is left is another one, so
    everything is proven anew until nothing more goes.

    Parameters
    ----------
    task
        Its sentences are the lesson as it passed the floor.
    grader
        The one that will grade the learners.
    """
    points, dropped = list(draft.points), list[Dropped]()
    while points:
        kept, refused = check_points(points, task=task, texts=texts, embedder=embedder)
        untaught = [(one, PointRefusal.NOT_TAUGHT) for one in kept if rests_on(one, task.sentences) is None]
        kept = [one for one in kept if rests_on(one, task.sentences) is not None]
        kept, unearned = earnable(kept, task=task, grader=grader, embedder=embedder)
        dropped += [*refused, *untaught, *unearned]
        if kept == points:
            break
        points = kept
    proven = [
        ProvenPoint(one, sentence)
        for one in points
        if (sentence := rests_on(one, task.sentences)) is not None
    ]
    return ProvenRubric(compose_question(points, concept=task.concept), tuple(proven), tuple(dropped))


def rests_on(point: DraftPoint, sentences: Sequence[DraftSentence]) -> DraftSentence | None:
    """Return the lesson's sentence that cites what a point stands in; of several the nearest in words."""
    idea = set(stems(point.text))
    shared = [
        (_shared(point, one), len(idea & set(stems(one.text))), -at) for at, one in enumerate(sentences)
    ]
    best = max(shared, default=(0, 0, 0))
    return sentences[-best[2]] if best[0] else None


def earnable(
    points: Sequence[DraftPoint], *, task: RubricTask, grader: Grader, embedder: Embedder
) -> tuple[list[DraftPoint], list[Dropped]]:
    """Keep the points that two answers earn: the whole lesson, and only what the question asks for.

    Both are made of the lesson's cited sentences; for the second these are looked up from the question. The
    copy rule does not apply here: the answers are copies on purpose. A lesson that is left without points
    must not be published, for nobody could pass it.
    """
    question = compose_question(points, concept=task.concept)
    taught = [one for one in task.sentences if not one.is_connective and not one.is_code]
    asked = sentences_asked_for(
        points,
        names=task.names,
        definition=task.definition.quote if task.definition else "",
        sentences=task.sentences,
        embedder=embedder,
    )
    background = task.background
    by_lesson = _shown(points, question=question, answer=_said(taught), grader=grader, background=background)
    by_question = by_lesson
    if asked != taught:
        by_question = _shown(
            points, question=question, answer=_said(asked), grader=grader, background=background
        )
    kept, dropped = [], []
    for at, point in enumerate(points):
        if at not in by_lesson:
            dropped.append((point, PointRefusal.NOT_EARNABLE))
        elif at not in by_question:
            dropped.append((point, PointRefusal.NOT_ASKED_FOR))
        else:
            kept.append(point)
    return kept, dropped


def is_taught(
    point: DraftPoint,
    *,
    question: str,
    sentences: Sequence[DraftSentence],
    grader: Grader,
    background: Sequence[str] = (),
) -> bool:
    """Say whether an answer made of a lesson's sentences earns a point, asked for or not."""
    taught = [one for one in sentences if not one.is_connective and not one.is_code]
    shown = _shown([point], question=question, answer=_said(taught), grader=grader, background=background)
    return bool(shown)


def _shared(point: DraftPoint, sentence: DraftSentence) -> int:
    """How many characters of a point's span a sentence cites."""
    if sentence.is_connective or sentence.is_code:
        return 0
    mine = point.span
    return sum(
        max(0, min(span.end, mine.end) - max(span.start, mine.start))
        for span in sentence.spans
        if span.passage_id == mine.passage_id
    )


def _said(sentences: Sequence[DraftSentence]) -> str:
    return " ".join(sentence.text for sentence in sentences)


def _shown(
    points: Sequence[DraftPoint], *, question: str, answer: str, grader: Grader, background: Sequence[str]
) -> set[int]:
    if not points or not answer.strip():
        return set()
    task = GradingTask(
        question=question,
        points=tuple(PointToGrade(str(at), point.text) for at, point in enumerate(points)),
        answer=answer,
        background=tuple(background),
    )
    return {int(one.point_id) for one in grader.grade(task) if one.verdict == PointVerdict.SHOWN}
