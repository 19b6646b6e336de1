"""Shares, means and differences with intervals that say how they were found.

Shares get the exact interval of Clopper and Pearson (The use of confidence or fiducial limits illustrated in
the case of the binomial, Biometrika 26, 1934): it holds the truth at least as often as it says. Means and
differences of means get percentile intervals of the bootstrap (Efron, Annals of Statistics 7, 1979) over
learners, since the answers of one learner are not independent of each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES = 4000
FEWEST = 2
AT_ONCE = 2_000_000
EXACT, BOOTSTRAP, NONE = "exact (Clopper-Pearson)", "bootstrap over learners", "too few learners"
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """A value, its 95 % interval and how that was found; None where there is nothing to tell."""

    value: float | None
    low: float | None
    high: float | None
    method: str


def share(hits: int, of: int) -> Interval:
    """Return a share with its exact interval.

    Examples
    --------
    >>> found = share(0, 10)
    >>> found.value, found.low, round(found.high, 4)
    (0.0, 0.0, 0.3085)
    >>> share(0, 0).value is None
    True
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is no share.")
    if not of:
        return Interval(None, None, None, NONE)
    tail = (1 - LEVEL) / 2
    low = 0.0 if hits == 0 else _solve(lambda p: 1 - _at_most(hits - 1, of, p) < tail)
    high = 1.0 if hits == of else _solve(lambda p: _at_most(hits, of, p) > tail)
    return Interval(hits / of, low, high, EXACT)


def mean(values: Sequence[float], *, seed: int) -> Interval:
    """Return the mean of one value a learner, with its bootstrap interval.

    Examples
    --------
    >>> found = mean([0.0, 1.0, 1.0, 0.0], seed=1)
    >>> found.value, found.low < 0.5 < found.high
    (0.5, True)
    """
    if not values:
        return Interval(None, None, None, NONE)
    middle = math.fsum(values) / len(values)
    if len(values) < FEWEST:
        return Interval(middle, None, None, NONE)
    return _percentiles(middle, resampled_means(values, seed=seed))


def difference(values: Sequence[float], baseline: Sequence[float], *, seed: int) -> Interval:
    """Return by how much the mean of ``values`` is above that of ``baseline``, with its bootstrap interval.

    Examples
    --------
    >>> found = difference([1.0, 1.0, 0.9], [0.0, 0.1, 0.0], seed=1)
    >>> round(found.value, 3), found.low > 0
    (0.933, True)
    """
    if not values or not baseline:
        return Interval(None, None, None, NONE)
    found = math.fsum(values) / len(values) - math.fsum(baseline) / len(baseline)
    if min(len(values), len(baseline)) < FEWEST:
        return Interval(found, None, None, NONE)
    drawn = resampled_means(values, seed=seed) - resampled_means(baseline, seed=seed + 1)
    return _percentiles(found, drawn)


def ratio(totals: Sequence[tuple[float, float]], *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the sum of the first members over that of the second, one pair a learner, with its interval.

    A mean over answers of which every learner gave another number, so that learners are drawn, not answers.

    Examples
    --------
    >>> found = ratio([(1.0, 2.0), (3.0, 4.0), (0.0, 1.0)], seed=1)
    >>> round(found.value, 3), found.low < found.value < found.high
    (0.571, True)
    """
    counted = sum(count for _, count in totals)
    if not counted:
        return Interval(None, None, None, NONE)
    found = math.fsum(total for total, _ in totals) / counted
    if len(totals) < FEWEST:
        return Interval(found, None, None, NONE)
    pairs = np.asarray(totals, dtype=float)
    sums = [pairs[places].sum(axis=1) for places in _draws(len(totals), seed=seed, resamples=resamples)]
    drawn = np.concatenate(sums)
    return _percentiles(found, drawn[:, 0] / np.maximum(drawn[:, 1], 1e-12))


def resampled_means(values: Sequence[float], *, seed: int) -> NDArray[np.float64]:
    """Return the means of resamples of the same size, drawn with replacement."""
    array = np.asarray(values, dtype=float)
    return np.concatenate([array[places].mean(axis=1) for places in _draws(len(array), seed=seed)])


def _draws(size: int, *, seed: int, resamples: int = RESAMPLES) -> Iterator[NDArray[np.int64]]:
    """Yield places to draw, in blocks that fit the memory."""
    rng = np.random.default_rng(seed)
    rows = max(1, AT_ONCE // size)
    for done in range(0, resamples, rows):
        yield rng.integers(size, size=(min(rows, resamples - done), size))


def _percentiles(value: float, drawn: NDArray[np.float64]) -> Interval:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(value, float(low), float(high), BOOTSTRAP)


def _at_most(hits: int, of: int, p: float) -> float:
    """Return the probability of at most so many hits, each with probability p."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 0.0 if hits < of else 1.0
    logs = (
        math.lgamma(of + 1)
        - math.lgamma(k + 1)
        - math.lgamma(of - k + 1)
        + k * math.log(p)
        + (of - k) * math.log1p(-p)
        for k in range(hits + 1)
    )
    return min(1.0, math.fsum(math.exp(one) for one in logs))


def _solve(is_below: Callable[[float], bool]) -> float:
    """Return where a condition that holds for small p ceases to hold."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2
