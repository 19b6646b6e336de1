"""Cut an answer into stretches, so that the words which earned or cost a point can be marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of the answer, ``answer[start:end]``, that tell about one rubric point.

    Attributes
    ----------
    point
        The number of the point, from 1.
    is_right
        Whether they show the point, or contradict it.
    """

    start: int
    end: int
    point: int
    is_right: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the answer and the numbers of the points that it tells about (none: plain text)."""

    text: str
    shows: tuple[int, ...] = ()
    contradicts: tuple[int, ...] = ()


def mark_answer(answer: str, *, marks: Sequence[Mark]) -> tuple[Stretch, ...]:
    """Return the answer in stretches that begin and end where a mark does; together they are the answer.

    Parameters
    ----------
    marks
        May overlap. What lies outside the answer is cut off.

    Examples
    --------
    >>> for stretch in mark_answer("It is fast.", marks=[Mark(0, 5, 1), Mark(3, 10, 2)]):
    ...     print(repr(stretch.text), stretch.shows)
    'It ' (1,)
    'is' (1, 2)
    ' fast' (2,)
    '.' ()
    """
    corners = {0, len(answer)}
    for mark in marks:
        corners |= {min(max(corner, 0), len(answer)) for corner in (mark.start, mark.end)}
    edges = sorted(corners)
    return tuple(_stretch(answer, start, end, marks) for start, end in pairwise(edges))


def _stretch(answer: str, start: int, end: int, marks: Sequence[Mark]) -> Stretch:
    over = [mark for mark in marks if mark.start <= start and end <= mark.end]
    return Stretch(
        text=answer[start:end],
        shows=tuple(sorted({mark.point for mark in over if mark.is_right})),
        contradicts=tuple(sorted({mark.point for mark in over if not mark.is_right})),
    )
