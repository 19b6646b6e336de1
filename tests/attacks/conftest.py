from __future__ import annotations

from pathlib import Path

import pytest

from tutor.attacking.cases import Case, read_cases
from tutor.embedded.calibration import ADAPTER_FILE
from tutor.embedded.grading import EmbeddedGrader


@pytest.fixture(scope="session")
def suite() -> tuple[Case, ...]:
    return read_cases(Path(__file__).parent / "cases")


@pytest.fixture(scope="session")
def embedded_grader() -> EmbeddedGrader:
    """With the real weights."""
    from vectorstore.minilm_reader import MiniLmReader
    from vectorstore.spacy_parser import SpacyParser

    return EmbeddedGrader(MiniLmReader(ADAPTER_FILE), parser=SpacyParser())
