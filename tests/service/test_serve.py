"""``manage.py serve`` keeps web server and worker alive together and stops both."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.service.processes import Service, wait_for

pytestmark = pytest.mark.service


def children_of(parent: int) -> dict[str, int]:
    """Web and worker process ids below ``parent``."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            command = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        if f"\nPPid:\t{parent}\n" in text:
            found["worker" if "run_worker" in command else "web"] = int(status.parent.name)
    return found


def is_running(process_id: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return False


def test_a_killed_worker_is_started_again_and_an_interrupt_stops_everything(service: Service) -> None:
    parent = service.start("manage.py", "serve", "--address", f"127.0.0.1:{service.port}")
    wait_for(service.is_alive, within_s=60, what="the web server's answer")
    first = wait_for(lambda: children_of(parent.pid).get("worker"), within_s=20, what="a worker")
    os.kill(first, signal.SIGKILL)

    def another() -> int | None:
        worker = children_of(parent.pid).get("worker")
        return worker if worker != first else None

    second = wait_for(another, within_s=20, what="a new worker")
    web = children_of(parent.pid)["web"]
    parent.send_signal(signal.SIGINT)
    assert parent.wait(timeout=30) == 0
    assert not is_running(second)
    assert not is_running(web)


def test_a_taken_port_is_refused_with_the_way_out(service: Service) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", service.port))
        taken.listen()
        outcome = service.manage("serve", "--address", f"127.0.0.1:{service.port}", check=False)
    assert outcome.returncode == 1
    assert "make run ADDRESS=" in outcome.stderr


def test_an_address_without_a_port_is_refused(service: Service) -> None:
    outcome = service.manage("serve", "--address", "localhost", check=False)
    assert "not host:port" in outcome.stderr
