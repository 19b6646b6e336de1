"""A deterministic stand-in for an embedding model: no weights, no learning, similar words are near."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from vectorstore.ports import Vectors
from vectorstore.windows import cut_windows
from vectorstore.words import stems

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashEmbedder:
    """Embeds a text as the hashed bag of its stems (feature hashing with random signs).

    For tests and for machines without weights: texts that share words are near, texts that do not are
    about orthogonal; it knows nothing of meaning.

    Parameters
    ----------
    dimension : int
    window_tokens : int
        Words and punctuation marks per window.

    References
    ----------
    Weinberger et al. 2009, Feature hashing for large scale multitask learning, equations 1 and 2.

    Examples
    --------
    >>> near, same, far = HashEmbedder().embed(["the chain rule", "chain rules", "rivers of France"])
    >>> bool(near @ same > 0.99), bool(abs(near @ far) < 0.5)
    (True, True)
    """

    def __init__(self, dimension: int = 256, *, window_tokens: int = 128) -> None:
        self.dimension = dimension
        self.window_tokens = window_tokens
        self.name = f"hash-{dimension}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return an array (n, d) of unit rows; a text without content words gets a fixed direction."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for stem, count in Counter(stems(text)).items():
                place, sign = _feature(stem, self.dimension)
                row[place] += sign * np.sqrt(count)
            if not row.any():
                row[0] = 1
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / lengths, dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        """Return the number of words and punctuation marks."""
        return len(_TOKEN.findall(text))

    def windows(self, text: str) -> list[tuple[int, int]]:
        """Return character spans that each fit `window_tokens` and together cover `text`."""
        return cut_windows(
            text,
            tokens=[match.span() for match in _TOKEN.finditer(text)],
            budget=self.window_tokens,
            overlap=self.window_tokens // 8,
            count_tokens=self.count_tokens,
        )


@lru_cache(maxsize=65_536)
def _feature(stem: str, dimension: int) -> tuple[int, float]:
    digest = int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest(), "big")
    return (digest >> 1) % dimension, 1.0 if digest & 1 else -1.0
