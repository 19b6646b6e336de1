"""Time edits, undo, merge, split and diff on a large random subject."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.services.history_benchmark import measure_history

SMALLEST = 100


class Command(BaseCommand):
    help = "Time edits, undo, merge, split and diff on a large random subject; nothing is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concepts", type=int, default=2000, help="three times as many edges (2000)")
        parser.add_argument("--times", type=int, default=20, help="how often each act is timed (20)")
        parser.add_argument("--json", action="store_true", help="write one JSON object instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        size, times = options["concepts"], options["times"]
        if size < SMALLEST or not 1 <= times <= size // 5:
            raise CommandError(f"Give at least {SMALLEST} concepts, and at most a fifth as many times.")
        timings = measure_history(concepts=size, times=times)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(timing) for timing in timings]))
            return
        for timing in timings:
            self.stdout.write(
                f"{timing.act:26} p50 {timing.p50_ms:7.1f} ms  worst {timing.worst_ms:7.1f} ms  "
                f"processor {timing.cpu_ms:6.1f} ms"
            )
        worst = max(timing.p50_ms for timing in timings)
        cpu = max(timing.cpu_ms for timing in timings)
        self.stdout.write(f"concepts={size} times={times} slowest_p50_ms={worst} slowest_cpu_ms={cpu}")
