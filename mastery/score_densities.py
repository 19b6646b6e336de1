r"""Learn from scores alone how much likelier each score is for someone who has mastered a concept.

Nobody says which learners have mastered what; the order of their scores does. Each learner's scores on one
concept are a hidden Markov chain with two states, not mastered and mastered, that starts mastered with
probability pi and becomes so before each further answer with probability tau. A score falls into one of
`BINS` bins with probability g_b where mastered and f_b where not. All four are found by expectation and
maximisation (Baum et al., Annals of Mathematical Statistics 41, 1970), with every bin begun with `SMOOTHING`
answers shared out alike in both states, so that a bin
of few answers says little; a bin that is empty is read off its neighbours.

The ratio g_b / f_b is then made non-decreasing in the score by pooling neighbours that disagree (Ayer et
al., Annals of Mathematical Statistics 26, 1955), each bin weighed by its answers, and bounded: so a better
score never speaks against mastery, and no score decides alone.

Limits. Forgetting is not part of the chain: scores long apart should be handed in as chains of their own. The
two states are told apart only where scores change with practice, or differ much between learners.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mastery.errors import TooFewToFit
from mastery.parameters import MOST_LOG_RATIO

BINS = 20
SMOOTHING = 10.0
ROUNDS, SETTLED = 400, 1e-7
LEAST_CHAINS, LEAST_SCORES = 50, 300

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoreDensities:
    """What scores say.

    Attributes
    ----------
    log_ratios : tuple of float
        Log of the ratio mastered over not, for bins of equal width from 0 to 1; never falls.
    prior, learning : float
        Chance to have mastered at first, and to come to before each further answer.
    mean_mastered, mean_not : float
        Expected score in either state.
    """

    log_ratios: tuple[float, ...]
    prior: float
    learning: float
    mean_mastered: float
    mean_not: float


def fit_densities(chains: Sequence[Sequence[float]], *, bins: int = BINS) -> ScoreDensities:
    """Fit the two densities and the chain to sequences of scores in 0..1.

    Raises
    ------
    TooFewToFit
    """
    chains = [chain for chain in chains if len(chain)]
    total = sum(len(chain) for chain in chains)
    if len(chains) < LEAST_CHAINS or total < LEAST_SCORES:
        raise TooFewToFit(
            learners=len(chains), answers=total, needed_learners=LEAST_CHAINS, needed_answers=LEAST_SCORES
        )
    width = max(len(chain) for chain in chains)
    scores = np.full((len(chains), width), np.nan)
    for row, chain in enumerate(chains):
        scores[row, : len(chain)] = chain
    seen = ~np.isnan(scores)
    place = np.where(seen, np.minimum((np.nan_to_num(scores) * bins).astype(int), bins - 1), 0)
    spread = np.bincount(place[seen], minlength=bins) / total
    middles = (np.arange(bins) + 0.5) / bins
    emit = np.array([_normal(spread * (1.5 - middles) + 1e-3), _normal(spread * (0.5 + middles) + 1e-3)])
    prior, learning, before = 0.4, 0.15, -math.inf
    for _ in range(ROUNDS):
        mastered, moved, could, loss = _expected(place, seen, emit, prior=prior, learning=learning)
        prior = float((mastered[:, 0].sum() + 1) / (len(chains) + 2))
        learning = float((moved + 1) / (could + 4))
        for state, weight in enumerate((1 - mastered, mastered)):
            counts = np.bincount(place[seen], weight[seen], bins)
            emit[state] = _normal(counts + SMOOTHING * spread)
        if loss - before < SETTLED * total:
            break
        before = loss
    if (emit[0] * middles).sum() > (emit[1] * middles).sum():
        emit = emit[::-1]
    met = spread > 0
    known = _rising(np.log(emit[1][met] / emit[0][met]), weights=spread[met] * total)
    ratios = np.interp(middles, middles[met], known)  # what lies between scores that were seen is read off
    return ScoreDensities(
        log_ratios=tuple(round(float(np.clip(one, -MOST_LOG_RATIO, MOST_LOG_RATIO)), 6) for one in ratios),
        prior=prior,
        learning=learning,
        mean_mastered=float((emit[1] * middles).sum()),
        mean_not=float((emit[0] * middles).sum()),
    )


def _expected(
    place: npt.NDArray[np.int64],
    seen: npt.NDArray[np.bool_],
    emit: Floats,
    *,
    prior: float,
    learning: float,
) -> tuple[Floats, float, float, float]:
    """Forward and backward over all chains: P(mastered), moves, chances to move, log likelihood."""
    rows, width = place.shape
    likelihood = np.where(seen[None], emit[:, place], 1.0)
    ahead = np.empty((2, rows, width))
    loss = 0.0
    not_yet, has = np.full(rows, 1 - prior), np.full(rows, prior)
    for step in range(width):
        if step:
            has, not_yet = has + not_yet * learning, not_yet * (1 - learning)
        not_yet, has = not_yet * likelihood[0, :, step], has * likelihood[1, :, step]
        sums = not_yet + has
        not_yet, has = not_yet / sums, has / sums
        loss += float(np.log(sums).sum())
        ahead[0, :, step], ahead[1, :, step] = not_yet, has
    back_not, back_has = np.ones(rows), np.ones(rows)
    mastered = np.empty((rows, width))
    moved = could = 0.0
    for step in range(width - 1, -1, -1):
        one, other = ahead[0, :, step] * back_not, ahead[1, :, step] * back_has
        mastered[:, step] = other / (one + other)
        if not step:
            break
        came_not, came_has = likelihood[0, :, step] * back_not, likelihood[1, :, step] * back_has
        was_not, was_has = ahead[0, :, step - 1], ahead[1, :, step - 1]
        move, stay = was_not * learning * came_has, was_not * (1 - learning) * came_not
        sums = move + stay + was_has * came_has
        real = seen[:, step]
        moved += float((move / sums)[real].sum())
        could += float(((move + stay) / sums)[real].sum())
        back_not, back_has = learning * came_has + (1 - learning) * came_not, came_has
        level = back_not + back_has
        back_not, back_has = back_not / level, back_has / level
    return mastered, moved, could, loss


def _normal(counts: Floats) -> Floats:
    shares: Floats = counts / counts.sum()
    return shares


def _rising(values: Floats, *, weights: Floats) -> Floats:
    """The non-decreasing sequence nearest to the values, by pooling neighbours that disagree."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pool = (float(value), float(weight), 1)
        while pools and pools[-1][0] >= pool[0]:
            mean, before, count = pools.pop()
            total = before + pool[1]
            pool = ((mean * before + pool[0] * pool[1]) / total, total, count + pool[2])
        pools.append(pool)
    return np.repeat([mean for mean, _, _ in pools], [count for _, _, count in pools])
