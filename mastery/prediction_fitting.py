r"""Fit the predictor to answers: shrunken effects by empirical Bayes, then the layer on answers held out.

*Effects.* With the rest of the model held fixed as an offset o, the effects u of one family are the mode of

.. math:: \sum_r \left[ y_r \log \sigma(o_r + u_{g(r)}) + (1 - y_r) \log(1 - \sigma(o_r + u_{g(r)})) \right]
          - \sum_g u_g^2 / 2 \tau^2

found by Newton's steps, one number a group, and the variance by an expectation step (Breslow and Clayton,
Approximate inference in generalized linear mixed models, JASA 88, 1993):

.. math:: \tau^2 \leftarrow \frac{1}{G} \sum_g \left( u_g^2 + 1 / H_g \right)

The families (concepts, sequence, item) and a plain logistic layer over the history take turns.

*Stacking.* An effect fitted to an answer knows that answer. So learners are dealt into `FOLDS` folds, and the
layer is fitted to inputs whose effects come from the *other* folds (Wolpert, Stacked generalization, Neural
Networks 5, 1992): it sees items as new, or as seldom met, as it will in service. The effects that are kept
come from all.

*The layer* is ridge regression of the log odds on inputs, squares and products, by Newton's method: convex,
one answer, no randomness. Its penalty is the best of `PENALTIES` for log loss on the last fold's learners.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mastery.errors import TooFewToFit
from mastery.predicting import (
    CUT_OFF,
    DIGITS,
    FURTHEST,
    INPUTS,
    NEEDS_ITEMS,
    Effects,
    Floats,
    Predictor,
    Question,
    Trace,
)

FOLDS = 5
PENALTIES = (1000.0, 300.0, 30.0)
ROUNDS = 3
STEPS = 5
BLOCK = 8192
LEAST_LEARNERS, LEAST_ANSWERS = 10, 200
FIRST_VARIANCE, LEAST_VARIANCE, MOST_VARIANCE = 0.5, 0.01, 4.0

Ints = npt.NDArray[np.int64]


class Answer(NamedTuple):
    """One question and the score that its answer earned, 0..1."""

    asked: Question
    score: float


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What the predictor may use; for ablations, and for data without items.

    Attributes
    ----------
    inputs : frozenset of str
    items, concepts, sequences : bool
        Which effects are fitted.
    products : bool
        Whether the layer sees squares and products.
    """

    inputs: frozenset[str] = frozenset(INPUTS)
    items: bool = True
    concepts: bool = True
    sequences: bool = True
    products: bool = True

    @classmethod
    def without_items(cls) -> Ingredients:
        """Return all that can be used where questions are not asked again."""
        return cls(inputs=frozenset(INPUTS) - NEEDS_ITEMS, items=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs in their order."""
        return tuple(name for name in INPUTS if name in self.inputs)


@dataclass(frozen=True)
class _Family:
    """One kind of effect: each answer's group, and the key of each group."""

    name: str
    groups: Ints
    keys: list[Any]


def fit_predictor(
    learners: Sequence[tuple[str, Sequence[Answer]]], *, ingredients: Ingredients = Ingredients()
) -> Predictor:
    """Fit effects and layer.

    Parameters
    ----------
    learners : sequence of (name, answers in order)
        The names only deal learners into folds.
    ingredients : Ingredients

    Raises
    ------
    TooFewToFit
    """
    learners = [(name, answers) for name, answers in learners if answers]
    total = sum(len(answers) for _, answers in learners)
    if len(learners) < LEAST_LEARNERS or total < LEAST_ANSWERS:
        raise TooFewToFit(
            learners=len(learners),
            answers=total,
            needed_learners=LEAST_LEARNERS,
            needed_answers=LEAST_ANSWERS,
        )
    scores = np.array([answer.score for _, answers in learners for answer in answers])
    folds = _deal(learners)
    names = ingredients.names
    families = _families(learners, ingredients=ingredients)
    history = _standardised(inputs_of(learners, lambda _: Effects()))
    everyone = np.ones(total, dtype=bool)
    held_out = [_fit_effects(history, families, scores, among=folds != fold) for fold in range(FOLDS)]
    fold_of = {name: int(folds[place]) for name, place in _first_places(learners)}
    rows = inputs_of(learners, lambda name: held_out[fold_of[name]])
    columns = [INPUTS.index(name) for name in names]
    chosen = rows[:, columns]
    mean, scale = chosen.mean(axis=0), _scale(chosen)
    z = np.clip((chosen - mean) / scale, -CUT_OFF, CUT_OFF)
    matrix = _fit_layer(z, scores, check=folds == FOLDS - 1, products=ingredients.products)
    return Predictor(
        effects=_fit_effects(history, families, scores, among=everyone),
        names=names,
        mean=_rounded(mean),
        scale=_rounded(scale),
        matrix=tuple(_rounded(row) for row in matrix),
    )


def inputs_of(
    learners: Iterable[tuple[str, Sequence[Answer]]], effects_for: Callable[[str], Effects]
) -> Floats:
    """Return the inputs of every answer as they stood before it, shape (answers, inputs)."""
    rows = []
    for name, answers in learners:
        trace, effects = Trace(), effects_for(name)
        for asked, score in answers:
            rows.append(trace.inputs(asked, effects=effects))
            trace.learn(asked, score, effects=effects)
    return np.array(rows).reshape(-1, len(INPUTS))


def fit_logistic(
    rows: npt.NDArray[Any],
    scores: Floats,
    *,
    penalty: float,
    offset: Floats | float = 0.0,
    steps: int = STEPS,
    start: Floats | None = None,
) -> Floats:
    """Return the weights of ridge logistic regression; the first column of ``rows`` is not penalised.

    Rows of single precision are multiplied as such and summed block by block in double.

    Examples
    --------
    >>> ones = np.ones((100, 1))
    >>> weights = fit_logistic(ones, np.repeat([1.0, 0.0], [75, 25]), penalty=1.0, steps=8)
    >>> round(float(weights[0]), 3)  # log of 3
    1.099
    """
    weights = np.zeros(rows.shape[1]) if start is None else start
    ridge = np.full(rows.shape[1], penalty)
    ridge[0] = 1e-6
    loss = _penalised(rows, scores, weights, ridge=ridge, offset=offset)
    for _ in range(steps):
        expected = _sigmoid(_along(rows, weights) + offset)
        slope = _down(rows, scores - expected) - ridge * weights
        curve = _curvature(rows, expected * (1 - expected)) + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        for _ in range(8):  # halve a step that overshoots: Newton's method alone may diverge
            tried = _penalised(rows, scores, weights + step, ridge=ridge, offset=offset)
            if tried <= loss:
                break
            step = step / 2
        weights, before, loss = weights + step, loss, tried
        if before - loss < 1e-7 * len(scores):
            break
    return weights


def fit_effect(
    groups: Ints, scores: Floats, *, size: int, offset: Floats, variance: float, steps: int = STEPS
) -> tuple[Floats, Floats]:
    """Return the effects of one family and their curvatures, shape (size,) each.

    Examples
    --------
    >>> scores = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 1.0])
    >>> effect, _ = fit_effect(np.array([0, 0, 0, 0, 1, 1]), scores, size=3, offset=np.zeros(6), variance=1.0)
    >>> bool(effect[0] > 0.5), round(float(effect[1]), 6), float(effect[2])
    (True, 0.0, 0.0)
    """
    effect = np.zeros(size)
    curve = np.full(size, 1.0 / variance)
    for _ in range(steps):
        expected = _sigmoid(offset + effect[groups])
        slope = np.bincount(groups, scores - expected, size) - effect / variance
        curve = np.bincount(groups, expected * (1 - expected), size) + 1 / variance
        effect = effect + np.clip(slope / curve, -1.0, 1.0)
    return effect, curve


def _deal(learners: Sequence[tuple[str, Sequence[Answer]]]) -> Ints:
    """The fold of every answer; by a stable hash of the learner's name, then levelled by turns."""
    order = sorted(
        range(len(learners)), key=lambda place: (zlib.crc32(learners[place][0].encode()), learners[place][0])
    )
    fold = {place: turn % FOLDS for turn, place in enumerate(order)}
    return np.repeat([fold[n] for n in range(len(learners))], [len(answers) for _, answers in learners])


def _first_places(learners: Sequence[tuple[str, Sequence[Answer]]]) -> Iterable[tuple[str, int]]:
    place = 0
    for name, answers in learners:
        yield name, place
        place += len(answers)


def _families(learners: Sequence[tuple[str, Sequence[Answer]]], *, ingredients: Ingredients) -> list[_Family]:
    keys: dict[str, list[Any]] = {"concepts": [], "sequences": [], "items": []}
    for _, answers in learners:
        before: tuple[str, ...] = ()
        for (concepts, _, item), _ in answers:
            keys["concepts"].append(concepts)
            keys["sequences"].append((before, concepts))
            keys["items"].append(item)
            before = concepts
    families = []
    for name, column in keys.items():
        if getattr(ingredients, name) and any(key is not None for key in column):
            numbers: dict[Any, int] = {}
            groups = np.array([numbers.setdefault(key, len(numbers)) for key in column])
            families.append(_Family(name, groups, list(numbers)))
    return families


def _fit_effects(
    history: Floats, families: Sequence[_Family], scores: Floats, *, among: npt.NDArray[np.bool_]
) -> Effects:
    rows, right = history[among], scores[among]
    groups = [family.groups[among] for family in families]
    effects = [np.zeros(len(family.keys)) for family in families]
    variances = [FIRST_VARIANCE] * len(families)
    weights = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        total = _summed(effects, groups, size=len(right))
        weights = fit_logistic(rows, right, penalty=1.0, offset=total, steps=3)
        linear = rows @ weights
        for place, group in enumerate(groups):
            size = len(families[place].keys)
            offset = linear + total - effects[place][group]
            effect, curve = fit_effect(group, right, size=size, offset=offset, variance=variances[place])
            met = np.bincount(group, minlength=size) > 0
            spread = float(np.mean(effect[met] ** 2 + 1 / curve[met]))
            variances[place] = min(max(spread, LEAST_VARIANCE), MOST_VARIANCE)
            total = total + effect[group] - effects[place][group]
            effects[place] = effect
    named: dict[str, Any] = {}
    for family, group, effect in zip(families, groups, effects, strict=True):
        named[family.name] = _named(family, effect, np.bincount(group, minlength=len(effect)))
    return Effects(base=round(float(weights[0]), DIGITS), **named)


def _named(family: _Family, effect: Floats, seen: Ints) -> dict[Any, tuple[float, int]]:
    return {
        key: (round(float(effect[place]), DIGITS), int(seen[place]))
        for place, key in enumerate(family.keys)
        if seen[place] and key is not None
    }


def _summed(effects: Sequence[Floats], groups: Sequence[Ints], *, size: int) -> Floats:
    total = np.zeros(size)
    for effect, group in zip(effects, groups, strict=True):
        total += effect[group]
    return total


def _fit_layer(z: Floats, scores: Floats, *, check: npt.NDArray[np.bool_], products: bool) -> Floats:
    """Return the symmetric matrix of the layer, the constant first."""
    size = z.shape[1] + 1
    pairs = list(combinations_with_replacement(range(1, size), 2)) if products else []
    wide = np.empty((len(z), size + len(pairs)), dtype=np.float32)
    wide[:, 0] = 1.0
    wide[:, 1:size] = z
    for column, (one, other) in enumerate(pairs, start=size):
        wide[:, column] = z[:, one - 1] * z[:, other - 1]
    scale = wide.std(axis=0)
    scale[0] = 1.0
    still = scale < 1e-6
    scale[still] = 1.0
    wide /= scale
    wide[:, 1:][:, still[1:]] = 0.0
    losses = {}
    warm: Floats | None = None
    others = wide[~check], scores[~check]
    for penalty in PENALTIES:  # from where the one before ended: they are near each other
        warm = fit_logistic(*others, penalty=penalty, start=warm)
        losses[penalty] = log_loss(scores[check], _sigmoid(_along(wide[check], warm)))
    best = min(losses, key=lambda penalty: losses[penalty])
    weights = fit_logistic(wide, scores, penalty=best, start=warm) / scale
    matrix = np.zeros((size, size))
    matrix[0, 0] = weights[0]
    matrix[0, 1:] = matrix[1:, 0] = weights[1:size] / 2
    for weight, (one, other) in zip(weights[size:], pairs, strict=True):
        matrix[one, other] += weight / 2
        matrix[other, one] += weight / 2
    return matrix


def log_loss(scores: Floats, expected: Floats) -> float:
    """Return the mean cross-entropy of scores in 0..1 under predictions, in nats.

    Examples
    --------
    >>> round(log_loss(np.array([1.0, 0.0]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    p = np.clip(expected, 1e-9, 1 - 1e-9)
    return float(-np.mean(scores * np.log(p) + (1 - scores) * np.log(1 - p)))


def _standardised(rows: Floats) -> Floats:
    """Inputs that no effect enters, standardised, with a leading one."""
    free = [place for place, name in enumerate(INPUTS) if not name.startswith("effect")]
    chosen = rows[:, free]
    z = np.clip((chosen - chosen.mean(axis=0)) / _scale(chosen), -CUT_OFF, CUT_OFF)
    return np.column_stack([np.ones(len(z)), z])


def _scale(rows: Floats) -> Floats:
    spread = rows.std(axis=0)
    return np.where(spread < 1e-6, 1.0, spread)


def _curvature(rows: npt.NDArray[Any], weights: Floats) -> Floats:
    total = np.zeros((rows.shape[1], rows.shape[1]))
    roots = np.sqrt(weights).astype(rows.dtype)
    for first in range(0, len(rows), BLOCK):
        block = rows[first : first + BLOCK] * roots[first : first + BLOCK, None]
        total += block.T @ block
    return total


def _along(rows: npt.NDArray[Any], weights: Floats) -> Floats:
    answer: Floats = (rows @ weights.astype(rows.dtype)).astype(np.float64)
    return answer


def _down(rows: npt.NDArray[Any], weights: Floats) -> Floats:
    total = np.zeros(rows.shape[1])
    for first in range(0, len(rows), BLOCK):
        total += weights[first : first + BLOCK].astype(rows.dtype) @ rows[first : first + BLOCK]
    return total


def _penalised(
    rows: Floats, scores: Floats, weights: Floats, *, ridge: Floats, offset: Floats | float
) -> float:
    logits = np.clip(_along(rows, weights) + offset, -FURTHEST, FURTHEST)
    losses = np.logaddexp(0.0, logits) - scores * logits
    return float(losses.sum() + 0.5 * (ridge * weights * weights).sum())


def _sigmoid(logits: Floats) -> Floats:
    answer: Floats = 1.0 / (1.0 + np.exp(-np.clip(logits, -FURTHEST, FURTHEST)))
    return answer


def _rounded(row: Floats) -> tuple[float, ...]:
    return tuple(round(float(one), DIGITS) for one in row)
