"""Cairn as its operator runs it: real processes, a real port, a database file of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

Value = TypeVar("Value")

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(ask: Callable[[], Value | None], *, within_s: float, what: str) -> Value:
    """The first truthy answer of ``ask``, or a failure that says what was waited for."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.005)
    raise AssertionError(f"{what} did not happen within {within_s} s")


@dataclass
class Service:
    """One installation in ``home``; its processes are started one by one, so that each can be killed."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    at_stop: list[Callable[[], None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.service.settings",
            "CAIRN_DATA_DIR": str(self.home),
            "DATABASE_URL": f"sqlite:///{self.home / 'cairn.sqlite3'}",
            **self.env,
        }

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        outcome = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert not check or outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome

    def ask(self, expression: str) -> Any:
        """The JSON value of a Python expression evaluated inside the installation."""
        code = (
            f"import json; from django.apps import apps; print('=>' + json.dumps({expression}, default=str))"
        )
        out = self.manage("shell", "-c", code).stdout
        return json.loads(out[out.index("=>") + 2 :])

    def stage(self) -> str:
        """The stage that the only job stands in, read so quickly that a short stage is not missed."""
        with closing(sqlite3.connect(self.home / "cairn.sqlite3", timeout=5)) as database:
            row = database.execute("SELECT stage FROM jobs_job").fetchone()
        return str(row[0]) if row else ""

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment(), start_new_session=True
        )
        self.processes.append(process)
        return process

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "run_worker")

    def start_web(self) -> subprocess.Popen[bytes]:
        bind = [
            "--bind",
            f"127.0.0.1:{self.port}",
            "--worker-class",
            "gthread",
            "--threads",
            "4",
            "--no-control-socket",
        ]
        process = self.start("-m", "gunicorn", "config.wsgi", *bind)
        wait_for(self.is_alive, within_s=60, what="the web server's answer")
        return process

    def is_alive(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """``kill -9`` of a process and all its children, as when a machine loses power."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for close in self.at_stop:
            close()
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
