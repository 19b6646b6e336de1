from __future__ import annotations

import pytest

from vectorstore.ports import Embedder


@pytest.fixture(scope="session")
def minilm() -> Embedder:
    """The real weights, loaded once."""
    from vectorstore.minilm import MiniLmEmbedder

    return MiniLmEmbedder()
