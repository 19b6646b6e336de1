"""How good a ranking is, judged by what is known to be relevant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


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


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
