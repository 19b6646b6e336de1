"""The in-memory twin of the vector index: the same answers, nothing to install."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import IdsNotUnique
from vectorstore.ports import Hit, Vectors


class ListIndex:
    """Exact search by inner product over an array.

    Parameters
    ----------
    ids : sequence of int, length n
    vectors : array (n, d)

    Raises
    ------
    IdsNotUnique

    Examples
    --------
    >>> index = ListIndex([7, 9], np.eye(2, dtype=np.float32))
    >>> index.search(np.array([0, 1], dtype=np.float32), limit=1)
    [Hit(id=9, score=1.0)]
    """

    def __init__(self, ids: Sequence[int], vectors: Vectors) -> None:
        refuse_repeated(ids)
        self._ids: NDArray[np.int64] = np.asarray(ids, dtype=np.int64)
        self._vectors = np.asarray(vectors, dtype=np.float32)

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, vector: Vectors, *, limit: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return the best `limit` rows for a unit vector (d,), best first, out of `allowed` ids if given."""
        if limit < 1 or not len(self):
            return []
        scores = self._vectors @ np.asarray(vector, dtype=np.float32)
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(np.isin(self._ids, list(allowed)))
        best = rows[np.argsort(-scores[rows], kind="stable")[:limit]]
        return [Hit(int(self._ids[row]), float(scores[row])) for row in best]


def refuse_repeated(ids: Sequence[int]) -> None:
    """Raise `IdsNotUnique` if an id stands twice."""
    repeated = sorted(id_ for id_, count in Counter(ids).items() if count > 1)
    if repeated:
        raise IdsNotUnique(repeated)
