from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.worker import Worker


class Command(BaseCommand):
    help = "Run queued jobs until stopped (SIGTERM: after the job in hand; Ctrl-C: at once, giving it back)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="Stop once no job is due.")

    def handle(self, *args: Any, until_idle: bool, **options: Any) -> None:
        worker = Worker()
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        # A shell starts what runs in the background with Ctrl-C ignored, and its children inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            worker.run(until_idle=until_idle)
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
        self.stdout.write(f"{worker.jobs_run} jobs run.")
