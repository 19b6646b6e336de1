"""How fast map and next concept come over HTTP, from the real server with two workers, beside a trivial view.

The workers' own processor time is the figure, read from the kernel around each batch of requests: unlike the
time that passes, it does not tell of what else the machine does.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tutor.speed.turns import Ratio

WORKERS = 2
STARTS_WITHIN_S = 120
TRIVIAL = "one row"
ASKED = {
    TRIVIAL: ("speed/row/{}", "goals", False),
    "next": ("api/v1/enrolments/{}/next", "goals", False),
    "next, whole subject": ("api/v1/enrolments/{}/next", "whole", False),
    "next, unchanged": ("api/v1/enrolments/{}/next", "goals", True),
    "map": ("api/v1/enrolments/{}/map", "goals", False),
    "map, unchanged": ("api/v1/enrolments/{}/map", "goals", True),
}
"""By name: the address, which learners ask, and whether they say which answer they have."""

SEEDING = """
import json, random
from tutor.speed.seeding import seed
people = seed(concepts={concepts}, learners={learners}, mastered={mastered}, rng=random.Random(1))
print("=>" + json.dumps(people))
"""


class ServerDidNotStart(Exception):
    """The server that was to be measured did not answer in time."""

    def __init__(self, log: str) -> None:
        super().__init__(
            f"The server gave no answer within {STARTS_WITHIN_S} s. It said: {log[-2000:] or 'nothing'}"
        )


@dataclass(frozen=True, slots=True)
class ServedSpeed:
    """One kind of request: milliseconds of the workers' processor, and milliseconds that passed."""

    cpu_ms: float
    p50_ms: float
    p95_ms: float
    kilobytes: float


@dataclass(frozen=True, slots=True)
class ApiSpeed:
    """What was asked by name, how it compares with the trivial view, and the workers' greatest memory."""

    concepts: int
    served: dict[str, ServedSpeed]
    ratios: dict[str, Ratio]
    worker_mib: float


def time_api(
    directory: Path, *, concepts: int, learners: int, mastered: int, turns: int, batch: int
) -> ApiSpeed:
    """Seed a database in an empty directory, serve it, and ask for each thing by turns.

    Raises
    ------
    ServerDidNotStart
    """
    env = {**os.environ, "CAIRN_DATA_DIR": str(directory), "LOG_LEVEL": "WARNING", "DEBUG": "1"}
    env |= {
        "DATABASE_URL": f"sqlite:///{directory / 'cairn.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    _manage("migrate", "-v0", env=env)
    code = SEEDING.format(concepts=concepts, learners=learners, mastered=mastered)
    out = _manage("shell", "-v0", "-c", code, env=env)
    people = json.loads(out[out.index("=>") + 2 :])
    with _server(directory, env=env) as (port, master):
        with closing(_Client(port, people)) as client:
            spent = _ask_by_turns(client, master, turns=turns, batch=batch)
        memory = max(_peak_mib(pid) for pid in _children(master))
    cpu = {name: [seconds for seconds, _ in rounds] for name, rounds in spent.items()}
    return ApiSpeed(
        concepts=concepts,
        served={name: _summed_up(rounds, client.sizes[name]) for name, rounds in spent.items()},
        ratios={
            name: Ratio.of([one / other for one, other in zip(cpu[TRIVIAL], cpu[name], strict=True)])
            for name in ASKED
            if name != TRIVIAL
        },
        worker_mib=memory,
    )


def _summed_up(rounds: Sequence[tuple[float, list[float]]], size: int) -> ServedSpeed:
    passed = [1000 * seconds for _, times in rounds for seconds in times]
    return ServedSpeed(
        cpu_ms=1000 * median(cpu for cpu, _ in rounds),
        p50_ms=median(passed),
        p95_ms=quantiles(passed, n=20)[-1],
        kilobytes=size / 1000,
    )


def _ask_by_turns(
    client: _Client, master: int, *, turns: int, batch: int
) -> dict[str, list[tuple[float, list[float]]]]:
    for name in ASKED:  # both workers read the graph before anything is timed
        for _ in range(8 * WORKERS):
            client.ask(name)
    spent: dict[str, list[tuple[float, list[float]]]] = {name: [] for name in ASKED}
    for _ in range(turns):
        for name in ASKED:
            before = _cpu_s(master)
            times = [client.ask(name) for _ in range(batch)]
            spent[name].append(((_cpu_s(master) - before) / batch, times))
    return spent


class _Client:
    """Asks over one kept connection a worker, as different learners in turn."""

    def __init__(self, port: int, people: Sequence[Mapping[str, str]]) -> None:
        self._connections = [
            http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(WORKERS)
        ]
        self._people = {aims: [one for one in people if one["aims"] == aims] for aims in ("goals", "whole")}
        self._tags: dict[tuple[str, str], str] = {}
        self._asked = 0
        self.sizes: dict[str, int] = {}

    def close(self) -> None:
        """Let the connections go."""
        for connection in self._connections:
            connection.close()

    def ask(self, name: str) -> float:
        """Return the seconds until the whole answer was there."""
        address, aims, says_tag = ASKED[name]
        people = self._people[aims]
        self._asked += 1
        person = people[self._asked % len(people)]
        path = "/" + address.format(person["enrolment"])
        tag = self._tags.get((path, person["token"]), "")
        headers = {"Authorization": f"Token {person['token']}"} | ({"If-None-Match": tag} if says_tag else {})
        connection = self._connections[self._asked % WORKERS]
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        passed = time.perf_counter() - began
        if answer.status not in (200, 304):
            raise RuntimeError(f"{path} answered {answer.status}: {body[:500]!r}")
        self._tags[path, person["token"]] = answer.headers.get("ETag", "")
        self.sizes[name] = len(body)
        return passed


@contextmanager
def _server(directory: Path, *, env: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    port, log = _free_port(), directory / "server.log"
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", str(WORKERS)]
    options += ["--threads", "4", "--log-level", "warning", "--no-control-socket", "--keep-alive", "60"]
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "tutor.speed.server:make_application()", *options],
            env=dict(env),
            stdout=told,
            stderr=told,
        )
        try:
            _wait_for_answer(port, process, log=log)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


def _wait_for_answer(port: int, process: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise ServerDidNotStart(log.read_text(errors="replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _manage(*arguments: str, env: Mapping[str, str]) -> str:
    done: Any = subprocess.run(
        [sys.executable, "manage.py", *arguments], env=dict(env), check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ServerDidNotStart(done.stdout + done.stderr)
    return str(done.stdout)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_s(master: int) -> float:
    """The seconds that all threads of all workers have run, to the nanosecond."""
    threads = (thread for pid in _children(master) for thread in Path(f"/proc/{pid}/task").iterdir())
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
