"""Simulated learners with scores between 0 and 1: do beliefs in mastery hold what they promise?

Each learner's scores on a concept come from a chain with a hidden state, as in knowledge tracing. The scores
of someone who has mastered are a mixture of two beta densities, those of someone who has not of two others,
which overlap and are no mirror images; the shapes are drawn anew for each world. Estimators get the scores of
`FITTED` chains without the hidden state, and are judged on `JUDGED` others against the hidden state itself.
The rows that are *told* know what no service can know, and make a ceiling or a rival as strong as can be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mastery.estimator import likelihood_ratio, log_ratio_at
from mastery.mastery_benchmark import area_under_curve, calibration_error
from mastery.parameters import DEFAULT_KINDS, Kind, Parameters
from mastery.prediction_fitting import log_loss
from mastery.score_densities import Floats, fit_densities

FITTED, JUDGED, ANSWERS, WORLDS = 10_000, 20_000, 8, 5
GRID = 200
SHOWN = 0.95

Update = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True, slots=True)
class SoftMeasured:
    """How one way to read scores fared, over all worlds; ``answers`` is how many it took to believe 0.95."""

    model: str
    ece: float
    logloss: float
    auc: float
    answers: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class World:
    """How likely mastery is at first and after each answer, and how either state scores.

    Attributes
    ----------
    prior, learning, guess, slip : float
    good, bad : tuple of float
        Parameters of the beta densities of good and of bad answers.
    """

    prior: float
    learning: float
    guess: float
    slip: float
    good: tuple[float, float]
    bad: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> World:
        """Draw a world."""
        return cls(
            prior=rng.uniform(0.2, 0.45),
            learning=rng.uniform(0.08, 0.25),
            guess=rng.uniform(0.05, 0.2),
            slip=rng.uniform(0.05, 0.15),
            good=(rng.uniform(3.5, 6.0), rng.uniform(1.3, 2.2)),
            bad=(rng.uniform(1.3, 2.2), rng.uniform(2.5, 4.5)),
        )

    def chains(self, count: int, *, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw scores and hidden states, shape (count, answers) each."""
        states, scores = np.empty((count, ANSWERS)), np.empty((count, ANSWERS))
        mastered = rng.random(count) < self.prior
        for step in range(ANSWERS):
            if step:
                mastered = mastered | (rng.random(count) < self.learning)
            is_good = rng.random(count) < np.where(mastered, 1 - self.slip, self.guess)
            drawn = np.where(is_good, rng.beta(*self.good, count), rng.beta(*self.bad, count))
            states[:, step], scores[:, step] = mastered, drawn
        return scores, states

    def log_ratios(self, scores: Floats) -> Floats:
        """The log of the ratio of the true densities."""
        good, bad = _beta(scores, *self.good), _beta(scores, *self.bad)
        mastered = (1 - self.slip) * good + self.slip * bad
        found: Floats = np.log(mastered / (self.guess * good + (1 - self.guess) * bad))
        return found

    def means(self) -> tuple[float, float]:
        """The expected score where mastered and where not."""
        good, bad = (one / (one + other) for one, other in (self.good, self.bad))
        return (1 - self.slip) * good + self.slip * bad, self.guess * good + (1 - self.guess) * bad


def measure_soft(
    *, seed: int, worlds: int = WORLDS, fitted: int = FITTED, judged: int = JUDGED
) -> list[SoftMeasured]:
    """Return how each way to read scores fared, the mean over worlds.

    Examples
    --------
    >>> rows = measure_soft(seed=1, worlds=1, fitted=500, judged=500)
    >>> all(0 <= row.ece < 0.2 for row in rows)
    True
    """
    found: dict[str, list[tuple[float, ...]]] = {}
    for number in range(worlds):
        rng = np.random.default_rng([seed, number])
        world = World.draw(rng)
        learnt_from, _ = world.chains(fitted, rng=rng)
        scores, states = world.chains(judged, rng=rng)
        for model, (prior, learning, update) in _readers(world, learnt_from).items():
            beliefs = _filter(scores, prior=prior, learning=learning, update=update)
            found.setdefault(model, []).append(_judged(beliefs, states))
    return [
        SoftMeasured(model, *(sum(column) / len(rows) for column in zip(*rows, strict=True)))
        for model, rows in found.items()
    ]


def _readers(world: World, scores: Floats) -> dict[str, tuple[float, float, Update]]:
    fitted = fit_densities(list(scores))
    halves = fit_densities(list((scores >= 0.5).astype(float)), bins=2)
    table = np.array([log_ratio_at(fitted.log_ratios, n / GRID) for n in range(GRID + 1)])
    item, parameters = DEFAULT_KINDS[Kind.EXPLAIN_BACK], Parameters()
    defaults = np.log(
        [
            likelihood_ratio(n / GRID, points=3, certainty=1.0, item=item, parameters=parameters)
            for n in range(GRID + 1)
        ]
    )
    high, low = world.means()
    return {
        "densities, fitted to scores alone": (fitted.prior, fitted.learning, _by_table(table)),
        "halves, right from 0.5 on, fitted": (
            halves.prior,
            halves.learning,
            lambda p, s: _shift(p, np.where(s >= 0.5, halves.log_ratios[1], halves.log_ratios[0])),
        ),
        "shipped, the formula with defaults": (world.prior, world.learning, _by_table(defaults)),
        "jeffrey, told prior and mean scores": (
            world.prior,
            world.learning,
            lambda p, s: (
                s * _shift(p, math.log(high / low)) + (1 - s) * _shift(p, math.log((1 - high) / (1 - low)))
            ),
        ),
        "truth, told the densities": (
            world.prior,
            world.learning,
            lambda p, s: _shift(p, world.log_ratios(s)),
        ),
    }


def _by_table(table: Floats) -> Update:
    return lambda p, s: _shift(p, np.interp(s, np.linspace(0, 1, len(table)), table))


def _shift(p: Floats, log_ratio: Floats | float) -> Floats:
    odds = p / (1 - p) * np.exp(log_ratio)
    shifted: Floats = odds / (1 + odds)
    return np.clip(shifted, 1e-6, 1 - 1e-6)


def _filter(scores: Floats, *, prior: float, learning: float, update: Update) -> Floats:
    beliefs = np.empty_like(scores)
    p = np.full(len(scores), prior)
    for step in range(scores.shape[1]):
        if step:
            p = p + (1 - p) * learning
        p = update(p, scores[:, step])
        beliefs[:, step] = p
    return beliefs


def _judged(beliefs: Floats, states: Floats) -> tuple[float, ...]:
    p, truth = beliefs.ravel(), states.ravel()
    first = np.where(
        (beliefs >= SHOWN).any(axis=1), (beliefs >= SHOWN).argmax(axis=1) + 1, beliefs.shape[1] + 1
    )
    return calibration_error(truth, p), log_loss(truth, p), area_under_curve(truth, p), float(first.mean())


def _beta(x: Floats, a: float, b: float) -> Floats:
    level = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    found: Floats = np.exp(level + (a - 1) * np.log(x) + (b - 1) * np.log1p(-x))
    return found
