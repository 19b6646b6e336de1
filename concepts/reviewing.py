r"""How much a person's word on one row of the graph is worth: doubt times the learners it would gate.

Doubt of an edge u -> v is read from three possible truths: u first, v first, neither. Where two engines, or
two passes of one, say different things, their distance is doubt as well; the larger of the two counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

# What an accepted row is worth asking about once its words are gone: as much as a coin.
STALE_DOUBT = 0.5


class Reason(StrEnum):
    """Why a row stands in the queue."""

    CONTRADICTED = "contradicted"
    STALE = "stale"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Gate:
    """A question about learners: for how many would ``prerequisite`` stand before one of ``dependents``?"""

    prerequisite: str
    dependents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What learners' first tries at the dependent of an edge say of it.

    Attributes
    ----------
    verdict : str
        ``supported``, ``contradicted`` or ``cannot say``.
    p_contradicted : float
        Probability that having mastered the prerequisite helps less than would matter.
    effect, low, high : float
        How much more often they succeed with the prerequisite mastered, and its 90 % interval.
    successes_with, tries_with, successes_without, tries_without : int
    since : datetime
        When this verdict was first reached.
    """

    verdict: str
    p_contradicted: float
    effect: float
    low: float
    high: float
    successes_with: int
    tries_with: int
    successes_without: int
    tries_without: int
    since: datetime

    @property
    def tries(self) -> int:
        """How many first tries there are in all."""
        return self.tries_with + self.tries_without

    @property
    def is_contradicted(self) -> bool:
        """Whether they give the edge the lie."""
        return self.verdict == "contradicted"


class ReviewSignals(Protocol):
    """What the room that knows learners tells the queue, which knows none."""

    def learners_gated(
        self, subject_id: object, gates: Mapping[str, Gate], *, now: datetime
    ) -> dict[str, int]:
        """Return for each gate how many enrolled learners are held up by it: the prerequisite not mastered,
        and one of the dependents not mastered but on the way to their goals."""
        ...

    def outcomes(self, subject_id: object) -> dict[str, Outcome]:
        """Return what was last found about the subject's edges, by edge id."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """How sure one engine was in its last pass, and in the one before where that differed."""

    engine: str
    confidence: float
    reverse_confidence: float = 0.0
    earlier_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Weighing:
    """The parts of a score.

    Attributes
    ----------
    uncertainty : float
        0..1, from the row's own confidences (`uncertainty`).
    disagreement : float
        0..1, between engines or passes (`disagreement`).
    contradiction : float
        Probability that learners' outcomes give the edge the lie; 0 where they say nothing.
    staleness : float
        `STALE_DOUBT` where the words it rested on are gone, else 0.
    learners : int
        How many it would gate.
    """

    uncertainty: float = 0.0
    disagreement: float = 0.0
    contradiction: float = 0.0
    staleness: float = 0.0
    learners: int = 0

    @property
    def doubt(self) -> float:
        """The largest of the four kinds of doubt."""
        return max(self.uncertainty, self.disagreement, self.contradiction, self.staleness)

    @property
    def score(self) -> float:
        """Doubt times learners; one is added, so that a graph without learners has an order too.

        Examples
        --------
        >>> Weighing(uncertainty=0.5, learners=3).score
        2.0
        """
        return self.doubt * (1 + self.learners)


def uncertainty(confidence: float, reverse_confidence: float = 0.0) -> float:
    """Return how open it is which of three things holds: the edge, its reverse, or neither.

    The entropy of the three as a share of its maximum; 1 where all are equally likely. Confidences that
    come to more than 1 together are scaled down.

    Examples
    --------
    >>> [round(uncertainty(*pair), 2) for pair in [(1.0, 0.0), (0.5, 0.0), (0.5, 0.5), (1 / 3, 1 / 3)]]
    [0.0, 0.63, 0.63, 1.0]
    """
    total = max(1.0, confidence + reverse_confidence)
    both = (confidence / total, reverse_confidence / total)
    chances = (*both, max(0.0, 1.0 - sum(both)))
    return -sum(p * math.log(p) for p in chances if p > 0) / math.log(3) or 0.0


def disagreement(judged: Sequence[Judged]) -> float:
    """Return the largest distance between two engines, or between two passes of one engine.

    Examples
    --------
    >>> disagreement([Judged("embedded", 0.8), Judged("ollama:mistral", 0.3)])
    0.5
    >>> disagreement([Judged("embedded", 0.8, earlier_confidence=0.6)])
    0.2
    >>> disagreement([])
    0.0
    """
    passes = [
        abs(one.confidence - one.earlier_confidence) for one in judged if one.earlier_confidence is not None
    ]
    sides = [(one.confidence, one.reverse_confidence) for one in judged]
    engines = [
        max(abs(first[0] - last[0]), abs(first[1] - last[1]))
        for place, first in enumerate(sides)
        for last in sides[place + 1 :]
    ]
    return round(max((*passes, *engines), default=0.0), 6)
