"""What every test stands on, beside tests/settings.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import wiring
from mastery.services.parameters_in_force import remember


@pytest.fixture(autouse=True)
def fresh_adapters(settings: Any, tmp_path: Path) -> Iterator[None]:
    """An index directory of its own for each test, and no adapter kept from the test before."""
    settings.INDEX_DIR = tmp_path / "index"
    wiring.forget_adapters()
    yield
    wiring.forget_adapters()


@pytest.fixture(autouse=True)
def default_parameters() -> None:
    """Nothing fitted is remembered from the test before, and no test counts the query that would find out."""
    remember({}, read_at_s=time.monotonic())
