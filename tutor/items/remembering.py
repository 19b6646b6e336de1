"""An embedder that embeds no text twice: distractors are weighed against the same sentences many times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vectorstore.ports import Embedder, Vectors


class RememberingEmbedder:
    """Wraps an embedder for the length of one piece of work and keeps every vector it returned.

    Examples
    --------
    >>> from vectorstore.hash_embedder import HashEmbedder
    >>> remembering = RememberingEmbedder(HashEmbedder())
    >>> bool((remembering.embed(["a wave"]) == remembering.embed(["a wave"])).all())
    True
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.window_tokens = embedder.window_tokens

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return an array (n, d) of unit rows, embedding only what is new."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._known))
        if missing:
            self._known.update(zip(missing, self._embedder.embed(missing), strict=True))
        if not texts:
            return self._embedder.embed([])
        return np.stack([self._known[text] for text in texts])

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens `text` has."""
        return self._embedder.count_tokens(text)

    def windows(self, text: str) -> list[tuple[int, int]]:
        """Return character spans that each fit `window_tokens` and together cover `text`."""
        return self._embedder.windows(text)
