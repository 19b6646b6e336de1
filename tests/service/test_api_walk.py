"""The walk through the API in the documentation, run as it stands against a live service."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.service.processes import ROOT, Service

pytestmark = pytest.mark.service

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_every_command_of_the_walk_works_as_it_is_written(service: Service) -> None:
    service.manage("load_sample_course")
    service.manage("create_demo_users")
    service.start_web()
    service.start_worker()
    script = "\n".join(BLOCK.findall((ROOT / "docs" / "api.md").read_text(encoding="utf-8")))
    walk = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, "CAIRN": service.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert walk.returncode == 0, walk.stdout[-2000:] + walk.stderr[-2000:]
    assert walk.stderr.count(": succeeded") == 6
    assert "copied_lesson" in walk.stdout
    assert '"means"' in walk.stdout, "the dispute was looked at again"
    assert '"belief_after"' in walk.stdout
    assert '"status":403' in walk.stdout
