"""`make demo` as a newcomer runs it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.service.processes import Service

pytestmark = pytest.mark.service


def test_the_demo_plays_the_loop_and_leaves_nothing_behind(service: Service) -> None:
    service.env["EMBEDDER"] = "vectorstore.minilm.MiniLmEmbedder"
    service.env["JOB_LEASE_S"] = "30"
    before = set(Path(tempfile.gettempdir()).glob("cairn-demo-*"))
    played = service.manage("demo").stdout
    for part in ("concepts,", "Next: ", "The idea", "Explain it back", "\n> ", "Belief: "):
        assert part in played
    assert service.ask("apps.get_model('concepts', 'Subject').objects.count()") == 0
    assert set(Path(tempfile.gettempdir()).glob("cairn-demo-*")) == before
