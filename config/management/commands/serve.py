"""Web server and worker of one machine under one roof: started, kept alive and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

RESTARTS_AT_MOST_EVERY_S = 2.0
STOP_WITHIN_S = 15.0


@dataclass
class Child:
    """One process that is started again whenever it dies."""

    name: str
    command: Sequence[str]
    started_at: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        self.started_at = time.monotonic()
        # A session of its own: Ctrl-C in the terminal reaches only the parent, which stops all in order.
        self.process = subprocess.Popen(self.command, cwd=settings.BASE_DIR, start_new_session=True)

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)

    def stop(self, *, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Command(BaseCommand):
    help = "Prepare the database, then run the web server and a worker until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="127.0.0.1:8000", help="host:port to listen on.")
        parser.add_argument("--sample", action="store_true", help="Load the sample course if empty.")

    def handle(self, *args: Any, address: str, sample: bool, **options: Any) -> None:
        _refuse_taken_port(address)
        # SIGINT too: a shell starts what runs in the background with it ignored.
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, _interrupt)
        call_command("migrate", verbosity=0)
        if sample:
            call_command("load_sample_course", if_empty=True)
            if settings.DEBUG:
                call_command("create_demo_users")
        children = [
            Child("web", [sys.executable, "-m", "gunicorn", "config.wsgi", *_gunicorn_options(address)]),
            Child("worker", [sys.executable, "manage.py", "run_worker"]),
        ]
        try:
            for child in children:
                child.start()
            self.stdout.write(self.style.SUCCESS(f"Cairn is at http://{address}/  (Ctrl-C stops it)"))
            self._keep_alive(children)
        except KeyboardInterrupt:
            self.stdout.write("Stopping.")
        finally:
            deadline = time.monotonic() + STOP_WITHIN_S
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.stop(deadline=deadline)

    def _keep_alive(self, children: list[Child]) -> None:
        while True:
            for child in children:
                if child.has_died and time.monotonic() - child.started_at > RESTARTS_AT_MOST_EVERY_S:
                    self.stderr.write(f"The {child.name} process died; starting it again.")
                    child.start()
            time.sleep(0.2)


def _gunicorn_options(address: str) -> list[str]:
    options = ["--bind", address, "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    return [*options, "--timeout", "120", "--log-level", "warning", "--no-control-socket"]


def _refuse_taken_port(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise CommandError(f"The address {address!r} is not host:port, for example 127.0.0.1:8000.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as exc:
            raise CommandError(
                f"Cannot listen on {address} ({exc.strerror}). Stop what runs there, or choose another: "
                "make run ADDRESS=127.0.0.1:8001"
            ) from exc


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


# Many small threads of linear algebra only get into each other's way in a web process.
os.environ.setdefault("OMP_NUM_THREADS", "1")
