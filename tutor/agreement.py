"""How far automatic grades agree with educators: Cohen's kappa with an interval that is honest for few.

Two raters say of each rubric point whether the answer shows it. Kappa is the share on which they agree
beyond what their habits alone would bring about (Cohen, A coefficient of agreement for nominal scales,
Educational and Psychological Measurement 20, 1960):

.. math:: \\kappa = (p_o - p_e) / (1 - p_e)

with observed agreement p_o and chance agreement p_e from the raters' own shares.

The interval is Bayesian (Basu, Banerjee and Sen, Bayesian inference for kappa from single and multiple
studies, Biometrics 56, 2000): the four cells of the table get Jeffreys' prior (one half each), and kappa is
computed for draws from the posterior. The usual large-sample error is zero after three agreements in a row;
this one still reaches from nearly nothing to nearly all, as it should.

When nearly all points are shown, kappa is low although the raters nearly always agree (Feinstein and
Cicchetti, High agreement but low kappa, Journal of Clinical Epidemiology 43, 1990). So nothing is decided by
kappa alone: the share of agreement has its own interval, and both must speak.

An educator who sees the grade before deciding leans toward it; while automatic grading is off they decide
without seeing it, so that the way back is measured blindly.

Limits. The points of one answer are not independent of each other, so the interval is somewhat too narrow;
`Rule.fewest_answers` counts answers, not points. With eight points it holds the truth some five times in a
hundred less often than it says. Disputed grades are a picked sample, worse than the rest; they err toward
switching automatic grading off, which costs a teacher time and no learner a wrong grade.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 4000
SEED = 1960
LEVEL = 0.9
JEFFREYS = 0.5


@dataclass(frozen=True, slots=True)
class Table:
    """How often two raters said what.

    Attributes
    ----------
    both, neither
        Points that both say are shown, or that neither does.
    only_automatic, only_educator
        Points that one of them says are shown and the other does not.
    """

    both: int = 0
    only_automatic: int = 0
    only_educator: int = 0
    neither: int = 0

    @property
    def points(self) -> int:
        """How many points both judged."""
        return self.both + self.only_automatic + self.only_educator + self.neither


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its central 90 % interval."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is known of how well automatic grading agrees with educators.

    Attributes
    ----------
    kappa
        Its value is None where it is not defined: no points, or both raters always said the same one thing.
    share
        Of the points on which both agree.
    """

    table: Table
    answers: int
    kappa: Interval
    share: Interval


@dataclass(frozen=True, slots=True)
class Rule:
    """When automatic grading is switched off and on again.

    Attributes
    ----------
    kappa_floor, share_floor
        Off when both intervals lie wholly below their floors; on again when one of them lies wholly above.
        0.4 is the least that is usually called more than fair (Landis and Koch, The measurement of observer
        agreement for categorical data, Biometrics 33, 1977).
    fewest_answers
        Nothing is switched on fewer decided answers.
    """

    kappa_floor: float = 0.4
    share_floor: float = 0.85
    fewest_answers: int = 5


class Finding(StrEnum):
    """What agreement says of automatic grading."""

    BELOW = "below"
    ABOVE = "above"
    OPEN = "open"


def tally(pairs: Iterable[tuple[bool, bool]]) -> Table:
    """Count pairs of (automatic, educator) judgements: whether each says that the point is shown.

    Examples
    --------
    >>> tally([(True, True), (True, False)])
    Table(both=1, only_automatic=1, only_educator=0, neither=0)
    """
    rows = list(pairs)
    return Table(
        both=rows.count((True, True)),
        only_automatic=rows.count((True, False)),
        only_educator=rows.count((False, True)),
        neither=rows.count((False, False)),
    )


def cohens_kappa(table: Table) -> float | None:
    """Return kappa, or None where it is not defined.

    Examples
    --------
    >>> cohens_kappa(Table(both=20, only_automatic=5, only_educator=10, neither=15))
    0.4
    >>> cohens_kappa(Table(both=7)) is None
    True
    """
    if not table.points:
        return None
    cells = np.array([table.both, table.only_automatic, table.only_educator, table.neither])
    observed, expected = _observed_and_expected(cells / table.points)
    return None if expected >= 1 else round(float((observed - expected) / (1 - expected)), 6)


def agreement(table: Table, *, answers: int) -> Agreement:
    """Return kappa and the share of agreement, each with its interval.

    Parameters
    ----------
    answers
        From how many answers the points come.

    Examples
    --------
    >>> three_alike = agreement(Table(both=2, neither=1), answers=1)
    >>> three_alike.kappa.value, three_alike.kappa.low < 0.4
    (1.0, True)
    """
    cells = np.array([table.both, table.only_automatic, table.only_educator, table.neither], dtype=float)
    draws = np.random.default_rng(SEED).dirichlet(cells + JEFFREYS, size=DRAWS)
    observed, expected = _observed_and_expected(draws.T)
    share = (table.both + table.neither) / table.points if table.points else None
    return Agreement(
        table,
        answers,
        _interval((observed - expected) / (1 - expected), value=cohens_kappa(table)),
        _interval(observed, value=share),
    )


def find(known: Agreement, *, rule: Rule = Rule()) -> Finding:
    """Decide whether agreement lies surely below its floor, surely above, or cannot be told yet.

    Examples
    --------
    >>> find(agreement(Table(both=1, only_educator=9, neither=2), answers=6))
    <Finding.BELOW: 'below'>
    >>> find(agreement(Table(both=1, only_educator=9, neither=2), answers=4))
    <Finding.OPEN: 'open'>
    >>> find(agreement(Table(both=9, neither=9), answers=6))
    <Finding.ABOVE: 'above'>
    """
    if known.answers < rule.fewest_answers:
        return Finding.OPEN
    if known.kappa.high < rule.kappa_floor and known.share.high < rule.share_floor:
        return Finding.BELOW
    if known.kappa.low > rule.kappa_floor or known.share.low > rule.share_floor:
        return Finding.ABOVE
    return Finding.OPEN


def _observed_and_expected(cells: Floats) -> tuple[Floats, Floats]:
    both, only_first, only_second, neither = cells
    first, second = both + only_first, both + only_second
    return both + neither, first * second + (1 - first) * (1 - second)


def _interval(draws: Floats, *, value: float | None) -> Interval:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(None if value is None else round(value, 4), round(float(low), 3), round(float(high), 3))
