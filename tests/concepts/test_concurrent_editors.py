from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from tests.service.processes import Service

pytestmark = pytest.mark.service

SEED_GRAPH = """
from accounts.models import User
from concepts.services.editing import add_concept
from concepts.services.subjects import open_subject
keeper = User.objects.create_user("keeper", role="educator")
subject = open_subject(name="Contested", keeper=keeper)
for number in range(10):
    add_concept(subject, name=f"c{number}", author=keeper)
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(home=tmp_path)
    service.manage("migrate", "--verbosity", "0")
    service.manage("shell", "-c", SEED_GRAPH)
    yield service
    service.stop()


def test_editors_at_the_same_moment_never_close_a_circle_and_lose_no_revision(service: Service) -> None:
    editors = [
        service.start("-m", "tests.concepts.editor", seed, "60", str(service.home)) for seed in ("1", "2")
    ]
    assert [editor.wait(timeout=120) for editor in editors] == [0, 0]
    graph = json.loads(service.manage("export_graph", "contested").stdout)
    edges = [(edge["source"], edge["target"]) for edge in graph["edges"]]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(edges))
    revisions = "apps.get_model('concepts.Revision').objects.order_by('number')"
    assert service.ask(f"list({revisions}.values_list('number', flat=True))") == list(
        range(1, len(edges) + 11)
    )
    assert service.ask(f"sorted(set({revisions}.values_list('reason', flat=True)))") == ["", "1", "2"]
