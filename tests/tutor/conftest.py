from __future__ import annotations

import pytest

from tutor.embedded.calibration import ADAPTER_FILE
from vectorstore.ports import Embedder, Reader


@pytest.fixture(scope="session")
def minilm() -> Embedder:
    """The real weights, loaded once."""
    from vectorstore.minilm import MiniLmEmbedder

    return MiniLmEmbedder()


@pytest.fixture(scope="session")
def minilm_reader() -> Reader:
    """The real weights and the adapters that are shipped, loaded once."""
    from vectorstore.minilm_reader import MiniLmReader

    return MiniLmReader(ADAPTER_FILE)
