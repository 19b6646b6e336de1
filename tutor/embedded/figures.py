"""How well predicted probabilities and scores agree with what humans gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 10
MOST_CONFIDENT = 0.6


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one file of graded answers.

    Attributes
    ----------
    macro_f1, accuracy
        Two-way, right from 0.5.
    pearson, rmse
        Of the predicted score with the human one.
    constant_rmse
        Of a predictor that gives every answer the file's mean score.
    ece
        Expected calibration error over ten bins of equal width (Guo et al. 2017, equation 3).
    brier
        Mean squared error of the probability.
    coverage
        Share of the answers that are not left undecided.
    decided_f1
        Macro-F1 among these.
    confident_f1
        Macro-F1 on the 60 % whose log odds lie furthest from the cut's.
    """

    n: int
    macro_f1: float
    accuracy: float
    pearson: float
    rmse: float
    constant_rmse: float
    ece: float
    brier: float
    coverage: float
    decided_f1: float
    confident_f1: float


def figures(
    probability: Floats,
    right: NDArray[np.bool_],
    *,
    score: Floats,
    predicted_score: Floats,
    undecided: tuple[float, float] = (0.5, 0.5),
    cut: float = 0.5,
) -> Figures:
    """Return the figures of a prediction.

    Parameters
    ----------
    probability
        Array (n,), that each answer is right.
    right
        Array (n,), two-way truth.
    score, predicted_score
        Arrays (n,), 0..1.
    undecided
        Probabilities from the first to below the second are left undecided.
    cut
        From here an answer counts as called right. For macro-F1 that is not one half where right answers
        are the fewer or the more; the calibration error knows nothing of it.
    """
    said = probability >= cut
    decided = (probability < undecided[0]) | (probability >= undecided[1])
    confidence = np.abs(_log_odds(probability) - _log_odds(np.array(cut)))
    confident = confidence >= np.quantile(confidence, 1 - MOST_CONFIDENT)
    return Figures(
        n=len(right),
        macro_f1=macro_f1(said, right),
        accuracy=float((said == right).mean()),
        pearson=pearson(predicted_score, score),
        rmse=float(np.sqrt(((predicted_score - score) ** 2).mean())),
        constant_rmse=float(score.std()),
        ece=calibration_error(probability, right),
        brier=float(((probability - right) ** 2).mean()),
        coverage=float(decided.mean()),
        decided_f1=macro_f1((probability >= undecided[1])[decided], right[decided]),
        confident_f1=macro_f1(said[confident], right[confident]),
    )


def mean_figures(rows: Sequence[Figures]) -> Figures:
    """Return the mean of each figure over several runs on files of the same size."""
    columns = zip(*(astuple(row) for row in rows), strict=True)
    names = (field.name for field in fields(Figures))
    means = {name: sum(column) / len(rows) for name, column in zip(names, columns, strict=True)}
    return Figures(**(means | {"n": rows[0].n}))


def _log_odds(probability: Floats) -> Floats:
    held = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(held / (1 - held)))


def macro_f1(said: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """Return the mean of the F1 of "right" and the F1 of "wrong"; a class that nobody saw or said counts 1.

    Examples
    --------
    >>> macro_f1(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    return (_f1(said, right) + _f1(~said, ~right)) / 2


def calibration_error(probability: Floats, right: NDArray[np.bool_]) -> float:
    """Return the mean gap between what is said and what holds, over ten bins, by their share.

    Examples
    --------
    >>> calibration_error(np.full(4, 0.75), np.array([True, True, True, False]))
    0.0
    """
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [
        abs(float(probability[bins == one].mean()) - float(right[bins == one].mean()))
        * float((bins == one).mean())
        for one in range(BINS)
        if (bins == one).any()
    ]
    return sum(gaps)


def pearson(one: Floats, other: Floats) -> float:
    """Return the correlation of two arrays; 0 where one of them does not vary."""
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _f1(said: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    both = float((said & right).sum())
    return 2 * both / float(said.sum() + right.sum()) if said.any() or right.any() else 1.0
