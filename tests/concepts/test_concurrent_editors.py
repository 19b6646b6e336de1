from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep
from typing import Any

import networkx as nx
import pytest

from tests.service.api_client import ApiClient
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


SEED_SUMS = """
from accounts.models import User
from concepts.models import Concept
from concepts.services.subjects import open_subject
for name in ("ada", "ben"):
    User.objects.create_user(name, password="a-long-pass-word", role="educator")
subject = open_subject(name="Contested", keeper=User.objects.get(username="ada"))
subject.library.educators.add(User.objects.get(username="ben"))
for number in range(4):
    Concept.objects.create(subject=subject, key=f"c{number}", name=f"c{number}", status="published")
"""
EDITS = 12


class Editor:
    """One educator at a browser of their own: reads, edits what was read, and on 412 reads again."""

    def __init__(self, service: Service, name: str, *, concept: str, start: Barrier) -> None:
        self.name, self.concept, self.start = name, concept, start
        self.client = ApiClient(service, username=name)
        self.made: list[int] = []
        self.told: list[tuple[int, dict[str, Any]]] = []

    def work(self) -> None:
        self.start.wait()
        for number in range(EDITS):
            while not self.edit(f"{self.name} {number}", undo=number % 4 == 3):
                pass

    def edit(self, name: str, *, undo: bool) -> bool:
        """Rename one's own concept, or undo whatever came last; whether nobody was quicker."""
        etag = self.client.http.get(f"/api/v1/concepts/{self.concept}").headers["ETag"]
        sleep(0.02)
        headers = {"If-Match": etag}
        if undo:
            subject = self.client.rows("/subjects")[0]["id"]
            path = f"/api/v1/subjects/{subject}/undo"
            answer = self.client.http.post(path, json={"reason": self.name}, headers=headers)
        else:
            path = f"/api/v1/concepts/{self.concept}"
            answer = self.client.http.patch(path, json={"name": name, "reason": self.name}, headers=headers)
        if answer.status_code == 412:
            self.told.append((int(etag.strip('"')), answer.json()))
            return False
        assert answer.status_code == 200, answer.text
        self.made.append(int(answer.headers["ETag"].strip('"')))
        return True


def test_of_two_editors_one_wins_and_the_other_is_told_what_happened_between(tmp_path: Path) -> None:
    service = Service(home=tmp_path)
    try:
        service.manage("migrate", "--verbosity", "0")
        service.manage("shell", "-c", SEED_SUMS)
        service.start_web()
        start = Barrier(2)
        ids = service.ask(
            "[str(one.pk) for one in apps.get_model('concepts.Concept').objects.order_by('key')]"
        )
        editors = [
            Editor(service, name, concept=key, start=start)
            for name, key in zip(("ada", "ben"), ids, strict=False)
        ]
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(editor.work) for editor in editors]:
                done.result(timeout=240)
        rows = {row["number"]: row for row in editors[0].client.rows("/revisions")}
    finally:
        service.stop()
    first, second = (set(editor.made) for editor in editors)
    assert not first & second
    assert first | second == set(rows) == set(range(1, 2 * EDITS + 1))
    assert all(rows[number]["author"] == editor.name for editor in editors for number in editor.made)
    refusals = [refusal for editor in editors for refusal in editor.told]
    assert refusals, "the two never met"
    for seen, problem in refusals:
        assert problem["expected_revision"] == seen < problem["current_revision"]
        between = list(range(seen + 1, problem["current_revision"] + 1))
        assert [row["number"] for row in problem["since"]["revisions"]] == between
        assert [row["reason"] for row in problem["since"]["revisions"]] == [
            rows[number]["reason"] for number in between
        ]
        assert problem["since"]["diff"]["to"] == problem["current_revision"]
