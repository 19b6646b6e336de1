"""Measure how fast edges are checked, decisions are made and the API answers, each beside the plain way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tutor.speed.choices import AnswersDiffer, ChoiceSpeed, time_choices
from tutor.speed.edges import time_edges
from tutor.speed.serving import ServerDidNotStart, time_api
from tutor.speed.tables import api_figures, api_table, choice_figures, choice_table, edge_figures, edge_table


class Command(BaseCommand):
    help = "Time the check of a new edge, the choice of what comes next, or map and next over HTTP."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--part", choices=["graph", "next", "api"], required=True)
        parser.add_argument(
            "--concepts",
            type=int,
            nargs="+",
            help="Sizes; else 100000 for graph, 1000 10000 100000 for next, 300 for api.",
        )
        parser.add_argument("--turns", type=int, default=7, help="How often each way is timed.")
        parser.add_argument("--learners", type=int, default=8, help="api: how many learners ask in turn.")
        parser.add_argument("--mastered", type=int, default=100, help="api: what each has mastered.")
        parser.add_argument("--batch", type=int, default=40, help="api: requests of a kind in a turn.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a table.")

    def handle(self, *args: Any, part: str, json: bool, **options: Any) -> None:
        try:
            speeds, lines, figures = getattr(self, f"_{part}")(options)
        except (AnswersDiffer, ServerDidNotStart) as error:
            raise CommandError(str(error), returncode=2) from error
        if json:
            self.stdout.write(_as_json({"parts": [asdict(one) for one in speeds], **figures}))
            return
        for line in lines:
            self.stdout.write(line)
        self.stdout.write(" ".join(f"{name}={value:.2f}" for name, value in figures.items()))

    def _graph(self, options: dict[str, Any]) -> tuple[list[Any], Iterator[str], dict[str, float]]:
        (count, *_) = options["concepts"] or [100_000]
        speed = time_edges(count, turns=options["turns"])
        return [speed], edge_table(speed), edge_figures(speed)

    def _next(self, options: dict[str, Any]) -> tuple[list[Any], Iterator[str], dict[str, float]]:
        counts = options["concepts"] or [1000, 10_000, 100_000]
        speeds: list[ChoiceSpeed] = [time_choices(count, turns=options["turns"]) for count in counts]
        return speeds, choice_table(speeds), choice_figures(speeds)

    def _api(self, options: dict[str, Any]) -> tuple[list[Any], Iterator[str], dict[str, float]]:
        (count, *_) = options["concepts"] or [300]
        asked = {name: options[name] for name in ("learners", "mastered", "turns", "batch")}
        with TemporaryDirectory() as directory:
            speed = time_api(Path(directory), concepts=count, **asked)
        return [speed], api_table(speed), api_figures(speed)


def _as_json(figures: dict[str, Any]) -> str:
    return json.dumps(figures, indent=1)
