"""How strict a course is: shifts of a grader's log odds, learned from a teacher's first decisions.

What counts as shown differs from course to course more than any text tells: one teacher takes the gist,
another wants every word. A few decided answers say it, in two numbers. *Where to cut*: decisions that
something is shown and decisions that it is not get the same say, however many of each there are. *How
probable*: each decision counts once, so that the share of right answers in this course is learned too.

Each number is the mode of its posterior: decisions are taken to follow the grader's log odds moved by it,
and it to be near zero unless they say otherwise (logistic regression with an offset and a normal prior;
Gelman and others, Annals of Applied Statistics 2, 2008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# How far courses lie apart, as a standard deviation of log odds.
SPREAD = 1.2
FARTHEST = 3.0
_STEPS, _CLOSE_ENOUGH = 60, 1e-9


@dataclass(frozen=True, slots=True)
class Decided:
    """One answer to one point: the grader's own log odds that it is shown, and what a teacher said.

    Attributes
    ----------
    log_odds
        As if half of all answers showed the point.
    """

    log_odds: float
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Leaning:
    """What a course's decisions add to a grader's log odds.

    Attributes
    ----------
    cut
        Before it is decided whether a point is shown.
    prior
        Before a probability is made of them, beyond the grader's own prior.
    """

    cut: float = 0.0
    prior: float = 0.0

    def __str__(self) -> str:
        return f"{self.cut:+.3f} {self.prior:+.3f}"


NO_LEANING = Leaning()


def leaning_from(decisions: Sequence[Decided], *, prior: float = 0.0, spread: float = SPREAD) -> Leaning:
    """Return where a course leans by its teacher's decisions; nowhere without any.

    Parameters
    ----------
    prior
        What the grader itself adds to log odds for a probability.
    spread
        Standard deviation of either shift among courses; the smaller, the more decisions move anything.

    Raises
    ------
    ValueError
        If ``spread`` is not above zero or a log odd is not a finite number.

    Examples
    --------
    >>> leaning_from([])
    Leaning(cut=0.0, prior=0.0)
    >>> mild = [Decided(-1.0, is_shown=True), Decided(-3.0, is_shown=False)]
    >>> 0 < leaning_from(mild).cut < leaning_from(mild * 9).cut
    True
    """
    if not spread > 0:
        raise ValueError(f"A spread of {spread} leaves nothing to learn. Give one above 0.")
    if not all(math.isfinite(row.log_odds) for row in decisions):
        raise ValueError("Log odds must be finite numbers. Leave out what the grader could not weigh.")
    if not decisions:
        return NO_LEANING
    truth = [row.is_shown for row in decisions]
    odds = [row.log_odds for row in decisions]
    even = [len(truth) / (2 * truth.count(one)) if len(set(truth)) == 2 else 1.0 for one in truth]
    return Leaning(
        cut=_shift(odds, truth, weight=even, spread=spread),
        prior=_shift([one + prior for one in odds], truth, weight=[1.0] * len(truth), spread=spread),
    )


def _shift(
    log_odds: Sequence[float], truth: Sequence[bool], *, weight: Sequence[float], spread: float
) -> float:
    """The mode of the posterior, by Newton's steps of at most one; `FARTHEST` either way at most."""
    shift = 0.0
    for _ in range(_STEPS):
        slope, curve = -shift / spread**2, 1 / spread**2
        for z, is_shown, mass in zip(log_odds, truth, weight, strict=True):
            p = _probability(z + shift)
            slope += mass * (is_shown - p)
            curve += mass * p * (1 - p)
        # Where all log odds are extreme the curve is flat: a whole step would leap over the mode.
        step = max(-1.0, min(1.0, slope / curve))
        shift += step
        if abs(step) < _CLOSE_ENOUGH:
            break
    return round(max(-FARTHEST, min(FARTHEST, shift)), 6)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, log_odds))))
