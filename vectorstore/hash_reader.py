"""A deterministic stand-in for a reader: the same words are near, in the same order they agree."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

import numpy as np

from vectorstore.ports import Floats, Reading, Vectors
from vectorstore.words import stem, stems, words

_TOKEN = re.compile(r"\w+|[^\w\s]")
# Words of a real model have this much in common whatever they mean; thresholds are made for that.
COMMON = 0.3
_DENIES = frozenset({"not", "no", "never", "cannot"})


class HashReader:
    """Reads each word as a random vector of its stem, always the same, whatever stands around it.

    For tests and for machines without weights.

    Parameters
    ----------
    adapters : Path or None
        Taken as the real reader takes it, and not used.
    dimension : int

    Examples
    --------
    >>> reader = HashReader()
    >>> one, same, other = (reader.read([text])[0].vectors[0] for text in ("rivers", "river", "bread"))
    >>> bool(one @ same > 0.99), bool(abs(one @ other) < 0.6)
    (True, True)
    >>> shuffled, kept = reader.compare([("rivers flow to the sea", "sea flow rivers"),
    ...                                  ("rivers flow to the sea", "rivers flow")])
    >>> bool(shuffled < kept)
    True
    """

    def __init__(self, adapters: Path | None = None, *, dimension: int = 256) -> None:
        self._dimension = dimension
        self.name = f"hash-reader-{dimension}"

    def read(self, texts: Sequence[str], *, context: str = "") -> list[Reading]:
        """See `vectorstore.ports.Reader.read`; the context changes nothing."""
        found = []
        for text in texts:
            spans = tuple(match.span() for match in _TOKEN.finditer(text))
            rows = [_vector(stem(text[start:end]), self._dimension) for start, end in spans]
            vectors = np.stack(rows) if rows else np.zeros((0, self._dimension), np.float32)
            found.append(Reading(text, vectors, spans))
        return found

    def compare(self, pairs: Sequence[tuple[str, str]], *, context: str = "") -> Floats:
        """See `vectorstore.ports.PairScorer.compare`: the share of common stems that keep their order."""
        return np.array([_agreement(first, second) for first, second in pairs], dtype=np.float64)


@lru_cache(maxsize=65_536)
def _vector(key: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
    row = np.random.default_rng(seed).standard_normal(dimension)
    own = row / np.linalg.norm(row)
    mixed = np.sqrt(COMMON) / np.sqrt(dimension) + np.sqrt(1 - COMMON) * own
    return np.asarray(mixed / np.linalg.norm(mixed), dtype=np.float32)


def _agreement(first: str, second: str) -> float:
    one, other = stems(first), stems(second)
    common = set(one) & set(other)
    if len(common) < 2:
        return 0.0
    row, against = ([key for key in keys if key in common] for keys in (one, other))
    kept = SequenceMatcher(a=row, b=against, autojunk=False).ratio()
    is_denied = bool(_DENIES & set(words(first))) != bool(_DENIES & set(words(second)))
    return -2.0 if is_denied else 8.0 * (kept - 0.4)
