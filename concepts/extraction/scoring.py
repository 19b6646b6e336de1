"""From signals to probabilities: logistic forms with weights one can read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from concepts.extraction.pairs import PairTable
from concepts.extraction.parameters import PARAMETER_FILE
from concepts.extraction.signals import Matrix
from concepts.extraction.structure import second_signals

# At most so many likely prerequisites of one concept are looked at.
MOST_PARTNERS = 24
_WORTH_A_LOOK = 0.05
# Odds of a direction, as a multiple of those of the other, from which it is believed without a person.
_CLEAR_ODDS = 1.5
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Head:
    """A logistic form: log odds are ``intercept + sum(weight * signal)``."""

    intercept: float
    weights: Mapping[str, float]

    def log_odds(self, signals: Mapping[str, Matrix]) -> Matrix:
        """Return the log odds of every pair; a signal without weight is not read.

        Examples
        --------
        >>> Head(1.0, {"near": 2.0}).log_odds({"near": np.zeros((1, 1)), "far": np.ones((1, 1))})
        array([[1.]])
        """
        total: Matrix | float = self.intercept
        for name, weight in self.weights.items():
            if weight:
                total = total + weight * signals[name]
        shape = next(iter(signals.values())).shape
        return np.broadcast_to(np.asarray(total, dtype=np.float64), shape)

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a head is committed."""
        weights = {name: round(float(weight), _DIGITS) for name, weight in self.weights.items()}
        return {"intercept": round(float(self.intercept), _DIGITS), "weights": weights}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Head:
        """Return the head that `as_json` wrote."""
        return cls(float(data["intercept"]), dict(data["weights"]))


@dataclass(frozen=True, slots=True)
class Look:
    """One reading of all pairs: have they to do with each other, and which comes first.

    The probability of the edge is the product of both.
    """

    related: Head
    directed: Head

    def probability(self, signals: Mapping[str, Matrix], *, order: Matrix) -> Matrix:
        """Return the probability of each edge; ``order`` is added to the log odds of its direction."""
        both = _sigmoid(self.related.log_odds(signals))
        return both * _sigmoid(self.directed.log_odds(signals) + order)


@dataclass(frozen=True, slots=True)
class EdgeWeights:
    """Everything that turns signals into edges.

    Attributes
    ----------
    first, second
        What is read where there are texts: each pair by itself, then each pair in the graph that the
        first look gives.
    names
        What is read where there are names only.
    order
        What standing earlier in teaching order adds to the log odds of the direction.
    asked
        From the log odds of a pair that someone asks about to how often such a pair holds.
    holds
        From the log odds of a pair and its closeness to the probability that it is an edge of the graph.
    pair_threshold
        Probability from which a given pair is called an edge.
    accept, propose
        Probabilities from which an edge of a whole graph is accepted, or proposed to an educator.
    """

    first: Look
    second: Look
    names: Look
    order: float
    asked: Head
    holds: Head
    pair_threshold: float
    accept: float
    propose: float

    def as_json(self) -> dict[str, Any]:
        """Return the form in which the weights are committed."""
        looks = {"first": self.first, "second": self.second, "names": self.names}
        return {
            "looks": {
                name: {"related": look.related.as_json(), "directed": look.directed.as_json()}
                for name, look in looks.items()
            },
            "order": round(self.order, _DIGITS),
            "asked": self.asked.as_json(),
            "holds": self.holds.as_json(),
            "pair_threshold": round(self.pair_threshold, _DIGITS),
            "accept": round(self.accept, _DIGITS),
            "propose": round(self.propose, _DIGITS),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EdgeWeights:
        """Return the weights that `as_json` wrote."""
        looks = {
            name: Look(Head.from_json(look["related"]), Head.from_json(look["directed"]))
            for name, look in data["looks"].items()
        }
        return cls(
            **looks,
            order=float(data["order"]),
            asked=Head.from_json(data["asked"]),
            holds=Head.from_json(data["holds"]),
            pair_threshold=float(data["pair_threshold"]),
            accept=float(data["accept"]),
            propose=float(data["propose"]),
        )


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """An ordered pair with the probability of the edge and of the edge the other way round."""

    prerequisite: int
    dependent: int
    confidence: float
    reverse_confidence: float

    @property
    def is_one_way(self) -> bool:
        """Whether the odds of this direction are clearly better than those of the other."""
        back = self.reverse_confidence * (1.0 - self.confidence)
        return self.confidence * (1.0 - self.reverse_confidence) >= _CLEAR_ODDS * back


@cache
def committed_weights() -> EdgeWeights:
    """Return the weights that ship, as `concepts.extraction.training` fitted them."""
    return EdgeWeights.from_json(json.loads(PARAMETER_FILE.read_text(encoding="utf-8"))["edges"])


def pair_probabilities(table: PairTable, *, weights: EdgeWeights) -> Matrix:
    """Return how likely it is for each pair that the second requires the first, not yet calibrated."""
    order = weights.order * table.order
    if not table.has_text:
        return weights.names.probability(table.signals, order=order)
    first = weights.first.probability(table.signals, order=order)
    return weights.second.probability(table.signals | second_signals(first), order=order)


def asked_probabilities(probabilities: Matrix, *, weights: EdgeWeights) -> Matrix:
    """Return what `pair_probabilities` gave as the share of such pairs that hold when someone asks."""
    return _sigmoid(weights.asked.log_odds({"log_odds": log_odds(probabilities)}))


def edge_probabilities(table: PairTable, probabilities: Matrix, *, weights: EdgeWeights) -> Matrix:
    """Return the probability that a pair taken from the whole subject is an edge of its graph.

    Far more pairs of a subject have nothing to do with each other than among pairs that someone asks about,
    the more so the larger it is: being among the nearest counts more here.
    """
    return _sigmoid(weights.holds.log_odds(holding_signals(table, probabilities)))


def holding_signals(table: PairTable, probabilities: Matrix) -> dict[str, Matrix]:
    """Return what `EdgeWeights.holds` reads."""
    near = table.signals.get("closeness", np.zeros_like(probabilities))
    return {"log_odds": log_odds(probabilities), "closeness": near}


def score_pairs(
    table: PairTable, *, weights: EdgeWeights, probabilities: Matrix | None = None
) -> list[ScoredPair]:
    """Return the pairs worth looking at, the likelier direction only, in a fixed order.

    At most ``MOST_PARTNERS`` prerequisites of each concept, so the number grows with the concepts and not
    with their square.

    Parameters
    ----------
    probabilities
        Those of `pair_probabilities`, where they are at hand.
    """
    if probabilities is None:
        probabilities = pair_probabilities(table, weights=weights)
    edges = edge_probabilities(table, probabilities, weights=weights)
    np.fill_diagonal(edges, 0.0)
    forward = np.where(_leads(edges), edges, 0.0)
    found = []
    for dependent in range(len(edges)):
        column = forward[:, dependent]
        for prerequisite in np.argsort(-column, kind="stable")[:MOST_PARTNERS]:
            if column[prerequisite] >= _WORTH_A_LOOK:
                back = float(edges[dependent, prerequisite])
                found.append(ScoredPair(int(prerequisite), dependent, float(column[prerequisite]), back))
    return sorted(found, key=lambda pair: (pair.prerequisite, pair.dependent))


def log_odds(probabilities: Matrix) -> Matrix:
    """Return the log odds of probabilities, at most 6 either way."""
    held = np.clip(probabilities, 1e-9, 1.0 - 1e-9)
    return np.clip(np.log(held / (1.0 - held)), -6.0, 6.0)


def _leads(edges: Matrix) -> Matrix:
    """Say which direction of each pair is the likelier; of two alike the one from the lower number."""
    earlier = np.triu(np.ones_like(edges, dtype=bool), k=1)
    leads: Matrix = (edges > edges.T) | ((edges == edges.T) & earlier)
    return leads


def _sigmoid(values: Matrix) -> Matrix:
    result: Matrix = 1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0)))
    return result
