"""One placement in two windows at the same moment, over real HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.service.api_client import ApiClient
from tests.service.processes import Service

pytestmark = pytest.mark.service

SEED = """
from tests.tutor.quay import open_quay, someone_at
enrolment = someone_at(open_quay())
enrolment.learner.set_password("a-long-pass-word")
enrolment.learner.save()
"""


class Window:
    """Answers whatever question it was shown last, until there is none."""

    def __init__(self, service: Service, *, start: Barrier) -> None:
        self.client = ApiClient(service, username="lea")
        self.start = start
        self.statuses: list[int] = []
        self.last: dict[str, Any] = {}

    def work(self) -> None:
        enrolment = self.client.rows("/enrolments")[0]["id"]
        self.start.wait()
        self.last = self.client.post(f"/enrolments/{enrolment}/placements")
        path = f"/api/v1/placements/{self.last['placement']['id']}"
        while self.last["question"]:
            said = {"question": self.last["question"]["id"], "reply": "unknown"}
            answer = self.client.http.post(f"{path}/answers", json=said)
            self.statuses.append(answer.status_code)
            self.last = answer.json() if answer.is_success else self.client.http.get(path).json()


def test_two_windows_share_one_placement_and_every_question_is_answered_once(tmp_path: Path) -> None:
    service = Service(home=tmp_path)
    try:
        service.manage("migrate", "--verbosity", "0")
        service.manage("shell", "-c", SEED)
        service.start_web()
        start = Barrier(2)
        windows = [Window(service, start=start) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(window.work) for window in windows]:
                done.result(timeout=240)
        numbers = service.ask(
            "list(apps.get_model('mastery.PlacementQuestion').objects.values_list('number', 'outcome'))"
        )
        events = service.ask(
            "apps.get_model('mastery.MasteryEvent').objects.exclude(kind='placement').count()"
        )
        assert "0 differences" in service.manage("replay_mastery").stdout
    finally:
        service.stop()
    assert {status for window in windows for status in window.statuses} <= {200, 409}
    assert [number for number, _ in numbers] == list(range(1, len(numbers) + 1))
    assert {outcome for _, outcome in numbers} == {"unknown"}
    assert events == len(numbers)
    assert windows[0].last["placement"] == windows[1].last["placement"]
    assert windows[0].last["result"] == windows[1].last["result"]
