r"""Predict the next answer from a small state of each learner, which each answer brings up to date.

A belief says whether a concept is mastered; a prediction says whether the *next answer* will be right, which
also depends on the question, on what was asked just before, and on the learner's day. The two are kept apart
(decision 19): beliefs decide what is taught, predictions check beliefs and tell what a question would show.

The model, in three layers.

1. *Effects* say how much easier or harder than average a question is, in log odds: of its concepts (taken
   together), of these concepts after those of the question before, and of the item. Each is drawn towards
   zero as a normal random effect (`mastery.prediction_fitting`); what was never seen counts zero.
2. *Ability* is what the effects leave to be explained: theta of the learner plus theta of the concept
   for this learner, each with its variance, by one step of the extended Kalman filter for an answer y
   (Glickman, Parameter estimation in large dynamic paired comparison experiments, Applied Statistics 48,
   1999; Pelanek, Applications of the Elo rating system in adaptive educational systems, Computers and
   Education 98, 2016):

   .. math::

      e = y - \sigma(d + \theta + \theta_c), \quad h = \sigma (1 - \sigma), \quad
      s = 1 / (1 + h (v + v_c)), \quad
      \theta \leftarrow \theta + v s e, \quad v \leftarrow v - v^2 h s + q

3. *The layer* is a logistic regression on the `INPUTS`, their squares and their products. Inputs are
   standardised and cut off at three standard deviations, so that nothing unheard of can carry a prediction
   away. With z the inputs and a leading one, and M a symmetric matrix,

   .. math:: P(right) = \sigma(z^T M z)

   Among the inputs are the counts of performance factor analysis (Pavlik, Cen and Koedinger, AIED 2009) and
   exponential averages of recent answers (Galyardt and Goldin, Move your lamp post, JEDM 7, 2015).

Scores may be soft: y lies anywhere in 0..1, and a right answer counts y of a success and 1 - y of a failure.

Promised: predictions lie strictly between 0 and 1 and are finite, whatever the history; the same answers in
order give the same state; nothing is read of an answer before it has been predicted.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mastery.errors import ObservationNotUsable, PredictorNotReadable, StateNotReadable

TRACE_VERSION = 1
DIGITS = 9
CUT_OFF = 3.0
FURTHEST = 16.0
HOUR_S = 3600.0
NO_CONCEPT = "the question is about no concept."
# Averages begin where an answer of which nothing is known would be put, with this weight in answers.
USUAL, USUAL_WEIGHT = 0.7, 2.0
FAST, MIDDLE, SLOW = 0.3, 0.1, 0.03
CONCEPT_FAST, CONCEPT_SLOW = 0.3, 0.12
SPREAD, CONCEPT_SPREAD = 0.6, 0.5
DRIFT, CONCEPT_DRIFT = 0.002, 0.01

INPUTS = (
    "overall success",
    "answers so far",
    "recent success, slow",
    "recent success, middle",
    "recent success, fast",
    "last answer",
    "ability",
    "ability's variance",
    "recent surprise",
    "successes on the concept",
    "failures on the concept",
    "recent success on the concept, fast",
    "recent success on the concept, slow",
    "ability on the concept",
    "hours since the concept",
    "answers since the concept",
    "hours since the last answer",
    "number of concepts",
    "share of concepts never met",
    "same concepts as before",
    "effect of the concepts",
    "effect of the sequence",
    "effect of the item",
    "answers seen to the item",
    "own successes on the item",
    "own failures on the item",
)
NEEDS_ITEMS = frozenset(name for name in INPUTS if "the item" in name)

Floats = npt.NDArray[np.float64]


class Question(NamedTuple):
    """What is about to be asked.

    Attributes
    ----------
    concepts : tuple of str
        Sorted, not empty.
    at_s : float
        Seconds since any fixed moment.
    item : str or None
        None where questions are not asked again in the same words.
    """

    concepts: tuple[str, ...]
    at_s: float
    item: str | None = None


@dataclass(frozen=True)
class Effects:
    """How much easier questions are than the average one, in log odds, and how many answers say so.

    Attributes
    ----------
    base : float
        Log odds of the average learner at the average question.
    concepts, items : mapping of key to (effect, answers)
    sequences : mapping of (concepts before, concepts) to (effect, answers)
    """

    base: float = 0.8
    concepts: Mapping[tuple[str, ...], tuple[float, int]] = field(default_factory=dict)
    sequences: Mapping[tuple[tuple[str, ...], tuple[str, ...]], tuple[float, int]] = field(
        default_factory=dict
    )
    items: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    def of_concepts(self, concepts: tuple[str, ...]) -> float:
        """Return the effect of concepts taken together; where they never were, the mean of each alone.

        Examples
        --------
        >>> effects = Effects(concepts={("a",): (0.5, 9), ("b",): (-0.1, 9)})
        >>> [round(effects.of_concepts(asked), 3) for asked in (("a",), ("a", "b"), ("c",))]
        [0.5, 0.2, 0.0]
        """
        found = self.concepts.get(concepts)
        if found is not None:
            return found[0]
        if len(concepts) == 1:
            return 0.0
        return sum(self.concepts.get((one,), _NO_EFFECT)[0] for one in concepts) / len(concepts)


# What is kept of one concept of one learner: successes, failures, fast and slow average, when and at which
# answer it was last met, ability and its variance. A plain tuple: a named one takes longer.
_Past = tuple[float, float, float, float, float, int, float, float]

_NO_EFFECT = (0.0, 0)
_NO_PAST: _Past = (0.0, 0.0, USUAL, USUAL, 0.0, 0, 0.0, CONCEPT_SPREAD)


class Trace:
    """What is kept of one learner to predict from: a few numbers, and a few for each concept and item met.

    Examples
    --------
    >>> trace, effects = Trace(), Effects()
    >>> asked = Question(("tides",), at_s=0.0)
    >>> trace.learn(asked, 1.0, effects=effects)
    >>> trace.theta > 0
    True
    >>> Trace.from_dict(trace.as_dict()).as_dict() == trace.as_dict()
    True
    """

    __slots__ = (
        "answers",
        "before",
        "concepts",
        "fast",
        "items",
        "last",
        "last_s",
        "middle",
        "slow",
        "surprise",
        "theta",
        "variance",
        "won",
    )

    def __init__(self) -> None:
        self.answers = 0
        self.won = 0.0
        self.slow = self.middle = self.fast = USUAL
        self.last = 0.0
        self.theta, self.variance = 0.0, SPREAD
        self.surprise = 0.0
        self.last_s = 0.0
        self.before: tuple[str, ...] = ()
        self.concepts: dict[str, _Past] = {}
        self.items: dict[str, tuple[float, float]] = {}

    def inputs(self, asked: Question, *, effects: Effects) -> list[float]:
        """Return the `INPUTS` for a question, in their order, before it is answered.

        Raises
        ------
        ObservationNotUsable
            Where the question has no concept.
        """
        concepts, at_s, item = asked
        answers = self.answers
        pasts = self.concepts
        log = math.log
        if len(concepts) == 1:
            past = pasts.get(concepts[0])
            new = 0.0
            if past is None:
                new = 1.0
                won = lost = theta = hours = since = 0.0
                fast = slow = USUAL
            else:
                won, lost, fast, slow, then_s, place, theta, _ = past
                hours = log(1.0 + (at_s - then_s) / HOUR_S) if at_s > then_s else 0.0
                since = log(answers - place + 1.0)
                won, lost = log(1.0 + won), log(1.0 + lost)
        else:
            won, lost, fast, slow, theta, hours, since, new = self._mean_past(concepts, at_s)
        item_effect, seen = _NO_EFFECT
        own_won = own_lost = 0.0
        if item is not None:
            item_effect, seen = effects.items.get(item, _NO_EFFECT)
            own_won, own_lost = self.items.get(item, (0.0, 0.0))
        overall = (self.won + USUAL_WEIGHT * USUAL) / (answers + USUAL_WEIGHT)
        gap_s = at_s - self.last_s
        found = effects.concepts.get(concepts)
        return [
            log(overall / (1.0 - overall)),
            log(1.0 + answers),
            log((0.02 + self.slow) / (1.02 - self.slow)),
            log((0.02 + self.middle) / (1.02 - self.middle)),
            log((0.02 + self.fast) / (1.02 - self.fast)),
            self.last,
            self.theta,
            self.variance,
            self.surprise,
            won,
            lost,
            log((0.02 + fast) / (1.02 - fast)),
            log((0.02 + slow) / (1.02 - slow)),
            theta,
            hours,
            since,
            log(1.0 + gap_s / HOUR_S) if answers and gap_s > 0 else 0.0,
            float(len(concepts)),
            new,
            1.0 if concepts == self.before else 0.0,
            found[0] if found is not None else effects.of_concepts(concepts),
            effects.sequences.get((self.before, concepts), _NO_EFFECT)[0],
            item_effect,
            log(1.0 + seen),
            own_won,
            own_lost,
        ]

    def learn(self, asked: Question, score: float, *, effects: Effects) -> None:
        """Take one answer in.

        Parameters
        ----------
        asked : Question
        score : float
            0..1.
        effects : Effects

        Raises
        ------
        ObservationNotUsable
        """
        if not 0.0 <= score <= 1.0:
            raise ObservationNotUsable(f"the score is {score}, it must lie in 0..1.")
        concepts, at_s, item = asked
        if not concepts:
            raise ObservationNotUsable(NO_CONCEPT)
        pasts = self.concepts
        found = effects.concepts.get(concepts)
        easy = effects.base + (found[0] if found is not None else effects.of_concepts(concepts))
        easy += effects.sequences.get((self.before, concepts), _NO_EFFECT)[0]
        if item is not None:
            easy += effects.items.get(item, _NO_EFFECT)[0]
            won, lost = self.items.get(item, (0.0, 0.0))
            self.items[item] = (won + score, lost + 1.0 - score)
        before = [pasts.get(concept, _NO_PAST) for concept in concepts]
        own = [past[6] for past in before]
        spread = [past[7] for past in before]
        count = len(before)
        expected = 1.0 / (1.0 + math.exp(-_near(easy + self.theta + sum(own) / count)))
        error = score - expected
        information = expected * (1.0 - expected)
        share = 1.0 / (1.0 + information * (self.variance + sum(spread) / count))
        variance = self.variance
        self.theta += variance * share * error
        self.variance = variance - variance * variance * information * share + DRIFT
        self.answers = place = self.answers + 1
        for concept, (won, lost, fast, slow, _, _, theta, wide) in zip(concepts, before, strict=True):
            pasts[concept] = (
                won + score,
                lost + 1.0 - score,
                fast + CONCEPT_FAST * (score - fast),
                slow + CONCEPT_SLOW * (score - slow),
                at_s,
                place,
                theta + wide * share * error,
                wide - wide * wide * information * share + CONCEPT_DRIFT,
            )
        self.won += score
        self.slow += SLOW * (score - self.slow)
        self.middle += MIDDLE * (score - self.middle)
        self.fast += FAST * (score - self.fast)
        self.last = 2.0 * score - 1.0
        self.surprise += FAST * (error - self.surprise)
        self.last_s = at_s
        self.before = concepts

    def _mean_past(self, concepts: tuple[str, ...], at_s: float) -> list[float]:
        if not concepts:
            raise ObservationNotUsable(NO_CONCEPT)
        rows = []
        for concept in concepts:
            won, lost, fast, slow, then_s, place, theta, _ = self.concepts.get(concept, _NO_PAST)
            met = concept in self.concepts
            hours = math.log(1.0 + (at_s - then_s) / HOUR_S) if met and at_s > then_s else 0.0
            since = math.log(self.answers - place + 1.0) if met else 0.0
            rows.append(
                (math.log(1.0 + won), math.log(1.0 + lost), fast, slow, theta, hours, since, 1.0 - met)
            )
        return [sum(column) / len(rows) for column in zip(*rows, strict=True)]

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON data, numbers to nine decimals."""
        return {
            "v": TRACE_VERSION,
            "before": list(self.before),
            "concepts": {
                key: [round(x, DIGITS) for x in past] for key, past in sorted(self.concepts.items())
            },
            "items": {key: [round(x, DIGITS) for x in own] for key, own in sorted(self.items.items())},
            **{name: round(getattr(self, name), DIGITS) for name in _NUMBERS},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Trace:
        """Read what `as_dict` wrote.

        Raises
        ------
        StateNotReadable
            If another version wrote it.
        """
        if data.get("v") != TRACE_VERSION:
            raise StateNotReadable(data.get("v"))
        trace = cls()
        for name in _NUMBERS:
            setattr(trace, name, data[name])
        trace.before = tuple(data["before"])
        trace.concepts = {
            key: (won, lost, fast, slow, at_s, place, theta, wide)
            for key, (won, lost, fast, slow, at_s, place, theta, wide) in data["concepts"].items()
        }
        trace.items = {key: (own[0], own[1]) for key, own in data["items"].items()}
        return trace


_NUMBERS = (
    "answers", "won", "slow", "middle", "fast", "last", "theta", "variance", "surprise", "last_s",
)  # fmt: skip


@dataclass(frozen=True)
class Predictor:
    """Effects and the layer over the inputs.

    Attributes
    ----------
    effects : Effects
    names : tuple of str
        The inputs that are used, a subset of `INPUTS` in their order.
    mean, scale : tuple of float
        One for each name.
    matrix : tuple of tuple of float
        Symmetric, one row more than there are names, the first for the constant.

    Raises
    ------
    PredictorNotReadable
        If the parts do not fit each other or are not finite.

    Examples
    --------
    >>> flat = Predictor(Effects(), ("ability",), (0.0,), (1.0,), ((0.8, 0.5), (0.5, 0.0)))
    >>> round(flat.predict(Trace(), Question(("tides",), 0.0)), 3)
    0.69
    """

    effects: Effects
    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    matrix: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.names)
        if any(name not in INPUTS for name in self.names):
            raise PredictorNotReadable("it names inputs that this release does not have")
        if not len(self.mean) == len(self.scale) == len(self.matrix) - 1 == size or any(
            len(row) != size + 1 for row in self.matrix
        ):
            raise PredictorNotReadable("its parts differ in size")
        numbers = [*self.mean, *self.scale, *(one for row in self.matrix for one in row), self.effects.base]
        if not all(map(math.isfinite, numbers)) or min(self.scale, default=1.0) <= 0:
            raise PredictorNotReadable("a number is not finite, or a scale not positive")

    def predict(self, trace: Trace, asked: Question) -> float:
        """Return the probability that the question will be answered right."""
        return self.of_inputs(trace.inputs(asked, effects=self.effects))

    def of_inputs(self, inputs: Sequence[float]) -> float:
        """Return the probability of a right answer for the `INPUTS`."""
        columns = self._columns
        chosen = inputs if columns is None else [inputs[column] for column in columns]
        z = np.array([1.0, *chosen])
        low, high, matrix = self._raw
        np.maximum(z, low, out=z)
        np.minimum(z, high, out=z)
        return 1.0 / (1.0 + math.exp(-_near(float(matrix.dot(z).dot(z)))))

    def of_rows(self, rows: Floats) -> Floats:
        """Return the same for many rows of `INPUTS`, shape (rows, inputs) -> (rows,)."""
        chosen = rows if self._columns is None else rows[:, self._columns]
        z = np.clip((chosen - self._mean[1:]) * self._shrink[1:], -CUT_OFF, CUT_OFF)
        z = np.column_stack([np.ones(len(z)), z])
        logits = np.einsum("ij,ij->i", z @ self._matrix, z)
        answer: Floats = 1.0 / (1.0 + np.exp(-np.clip(logits, -FURTHEST, FURTHEST)))
        return answer

    @cached_property
    def _columns(self) -> list[int] | None:
        return None if self.names == INPUTS else [INPUTS.index(name) for name in self.names]

    @cached_property
    def _mean(self) -> Floats:
        return np.array([0.0, *self.mean])

    @cached_property
    def _shrink(self) -> Floats:
        return np.array([1.0, *(1.0 / one for one in self.scale)])

    @cached_property
    def _raw(self) -> tuple[Floats, Floats, Floats]:
        """Lowest and highest input and the matrix, all in the inputs' own units: two steps fewer."""
        reach = np.array([0.0, *self.scale]) * CUT_OFF
        centre = np.array([1.0, *self.mean])
        standardise = np.diag(self._shrink)
        standardise[1:, 0] = -self._mean[1:] * self._shrink[1:]
        return centre - reach, centre + reach, standardise.T @ self._matrix @ standardise

    @cached_property
    def _matrix(self) -> Floats:
        return np.array(self.matrix, dtype=np.float64)

    def as_dict(self) -> dict[str, Any]:
        """Return the predictor as plain JSON data, in one order."""
        effects = self.effects
        return {
            "v": TRACE_VERSION,
            "names": list(self.names),
            "mean": list(self.mean),
            "scale": list(self.scale),
            "matrix": [list(row) for row in self.matrix],
            "base": effects.base,
            "concepts": [[list(key), *value] for key, value in sorted(effects.concepts.items())],
            "sequences": [
                [list(before), list(key), *value]
                for (before, key), value in sorted(effects.sequences.items())
            ],
            "items": [[key, *value] for key, value in sorted(effects.items.items())],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Predictor:
        """Read what `as_dict` wrote.

        Raises
        ------
        PredictorNotReadable
        """
        if data.get("v") != TRACE_VERSION:
            raise PredictorNotReadable(f"it has version {data.get('v')!r}")
        effects = Effects(
            base=data["base"],
            concepts={tuple(key): (effect, seen) for key, effect, seen in data["concepts"]},
            sequences={(tuple(a), tuple(b)): (effect, seen) for a, b, effect, seen in data["sequences"]},
            items={key: (effect, seen) for key, effect, seen in data["items"]},
        )
        matrix = tuple(tuple(row) for row in data["matrix"])
        return cls(effects, tuple(data["names"]), tuple(data["mean"]), tuple(data["scale"]), matrix)

    @cached_property
    def hash(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the canonical JSON."""
        canonical = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _near(log_odds: float) -> float:
    return min(max(log_odds, -FURTHEST), FURTHEST)
