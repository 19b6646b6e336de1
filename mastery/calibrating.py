"""Predicted against observed: is the belief just before each answer right on average, and does that drift?

What is predicted is the chance of a good answer, by the model's own terms (`mastery.estimator`): with the
belief p as of the moment of the answer, the lesson before it included,

.. math:: P(good) = p (1 - slip) + (1 - p) guess

What is observed is whether the score is `GOOD_FROM` or more. Each answer is predicted before it is folded in.

The gap is observed less predicted; its interval draws learners, not answers (`mastery.comparing.ratio`). A
group drifts where the 95 % interval of its gap leaves out zero; among twenty groups without any drift about
one will be marked by chance.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from mastery.comparing import Interval, ratio

GOOD_FROM = 0.5
BINS = 10
RESAMPLES = 1000
EPOCH = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday: windows of seven days are weeks."""
NEVER_SURE = 1e-6


class Predicted(NamedTuple):
    """One answer: whose, on what, judged by which engine and when; what was predicted and what came."""

    learner: Hashable
    concept: str
    engine: str
    at: datetime
    predicted: float
    is_good: bool


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One group of answers.

    Attributes
    ----------
    group : str
    answers, learners : int
    predicted, observed : float
        Means.
    gap : Interval
        Observed less predicted.
    brier : float
        Mean squared difference.
    drifts : bool
        Whether the interval of the gap leaves out zero.
    """

    group: str
    answers: int
    learners: int
    predicted: float
    observed: float
    gap: Interval
    brier: float
    drifts: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """A whole report; all groups but `overall` may be empty.

    Attributes
    ----------
    overall : Calibrated or None
    calibration_error : float or None
        Mean absolute gap over `bins`, weighted by answers.
    log_loss : float or None
        In nats.
    bins, concepts, engines, windows : tuple of Calibrated
    """

    overall: Calibrated | None
    calibration_error: float | None
    log_loss: float | None
    bins: tuple[Calibrated, ...]
    concepts: tuple[Calibrated, ...]
    engines: tuple[Calibrated, ...]
    windows: tuple[Calibrated, ...]


def calibrate(answers: Iterable[Predicted], *, window: timedelta = timedelta(days=7)) -> Calibration:
    """Return the report on some answers.

    Examples
    --------
    >>> calibrate([]).overall is None
    True
    """
    groups: dict[tuple[str, str], _Sums] = defaultdict(_Sums)
    loss, count = 0.0, 0
    for one in answers:
        place = min(BINS - 1, int(one.predicted * BINS))
        for key in (
            ("all", "all"),
            ("bin", f"{place / BINS:.1f} to {(place + 1) / BINS:.1f}"),
            ("concept", one.concept),
            ("engine", one.engine),
            ("window", f"{EPOCH + (one.at - EPOCH) // window * window:%Y-%m-%d}"),
        ):
            groups[key].add(one)
        likely = one.predicted if one.is_good else 1 - one.predicted
        loss -= math.log(max(likely, NEVER_SURE))
        count += 1
    by_kind: dict[str, list[Calibrated]] = defaultdict(list)
    for kind, name in sorted(groups):
        by_kind[kind].append(groups[kind, name].result(name))
    bins = by_kind["bin"]
    off = math.fsum(abs(one.observed - one.predicted) * one.answers for one in bins)
    return Calibration(
        overall=by_kind["all"][0] if count else None,
        calibration_error=off / count if count else None,
        log_loss=loss / count if count else None,
        bins=tuple(bins),
        concepts=tuple(by_kind["concept"]),
        engines=tuple(by_kind["engine"]),
        windows=tuple(by_kind["window"]),
    )


class _Sums:
    """What is added up of one group, by learner."""

    def __init__(self) -> None:
        self._of: dict[Hashable, list[float]] = {}

    def add(self, one: Predicted) -> None:
        sums = self._of.setdefault(one.learner, [0.0, 0.0, 0.0, 0.0])
        for place, value in enumerate(
            (1.0, one.predicted, float(one.is_good), (one.predicted - one.is_good) ** 2)
        ):
            sums[place] += value

    def result(self, name: str) -> Calibrated:
        count, predicted, good, squares = (
            math.fsum(sums[place] for sums in self._of.values()) for place in range(4)
        )
        gap = ratio(
            [(sums[2] - sums[1], sums[0]) for sums in self._of.values()], seed=1979, resamples=RESAMPLES
        )
        return Calibrated(
            group=name,
            answers=int(count),
            learners=len(self._of),
            predicted=predicted / count,
            observed=good / count,
            gap=gap,
            brier=squares / count,
            drifts=gap.low is not None and gap.high is not None and not gap.low <= 0 <= gap.high,
        )
