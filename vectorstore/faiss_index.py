"""Exact nearest-passage search with FAISS."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vectorstore.errors import IndexDamaged, IndexMissing
from vectorstore.list_index import refuse_repeated
from vectorstore.ports import Hit, Vectors


class FaissIndex:
    """Exact search by inner product over unit vectors, each with its own id (IndexIDMap2 over IndexFlatIP).

    Build one with `build` or open a file with `open`. An object is read-only and may be shared by
    threads, but never by a parent and a forked child: FAISS hangs there once the parent has searched.
    Open it in the process that searches.

    Examples
    --------
    >>> index = FaissIndex.build([7, 9], np.eye(2, dtype=np.float32))
    >>> index.search(np.array([0, 1], dtype=np.float32), limit=1)
    [Hit(id=9, score=1.0)]
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(
        cls, ids: Sequence[int], vectors: Vectors, *, dimension: int | None = None, threads: int = 1
    ) -> FaissIndex:
        """Return an index over `vectors` (n, d); `dimension` is needed only where there is no vector.

        Raises
        ------
        IdsNotUnique
            FAISS itself would accept an id twice and return both rows.
        """
        faiss = _faiss(threads)
        refuse_repeated(ids)
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension or rows.shape[1]))
        if len(ids):
            index.add_with_ids(rows, np.asarray(ids, dtype=np.int64))
        return cls(index)

    @classmethod
    def open(cls, path: Path, *, threads: int = 1) -> FaissIndex:
        """Open a saved index by mapping it into memory: vectors are read from disk when first compared.

        Raises
        ------
        IndexMissing, IndexDamaged
        """
        faiss = _faiss(threads)
        if not path.is_file():
            raise IndexMissing(path)
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as exc:
            raise IndexDamaged(path, reason="FAISS cannot read it") from exc

    def save(self, path: Path) -> None:
        """Write the index to a new file."""
        _faiss(None).write_index(self._index, str(path))

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    @property
    def bare(self) -> Any:
        """The library's own index, to be measured beside this one."""
        return self._index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: Vectors, *, limit: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return the best `limit` rows for a unit vector (d,), best first, out of `allowed` ids if given."""
        limit = min(limit, len(self) if allowed is None else len(allowed))
        if limit < 1:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32)[None, :]
        scores, ids = self._index.search(query, limit, params=_restriction(allowed))
        return [Hit(int(id_), float(score)) for id_, score in zip(ids[0], scores[0], strict=True) if id_ >= 0]


def _restriction(allowed: Collection[int] | None) -> Any:
    if allowed is None:
        return None
    faiss = _faiss(None)
    selector = faiss.IDSelectorBatch(np.fromiter(allowed, dtype=np.int64, count=len(allowed)))
    return faiss.SearchParameters(sel=selector)


def _faiss(threads: int | None) -> Any:
    # It tells at each import which of its builds it tried.
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)
    import faiss

    if threads is not None:
        faiss.omp_set_num_threads(threads)
    return faiss
