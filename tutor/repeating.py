"""How far a lesson tells again what an earlier one on the same concept told."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from research.spans import Span
from tutor.ports import DraftSentence
from tutor.rubric_floor import stands_at
from tutor.support import CheckedLesson, Support, fold
from vectorstore.words import stems

# Of the earlier lesson's sentences so many may come again: in practice what the thing is.
MOST_REPEATED = 0.2
SAME_SENTENCE = 0.8


def may_repeat(sentences: int) -> int:
    """Return how many of an earlier lesson's ``sentences`` may come again in the next.

    Examples
    --------
    >>> [may_repeat(count) for count in (4, 5, 9, 10)]
    [0, 1, 1, 2]
    """
    return int(MOST_REPEATED * sentences + 1e-9)


def is_told(text: str, seen: Collection[str]) -> bool:
    """Say whether one of ``seen`` is the same sentence, or made of nearly the same words."""
    mine = set(stems(text))
    for other in seen:
        theirs = set(stems(other))
        if fold(text) == fold(other):
            return True
        if mine and len(mine & theirs) >= SAME_SENTENCE * len(mine | theirs):
            return True
    return False


def repeated_share(now: Sequence[str], before: Sequence[str]) -> float:
    """Return the share of the earlier lesson's sentences that the later one tells again, 0..1."""
    return sum(is_told(text, now) for text in before) / len(before) if before else 0.0


def without_repeats(
    checked: CheckedLesson, *, seen: Collection[str], most: int, definition: Span | None
) -> CheckedLesson:
    """Leave out what was told before, but for at most ``most`` sentences; what the thing is stays first.

    It was not refused for want of support, so it does not count against the lesson.
    """
    told = [
        row for row in checked.kept if row.support != Support.CONNECTIVE and is_told(row.draft.text, seen)
    ]
    told.sort(key=lambda row: not _defines(row.draft, definition))
    left_out = {row.draft for row in told[most:]}
    kept = tuple(row for row in checked.kept if row.draft not in left_out)
    return CheckedLesson(kept, checked.dropped)


def _defines(draft: DraftSentence, definition: Span | None) -> bool:
    return any(stands_at(span, definition) for span in draft.spans)
