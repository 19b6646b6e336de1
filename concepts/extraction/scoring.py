"""From features to the probability of an edge: one logistic form with weights one can read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from concepts.extraction.pairs import FEATURES, PairTable
from concepts.extraction.parameters import PARAMETER_FILE


@dataclass(frozen=True, slots=True)
class EdgeWeights:
    """A logistic model of "the first is required by the second".

    Attributes
    ----------
    intercept, weights
        ``p = 1 / (1 + exp(-(intercept + sum(weight * feature))))``.
    pair_threshold
        Probability from which a given pair is called an edge.
    accept, propose
        Probabilities from which an edge of a whole graph is accepted, or proposed to an educator.
    """

    intercept: float
    weights: Mapping[str, float]
    pair_threshold: float
    accept: float
    propose: float

    def probability(self, features: NDArray[np.float64]) -> float:
        """Return the probability of the edge whose features these are.

        Examples
        --------
        >>> EdgeWeights(0.0, dict.fromkeys(FEATURES, 0.0), 0.5, 0.6, 0.3).probability(np.zeros(len(FEATURES)))
        0.5
        """
        score = self.intercept + sum(
            self.weights.get(name, 0.0) * float(value) for name, value in zip(FEATURES, features, strict=True)
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))

    def as_json(self) -> dict[str, Any]:
        """Return the form in which the weights are committed."""
        return {
            "intercept": round(self.intercept, 4),
            "weights": {name: round(float(self.weights[name]), 4) for name in FEATURES},
            "pair_threshold": round(self.pair_threshold, 4),
            "accept": round(self.accept, 4),
            "propose": round(self.propose, 4),
        }


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """An ordered pair with the probability of the edge and of the edge the other way round."""

    prerequisite: int
    dependent: int
    confidence: float
    reverse_confidence: float


@cache
def committed_weights() -> EdgeWeights:
    """Return the weights that ship, as `concepts.extraction.training` fitted them."""
    data = json.loads(PARAMETER_FILE.read_text(encoding="utf-8"))["edges"]
    return EdgeWeights(
        data["intercept"], data["weights"], data["pair_threshold"], data["accept"], data["propose"]
    )


def score_pairs(table: PairTable, *, weights: EdgeWeights) -> list[ScoredPair]:
    """Return both directions of every candidate pair, the likelier direction only, in a fixed order."""
    scored = []
    for first, second in table.candidates():
        forward = weights.probability(table.features(first, second))
        back = weights.probability(table.features(second, first))
        if forward >= back:
            scored.append(ScoredPair(first, second, forward, back))
        else:
            scored.append(ScoredPair(second, first, back, forward))
    return scored
