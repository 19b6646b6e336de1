"""Arithmetic of signals over one subject: (n, n) arrays, row the prerequisite, column the dependent.

What is compared between subjects is standardised over the whole subject first, because its scale (how long
the texts are, how alike they are) says nothing about prerequisites.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

# So many columns of a table of words are in memory at once.
_BLOCK = 4096
# Beyond so many standard deviations a signal says nothing more.
_FARTHEST = 3.0
_OF_ALL = 0.5
# A rate in a text of few words is uncertain; this many words are added to every text.
_SMALL_TEXT = 50.0


def standardised(values: Vector) -> Vector:
    """Return values with mean 0 and spread 1; all 0 where they do not differ.

    Examples
    --------
    >>> standardised(np.array([1.0, 1.0])), standardised(np.array([0.0, 2.0]))
    (array([0., 0.]), array([-1.,  1.]))
    """
    spread = float(values.std()) if values.size else 0.0
    if spread < 1e-9:
        return np.zeros_like(values, dtype=np.float64)
    scaled: Vector = (values - values.mean()) / spread
    return scaled


def standardised_pairs(signal: Matrix) -> Matrix:
    """Return a signal standardised over its pairs; a concept is no pair with itself."""
    result = np.zeros_like(signal, dtype=np.float64)
    pairs = ~np.eye(len(signal), dtype=bool)
    result[pairs] = standardised(signal[pairs])
    return result


def ahead(values: Vector) -> Matrix:
    """Return by how much each concept's value is above each other's, at most three deviations.

    Examples
    --------
    >>> ahead(np.array([1.0, 0.0])).tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    return np.clip(values[:, None] - values[None, :], -_FARTHEST, _FARTHEST)


def lead(signal: Matrix) -> Matrix:
    """Return how much more a signal holds in one direction than in the other."""
    return np.clip(signal - signal.T, -_FARTHEST, _FARTHEST)


def closeness(likeness: Matrix) -> Matrix:
    """Return minus the mean logarithm of both ranks: 0 for mutual nearest neighbours, symmetric.

    A rank means the same in a subject of twenty concepts and of two thousand.

    Examples
    --------
    >>> closeness(np.array([[0, 3.0, 1], [3, 0, 2], [1, 2, 0]]))[0].round(2) + 0.0
    array([ 0.  ,  0.  , -0.69])
    """
    count = len(likeness)
    others = likeness.astype(np.float64, copy=True)
    np.fill_diagonal(others, np.inf)
    order = np.argsort(-others, axis=1, kind="stable")
    ranks = np.empty((count, count))
    np.put_along_axis(ranks, order, np.arange(count, dtype=np.float64)[None, :], axis=1)
    logs = np.log(np.maximum(ranks, 1.0))
    near: Matrix = -(logs + logs.T) / 2
    return near


def counted(counts: Sequence[Counter[int]]) -> Matrix:
    """Return the array whose entry (i, j) is how often ``counts[j]`` holds i; nothing on the diagonal."""
    table = np.zeros((len(counts), len(counts)))
    for column, count in enumerate(counts):
        for row, times in count.items():
            table[row, column] = times
    np.fill_diagonal(table, 0.0)
    return table


def reference_weights(mentions: Matrix) -> Matrix:
    """Return how strongly each column's text rests on each concept it names.

    Count dampened by a logarithm, weighed by how few texts name it, each column scaled to unit length, so
    that long and short texts compare.
    """
    count = len(mentions)
    named_by = (mentions > 0).sum(axis=1)
    weights = np.log1p(mentions) * np.log1p(count / (1 + named_by))[:, None]
    return _unit_columns(weights)


def shared_words(texts: Sequence[Mapping[Any, float]]) -> Matrix:
    """Return the cosine of the texts' words, dampened and weighed by rarity; common words are left out."""
    words, rarity = _vocabulary(texts, _OF_ALL)
    product = np.zeros((len(texts), len(texts)))
    for start in range(0, len(words), _BLOCK):
        block = np.log1p(_table(texts, words[start : start + _BLOCK])) * rarity[start : start + _BLOCK]
        product += block @ block.T
    length = np.sqrt(np.maximum(np.diag(product), 1e-12))
    cosine: Matrix = product / length[:, None] / length[None, :]
    return cosine


def owned_use(
    owned: Sequence[Mapping[Any, float]], used: Sequence[Mapping[Any, float]], *, most_share: float
) -> Matrix:
    """Return how much each column's text uses the terms that belong to each row's concept.

    A term belongs to concepts in proportion to how much they own of it; what more than ``most_share`` of
    all texts use tells nothing apart.
    """
    count = len(used)
    terms, rarity = _vocabulary(used, most_share)
    product, squares = np.zeros((count, count)), np.zeros(count)
    for start in range(0, len(terms), _BLOCK):
        part = terms[start : start + _BLOCK]
        owns = _table(owned, part)
        owns /= owns.sum(axis=0) + 1e-9
        uses = np.log1p(_table(used, part)) * rarity[start : start + _BLOCK]
        product += owns @ uses.T
        squares += (uses * uses).sum(axis=1)
    np.fill_diagonal(product, 0.0)
    strength: Matrix = product / np.sqrt(np.maximum(squares, 1e-12))[None, :]
    return strength


def concentration(counts: Sequence[Mapping[Any, float]]) -> list[dict[Any, float]]:
    """Return the squared rate of each term in each text: what a text is about it holds densely."""
    dense = []
    for count in counts:
        size = sum(count.values()) + _SMALL_TEXT
        dense.append({term: (times / size) ** 2 for term, times in count.items()})
    return dense


def _vocabulary(texts: Sequence[Mapping[Any, float]], most_share: float) -> tuple[list[Hashable], Vector]:
    """Return the terms that two texts or more hold, but not too many, and how rare each is."""
    held: Counter[Hashable] = Counter(term for text in texts for term in text)
    most = max(2.0, most_share * len(texts))
    terms = sorted((term for term, times in held.items() if 2 <= times <= most), key=repr)
    return terms, np.array([math.log((len(texts) + 1) / (held[term] + 0.5)) for term in terms])


def _table(texts: Sequence[Mapping[Any, float]], terms: Sequence[Hashable]) -> Matrix:
    column = {term: number for number, term in enumerate(terms)}
    table = np.zeros((len(texts), len(terms)))
    for row, text in enumerate(texts):
        for term, times in text.items():
            if term in column:
                table[row, column[term]] = times
    return table


def _unit_columns(weights: Matrix) -> Matrix:
    lengths = np.sqrt((weights * weights).sum(axis=0))
    scaled: Matrix = weights / np.maximum(lengths, 1e-9)[None, :]
    return scaled
