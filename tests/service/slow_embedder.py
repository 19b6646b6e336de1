"""The tests' embedder, so slow that a test can kill the worker while it embeds."""

from __future__ import annotations

import time
from collections.abc import Sequence

from vectorstore.hash_embedder import HashEmbedder
from vectorstore.ports import Vectors


class SlowEmbedder(HashEmbedder):
    """Takes a twentieth of a second to embed a text, and a while to count its tokens."""

    def count_tokens(self, text: str) -> int:
        time.sleep(0.002)
        return super().count_tokens(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        time.sleep(0.05 * len(texts))
        return super().embed(texts)
