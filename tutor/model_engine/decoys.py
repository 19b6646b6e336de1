"""Decoys: a statement that an answer certainly does not show, put among the points that a model judges.

A model that credits it does not read, or does what the answer tells it. That can be known without trusting
it, whatever it was told and in whatever language: a catch trial of psychophysics (Green and Swets 1966,
chapter 2), where "yes" to nothing at all shows that a listener guesses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from research.sentences import sentences
from tutor.ports import GradingTask, PointToGrade
from vectorstore.words import stems

DECOY_ID = "decoy"
# Of a decoy's words at most this share may stand in the answer, the rubric or the question.
MOST_SHARED = 0.34
FEWEST_STEMS, MOST_WORDS = 3, 40
# So many of the candidates that share fewest words are compared by meaning.
COMPARED = 8

# (a text, other texts) -> how alike each of these is to it, more is more.
Likeness = Callable[[str, Sequence[str]], Sequence[float]]

# For a course of one concept, or one in which everything has to do with everything.
ELSEWHERE = (
    "A loaf rises because yeast turns sugar into gas that the dough holds.",
    "The goalkeeper may touch the ball with the hands only inside the penalty area.",
    "Herring spawn in shallow bays in spring and return to the open sea afterwards.",
    "Felt is made by rubbing wet wool until its scaly fibres hook into each other.",
    "A sonnet has fourteen lines, and its argument often turns after the eighth.",
    "Bees dance to tell their sisters where flowers stand.",
    "A mortgage gives the bank the house if the loan is not repaid.",
    "Glaze turns to glass in the kiln and seals the pot.",
)


def with_decoy(points: Sequence[PointToGrade], *, task: GradingTask, decoy: str) -> tuple[PointToGrade, ...]:
    """Return ``points`` with ``decoy`` among them, in a place that question, answer and points decide.

    The same request has it in the same place, so that a grade can be repeated; who writes the answer does
    not know the points and cannot choose the place.

    Examples
    --------
    >>> task = GradingTask("What slows a sledge?", (PointToGrade("a", "Rubbing slows it."),), "Rubbing.")
    >>> sorted(point.id for point in with_decoy(task.points, task=task, decoy="Bees dance."))
    ['a', 'decoy']
    """
    told = "\n".join([task.question, task.answer, *(point.text for point in points)])
    place = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) % (len(points) + 1)
    return (*points[:place], PointToGrade(DECOY_ID, decoy), *points[place:])


def decoy_for(task: GradingTask, *, likeness: Likeness | None = None) -> str:
    """Return a statement of the same subject, or else of another, that the answer of ``task`` does not show.

    It shares few words with answer, question and rubric, and of those that share fewest it is the one whose
    meaning is least like answer and rubric.

    Parameters
    ----------
    likeness
        Compares meanings; without it words alone decide.

    Examples
    --------
    >>> points = (PointToGrade("a", "Bees dance."),)
    >>> task = GradingTask("What do bees do?", points, "They tell where flowers are.")
    >>> decoy_for(task) != "Bees dance to tell their sisters where flowers stand."
    True
    """
    spoken = set(stems(" ".join([task.answer, *task.matter])))
    candidates = _unlike(_statements(task.background), spoken) or _unlike(ELSEWHERE, spoken) or [*ELSEWHERE]
    if likeness is None or len(candidates) == 1:
        return candidates[0]
    rubric = " ".join(point.text for point in task.points)
    alike = zip(likeness(task.answer, candidates), likeness(rubric, candidates), strict=True)
    nearest = [max(pair) for pair in alike]
    return candidates[nearest.index(min(nearest))]


def _statements(texts: Sequence[str]) -> list[str]:
    """The first sentence of each text, where it says enough to be asked for."""
    firsts = [" ".join(next(iter(sentences(text)), "").split()) for text in texts]
    return [
        text for text in firsts if len(set(stems(text))) >= FEWEST_STEMS and len(text.split()) <= MOST_WORDS
    ]


def _unlike(texts: Sequence[str], spoken: set[str]) -> list[str]:
    """Those of ``texts`` of whose words fewest were spoken, fewest first."""
    shares = {text: len(spoken & set(stems(text))) / len(set(stems(text))) for text in texts}
    return sorted((text for text in shares if shares[text] <= MOST_SHARED), key=lambda text: shares[text])[
        :COMPARED
    ]
