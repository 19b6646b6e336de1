"""How good scored pairs and whole graphs are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from concepts.extraction.terms import term_key


def area_under_curve(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Return the chance that a positive scores above a negative, ties counting half.

    Examples
    --------
    >>> area_under_curve([1, 0, 1, 0], [0.9, 0.1, 0.4, 0.4])
    0.875
    """
    order = np.array(scores, dtype=np.float64)
    positive = np.array(labels, dtype=bool)
    if positive.all() or not positive.any():
        return 0.5
    _, inverse, counts = np.unique(order, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    hits = int(positive.sum())
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(labels) - hits)))


def f1(labels: Sequence[int], called: Sequence[bool]) -> float:
    """Return the harmonic mean of precision and recall; 0 where nothing is right.

    Examples
    --------
    >>> f1([1, 1, 0], [True, False, False])
    0.6666666666666666
    """
    right = sum(1 for label, call in zip(labels, called, strict=True) if label and call)
    return 2 * right / (sum(labels) + sum(called)) if right else 0.0


def calibration_error(labels: Sequence[int], scores: Sequence[float], *, bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width.

    Examples
    --------
    >>> round(calibration_error([1, 1, 0, 0], [0.9, 0.9, 0.1, 0.1]), 3)
    0.1
    """
    found = reliability(labels, scores, bins=bins)
    return sum(one.count * abs(one.said - one.held) for one in found) / max(1, len(scores))


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores of about the same height: their mean, the share that held, and how many they were."""

    said: float
    held: float
    count: int


def reliability(labels: Sequence[int], scores: Sequence[float], *, bins: int = 10) -> list[Bin]:
    """Return, for each filled bin of equal width, what was said and what held.

    Examples
    --------
    >>> reliability([1, 0, 0], [0.85, 0.85, 0.12])
    [Bin(said=0.12, held=0.0, count=1), Bin(said=0.85, held=0.5, count=2)]
    """
    values = np.array(scores, dtype=np.float64)
    truth = np.array(labels, dtype=np.float64)
    bucket = np.minimum((values * bins).astype(int), bins - 1)
    inside = [bucket == number for number in range(bins)]
    return [
        Bin(float(values[some].mean()), float(truth[some].mean()), int(some.sum()))
        for some in inside
        if some.any()
    ]


def graph_scores(
    edges: Collection[tuple[str, str]],
    *,
    gold: Collection[tuple[str, str]],
    closure: Collection[tuple[str, str]],
) -> tuple[float, float]:
    """Return (share of ``edges`` in the gold closure, F1 against the direct gold edges).

    Examples
    --------
    >>> gold = {("a", "b"), ("b", "c")}
    >>> graph_scores({("a", "b"), ("a", "c")}, gold=gold, closure=gold | {("a", "c")})
    (1.0, 0.5)
    """
    if not edges:
        return 0.0, 0.0
    right = len(set(edges) & set(gold))
    inside = len(set(edges) & set(closure))
    return inside / len(edges), 2 * right / (len(edges) + len(gold))


def f_beta(edges: int, *, right: int, gold: int, beta: float) -> float:
    """Return the F measure in which recall counts ``beta`` times as much as precision.

    Examples
    --------
    >>> f_beta(4, right=2, gold=2, beta=1.0)
    0.6666666666666666
    """
    square = beta * beta
    return (1 + square) * right / (square * gold + edges) if right else 0.0


def concept_f1(found: Sequence[str], *, gold: Iterable[Collection[str]]) -> float:
    """Return F1 of the first K found names against K gold concepts, each a collection of its names.

    Examples
    --------
    >>> concept_f1(["Triangles", "dog"], gold=[["triangle"], ["acute angle"]])
    0.5
    """
    names = [{term_key(name) for name in concept} for concept in gold]
    first = [term_key(name) for name in found[: len(names)]]
    right = sum(1 for keys in names if any(key in keys for key in first))
    return 2 * right / (len(first) + len(names)) if right else 0.0


def fit_logistic(
    features: NDArray[np.float64],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    ridge: float,
    signs: Sequence[int] = (),
) -> NDArray[np.float64]:
    """Return intercept and coefficients of a ridge logistic regression.

    Newton's method; a coefficient against its allowed sign is left out and the rest fitted again, until
    none is.

    Parameters
    ----------
    features : (n, d) array
    labels : (n,) array of 0 and 1
    weights : (n,) array
        How much each row counts.
    ridge
        Penalty on squared coefficients of features scaled to unit variance; the intercept goes free.
    signs
        For each feature 1 or -1 where its coefficient may only have that sign, 0 where it is free.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> fitted = fit_logistic(x, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4), ridge=0.1)
    >>> bool(fitted[1] > 0)
    True
    """
    wanted = np.array(signs or [0] * features.shape[1])
    kept = np.ones(features.shape[1], dtype=bool)
    while True:
        solution = np.zeros(features.shape[1] + 1)
        solution[np.concatenate([[True], kept])] = _newton(features[:, kept], labels, weights, ridge=ridge)
        wrong = kept & (solution[1:] * wanted < 0)
        if not wrong.any():
            return solution
        kept &= ~wrong


def _newton(
    features: NDArray[np.float64], labels: NDArray[np.float64], weights: NDArray[np.float64], *, ridge: float
) -> NDArray[np.float64]:
    scale = np.where(features.std(axis=0) > 1e-9, features.std(axis=0), 1.0)
    design = np.hstack([np.ones((len(features), 1)), features / scale])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-6
    solution = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ solution, -30, 30)))
        gradient = design.T @ (weights * (chance - labels)) + penalty * solution
        curvature = (design.T * (weights * chance * (1 - chance))) @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        solution -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    solution[1:] /= scale
    return solution
