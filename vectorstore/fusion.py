"""One ranking out of two: how near the meaning is, and how many of the query's words are there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

KEYWORD_WEIGHT = 0.15
"""How much a keyword score counts beside a cosine. From 0.12 to 0.18 the ranking hardly changes."""


@dataclass(frozen=True, slots=True)
class FusedHit:
    """A ranked row with the parts of its score: the cosine and the bare BM25 score."""

    id: int
    score: float
    dense: float
    keyword: float


def fuse(dense: Mapping[int, float], keyword: Mapping[int, float], *, information: float) -> list[FusedHit]:
    """Rank rows by cosine plus weighted BM25, best first.

    Parameters
    ----------
    dense : mapping of id to cosine in -1..1
    keyword : mapping of id to BM25 score; a row that shares no word with the query may be left out
    information : float
        What the query's words tell together: the sum of their inverse document frequencies, words the
        corpus does not know included (`KeywordIndex.information`).

    Returns
    -------
    list of FusedHit
        Every id of both mappings once. Equal scores are ordered by id. A row without a cosine counts
        with the least cosine given: a search that stopped before it cannot have missed a greater one.

    Notes
    -----
    ``score = cosine + KEYWORD_WEIGHT * bm25 / sqrt(information)``. A cosine means the same for every
    query, BM25 does not: the scores of rows that share words by chance grow about as the square root of
    what the words tell, as the spread of a sum of independent terms does. Divided by it, the best keyword
    hit of a query is strong where many rare words meet, and weak where only a common one does. Dividing
    by the best score instead (min-max fusion) makes every query's best keyword hit equally strong, and
    reciprocal rank fusion forgets the distances altogether; with both, a set whose words mislead falls
    below plain dense search. A convex sum whose parts are normalised by what they could reach, not by what
    they reached, is what Bruch, Gai and Ingber 2023 (An Analysis of Fusion Functions for Hybrid Retrieval)
    recommend; the square root is ours.

    Examples
    --------
    >>> [hit.id for hit in fuse({1: 0.50, 2: 0.45}, {2: 9.0}, information=9.0)]
    [2, 1]
    """
    least = min(dense.values(), default=0.0)
    scale = KEYWORD_WEIGHT / math.sqrt(max(information, 1.0))
    hits = []
    for id_ in dense.keys() | keyword.keys():
        cosine, words = dense.get(id_, least), keyword.get(id_, 0.0)
        hits.append(FusedHit(id_, cosine + scale * words, cosine, words))
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))
