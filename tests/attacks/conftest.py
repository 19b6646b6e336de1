from __future__ import annotations

from pathlib import Path

import pytest

from tutor.attacking.cases import Case, read_cases
from tutor.embedded.training import RememberingEmbedder
from vectorstore.ports import Embedder


@pytest.fixture(scope="session")
def suite() -> tuple[Case, ...]:
    return read_cases(Path(__file__).parent / "cases")


@pytest.fixture(scope="session")
def remembering() -> Embedder:
    """The real weights; a text that was met before is not embedded again."""
    from vectorstore.minilm import MiniLmEmbedder

    return RememberingEmbedder(MiniLmEmbedder())
