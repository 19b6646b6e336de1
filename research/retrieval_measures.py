"""How good a ranking is, judged by what is known to be relevant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Gain:
    """How far a mean lies above the best of the others, with a 95 % interval."""

    mean: float
    low: float
    high: float


def ndcg(ranking: Sequence[str], *, relevance: Mapping[str, float], depth: int = 10) -> float:
    """Return the normalised discounted cumulative gain of the first `depth` places, in 0..1.

    Parameters
    ----------
    ranking : sequence of str
        Document ids, best first, each at most once.
    relevance : mapping of str to float
        Gain of each relevant document; others gain nothing.

    References
    ----------
    Järvelin and Kekäläinen 2002, with linear gain and a logarithm of base 2, as trec_eval computes it.

    Examples
    --------
    >>> ndcg(["a", "b"], relevance={"a": 1}), round(ndcg(["b", "a"], relevance={"a": 1}), 3)
    (1.0, 0.631)
    """
    gains = [relevance.get(document, 0.0) for document in ranking[:depth]]
    ideal = sorted(relevance.values(), reverse=True)[:depth]
    best = _discounted(ideal)
    return _discounted(gains) / best if best > 0 else 0.0


def recall(ranking: Sequence[str], *, relevance: Mapping[str, float], depth: int = 10) -> float:
    """Return the share of relevant documents among the first `depth` places.

    Examples
    --------
    >>> recall(["a", "b"], relevance={"a": 1, "c": 1})
    0.5
    """
    relevant = {document for document, gain in relevance.items() if gain > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], *, relevance: Mapping[str, float]) -> float:
    """Return one over the place of the first relevant document, 0 if there is none.

    Examples
    --------
    >>> reciprocal_rank(["b", "a"], relevance={"a": 1})
    0.5
    """
    places = (place for place, document in enumerate(ranking, start=1) if relevance.get(document, 0) > 0)
    return 1 / next(places, math.inf)


def resampled_gains(
    scores: Sequence[float], others: Sequence[Sequence[float]], *, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the gain of `scores` over the best of `others` in each of many samples of the questions.

    Parameters
    ----------
    scores : sequence of float
        One figure per question.
    others : sequence of sequences of float
        The figures of each other way for the same questions. Which is best is decided anew in each
        sample, on its mean, so that the chance of the choice is in the spread.
    rng : numpy.random.Generator

    References
    ----------
    The paired bootstrap of Sakai 2006 (Evaluating evaluation metrics based on the bootstrap).
    """
    rows = np.array([scores, *others], dtype=np.float64)
    draws = (rng.integers(rows.shape[1], size=rows.shape[1]) for _ in range(RESAMPLES))
    means = np.array([rows[:, draw].mean(axis=1) for draw in draws])
    return np.asarray(means[:, 0] - means[:, 1:].max(axis=1))


def interval(mean: float, resampled: NDArray[np.float64]) -> Gain:
    """Return a gain with the range that holds 95 % of its resampled values.

    Examples
    --------
    >>> interval(0.5, np.linspace(0, 1, 101))
    Gain(mean=0.5, low=0.025, high=0.975)
    """
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Gain(mean, round(float(low), 6), round(float(high), 6))


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
