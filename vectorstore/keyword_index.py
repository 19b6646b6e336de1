"""Keyword search over stems (BM25): finds the names, formulas and rare words that vectors blur."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import IndexDamaged, IndexMissing
from vectorstore.list_index import refuse_repeated
from vectorstore.ports import Hit
from vectorstore.words import search_stems

_IDS = "ids.npy"

K1 = 0.6
USUAL_K1 = 1.5
"""The value for a ranking by words alone; the benchmark measures it beside ours."""

Ids = NDArray[np.int64]


class KeywordIndex:
    """BM25 over the stems of texts, each with an id. Read-only; threads may share it.

    Notes
    -----
    Lucene's variant of Robertson's BM25 with the usual b = 0.75, computed by bm25s (Lù 2024, BM25S:
    Orders of magnitude faster lexical search via eager sparse scoring).

    k1 says how much a word counts for being there again (Robertson and Zaragoza 2009, The Probabilistic
    Relevance Framework, section 3.4). It is usually between 1.2 and 2 because repetition tells what a
    text is about. Here a vector tells that already: what fusion wants of the words is which of them are
    there at all, so repetition counts for less.

    Examples
    --------
    >>> index = KeywordIndex.build([7, 9], ["The chain rule", "Rivers and lakes"])
    >>> [hit.id for hit in index.search("a lake", limit=5)]
    [9]
    """

    def __init__(self, ids: Ids, scorer: Any) -> None:
        self._ids = ids
        self._scorer = scorer
        self._rows = {int(id_): row for row, id_ in enumerate(ids)}

    @classmethod
    def build(cls, ids: Sequence[int], texts: Sequence[str], *, k1: float = K1) -> KeywordIndex:
        """Index `texts` under `ids`.

        Raises
        ------
        IdsNotUnique
        """
        refuse_repeated(ids)
        corpus = [search_stems(text) for text in texts]
        scorer = _bm25s().BM25(method="lucene", k1=k1, b=0.75) if any(corpus) else None
        if scorer is not None:
            scorer.index(corpus, show_progress=False)
        return cls(np.asarray(ids, dtype=np.int64), scorer)

    @classmethod
    def open(cls, directory: Path) -> KeywordIndex:
        """Open a saved index by mapping it into memory.

        Raises
        ------
        IndexMissing, IndexDamaged
        """
        if not (directory / _IDS).is_file():
            raise IndexMissing(directory)
        try:
            ids = np.load(directory / _IDS)
            has_words = (directory / "params.index.json").is_file()
            scorer = _bm25s().BM25.load(directory, mmap=True, show_progress=False) if has_words else None
        except (OSError, ValueError, KeyError) as exc:
            raise IndexDamaged(directory, reason="bm25s cannot read it") from exc
        return cls(ids, scorer)

    def save(self, directory: Path) -> None:
        """Write the index into a new directory."""
        directory.mkdir()
        np.save(directory / _IDS, self._ids)
        if self._scorer is not None:
            self._scorer.save(directory, show_progress=False)

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, text: str, *, limit: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return the best `limit` texts that share a stem with `text`, best first, out of `allowed`."""
        scores = self._scores(text)
        if scores is None or limit < 1:
            return []
        if allowed is None:
            rows = np.flatnonzero(scores > 0)
        else:
            rows = np.array(sorted(self._rows[id_] for id_ in allowed if id_ in self._rows), dtype=np.int64)
            rows = rows[scores[rows] > 0]
        if len(rows) > limit:
            # Everything that ties with the last place stays in until the stable sort has decided.
            least = np.partition(scores[rows], -limit)[-limit]
            rows = rows[scores[rows] >= least]
        best = rows[np.argsort(-scores[rows], kind="stable")[:limit]]
        return [Hit(int(self._ids[row]), float(scores[row])) for row in best]

    def information(self, text: str) -> float:
        """Return the summed inverse document frequencies of the stems of `text`, unknown ones included."""
        counts = [self._documents_with(stem) for stem in search_stems(text)]
        return sum(math.log(1 + (len(self) - count + 0.5) / (count + 0.5)) for count in counts)

    def _documents_with(self, stem: str) -> int:
        if self._scorer is None or stem not in self._scorer.vocab_dict:
            return 0
        column = self._scorer.vocab_dict[stem]
        starts = self._scorer.scores["indptr"]
        return int(starts[column + 1] - starts[column])

    def _scores(self, text: str) -> NDArray[np.float32] | None:
        if self._scorer is None:
            return None
        vocabulary = self._scorer.vocab_dict
        known = [stem for stem in search_stems(text) if stem in vocabulary]
        return np.asarray(self._scorer.get_scores(known), dtype=np.float32) if known else None


def _bm25s() -> Any:
    import bm25s

    # Reports each step of each build as debug information, whatever level the service has set.
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s
