from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.processes import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A migrated, empty installation; whatever was started in it is killed at the end."""
    running = Service(home=tmp_path)
    running.manage("migrate", "-v0")
    yield running
    running.stop()
