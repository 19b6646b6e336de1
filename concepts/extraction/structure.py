"""What the whole graph says of one pair, once every pair has a first score."""

from __future__ import annotations

import numpy as np

from concepts.extraction.signals import Matrix, Vector, ahead, standardised, standardised_pairs

# Weak scores are many: raised to this power they do not outweigh the few strong ones.
_SHARPNESS = 1.5


def levels(scores: Matrix) -> Vector:
    """Return how far up each concept stands when every likely edge pulls its ends one step apart.

    The levels h minimise the sum of ``s_ij (h_j - h_i - 1)^2`` plus a small pull to 0 (De Bacco, Larremore
    and Moore 2018, SpringRank, equation 2, with its ridge), standardised.

    Examples
    --------
    >>> levels(np.array([[0, 0.9, 0], [0, 0, 0.9], [0, 0, 0]])).round(1) + 0.0
    array([-1.2,  0. ,  1.2])
    """
    strength = scores**_SHARPNESS
    np.fill_diagonal(strength, 0.0)
    count = len(strength)
    total = float(strength.sum())
    if count < 2 or total <= 0.0:
        return np.zeros(count)
    both = strength + strength.T
    pull = np.diag(both.sum(axis=1)) - both + np.eye(count) * 2.0 * total / count
    return standardised(np.linalg.solve(pull, strength.sum(axis=0) - strength.sum(axis=1)))


def second_signals(scores: Matrix) -> dict[str, Matrix]:
    """Return what the first scores of all pairs say of each pair.

    ``steps_apart`` is minus the distance of the levels, ``low_levels`` minus their sum, ``chains`` how much
    two steps lead from one to the other, in either direction; ``level`` is directed: by how much the first
    stands lower.
    """
    height = levels(scores)
    likely = np.where(scores > scores.T, scores, 0.0)
    chains = standardised_pairs(np.sqrt(likely @ likely))
    return {
        "steps_apart": -np.abs(height[:, None] - height[None, :]),
        "low_levels": -(height[:, None] + height[None, :]),
        "chains": chains + chains.T,
        "level": ahead(-height),
    }
