"""Measure whether replays agree to the byte, whatever the order of arrival, and what they cost."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from mastery.replay_benchmark import measure_replay


class Command(BaseCommand):
    help = "Measure whether replays agree to the byte, whatever the order of arrival, and their cost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--events", type=int, default=100_000)
        parser.add_argument("--learners", type=int, default=500)
        parser.add_argument("--concepts", type=int, default=120)
        parser.add_argument(
            "--alone", type=int, default=2_000, help="Events that arrive one at a time, late too."
        )
        parser.add_argument("--seed", type=int, default=1, help="The same seed gives the same rows anywhere.")
        parser.add_argument("--keep", action="store_true", help="Leave the shuffled events in the database.")
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = {name: options[name] for name in ("events", "learners", "concepts")}
        if min(sizes.values()) < 1 or options["alone"] < 0:
            raise CommandError("Give at least one event, learner and concept.", returncode=2)
        tell = self.stderr.write if not options["json"] else (lambda line: None)
        measured = measure_replay(
            **sizes, alone=options["alone"], seed=options["seed"], keep=options["keep"], tell=tell
        )
        row = {"database": connection.vendor, **measured.as_row()}
        if options["json"]:
            self.stdout.write(json.dumps(row))
        else:
            for name, value in row.items():
                self.stdout.write(f"{name.replace('_', ' '):>16}  {value}")
            self.stdout.write(" ".join(f"{name}={value}" for name, value in row.items()))
        if not measured.orders_agree or measured.differences:
            raise CommandError("The replays do not agree.", returncode=1)
