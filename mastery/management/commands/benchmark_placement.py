"""Place simulated learners and tell how soon it was found out what they know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mastery.errors import BenchmarkDataNotUsable
from mastery.placement import GATING, LARGEST
from mastery.placement_benchmark import (
    DOUBTED,
    METHODS,
    Course,
    Row,
    draw_course,
    measure,
    ours,
    plain,
    read_courses,
    table,
)

COURSES = 4


class Command(BaseCommand):
    help = "Measure on simulated learners how soon a placement knows what they know, beside other methods."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concepts", type=int, default=400)
        parser.add_argument("--learners", type=int, default=96, help="Of each method, on drawn courses.")
        parser.add_argument("--data", type=Path, help="Directory with graphs/*.json: real graphs too.")
        parser.add_argument("--real-learners", type=int, default=24, help="Of each method, a real graph.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 30 <= options["concepts"] <= LARGEST or min(options["learners"], options["real_learners"]) < 1:
            raise CommandError(f"Choose 30 to {LARGEST} concepts and at least 1 learner.", returncode=2)
        real = self._real_courses(options["data"]) if options["data"] else []
        rng = np.random.default_rng(options["seed"])
        drawn = [draw_course(options["concepts"], rng=rng) for _ in range(COURSES)]
        rows: list[Row] = []
        measured = chain(self._on_drawn(drawn, options), self._on_real(real, options))
        if options["json"]:
            rows.extend(measured)
        else:
            for line in table(_kept(measured, rows)):
                self.stdout.write(line)
                self.stdout.flush()
        best = next(row for row in rows if row.name == "ours")
        last = {
            "accuracy_10": round(best.accuracy_10, 4),
            "accuracy_20": round(best.accuracy_20, 4),
            "precision_known": round(best.precision_known, 4),
            "ms_a_question": round(best.ms, 1),
        }
        if options["json"]:
            self.stdout.write(json.dumps({"rows": [row.as_dict() for row in rows], **last}))
            return
        self.stdout.write(" ".join(f"{name}={value}" for name, value in last.items()))

    def _real_courses(self, directory: Path) -> list[Course]:
        try:
            return read_courses(directory)
        except BenchmarkDataNotUsable as exc:
            raise CommandError(str(exc), returncode=2) from exc

    def _on_drawn(self, courses: list[Course], options: dict[str, Any]) -> Iterator[Row]:
        wanted = {"courses": courses, "learners": options["learners"], "seed": options["seed"]}
        for name, make in METHODS.items():
            yield measure(name, make, **wanted)
        yield measure("ours, who may say “I do not know”", ours(), says_so=True, **wanted)
        yield measure("ours, edges held at 0.97", ours(confidence=GATING), **wanted)
        filtering, doubting = plain(choice="gain"), ours(confidence=DOUBTED)
        yield measure("plain, a tenth of edges wrong", filtering, wrong=True, **wanted)
        believing = ours(confidence=GATING)
        yield measure("ours, a tenth wrong, held at 0.97", believing, wrong=True, **wanted)
        yield measure("ours, a tenth wrong, held at 0.9", doubting, wrong=True, **wanted)

    def _on_real(self, courses: list[Course], options: dict[str, Any]) -> Iterator[Row]:
        shown = ("constant predictor", "plain filter, information gain", "ours")
        for course, name in product(courses, shown):
            learners = options["real_learners"]
            yield measure(name, METHODS[name], courses=[course], learners=learners, seed=options["seed"])


def _kept(rows: Iterable[Row], into: list[Row]) -> Iterator[Row]:
    """Pass rows on as they are measured, and keep them."""
    for row in rows:
        into.append(row)
        yield row
