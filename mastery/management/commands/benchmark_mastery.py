"""Measure predictions on logs of real learners, and beliefs on simulated ones of which the truth is known."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mastery.errors import MasteryError, PyBktNotRunning
from mastery.mastery_benchmark import (
    FIRST_TIME,
    Learners,
    Measured,
    measure,
    measure_constant,
    measure_pybkt,
    models_of,
    read_learners,
    sets_in,
    without_items,
)
from mastery.services.costing import measure_cost
from mastery.soft_benchmark import measure_soft

UNUSABLE = 2


class Command(BaseCommand):
    help = "Measure predictions on logs of real learners, and beliefs on simulated ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, help="A folder of sets with train.csv.gz and test.csv.gz.")
        parser.add_argument("--part", choices=["logs", "soft", "cost"], default="logs")
        parser.add_argument("--ablation", action="store_true", help="Also leave each ingredient out in turn.")
        parser.add_argument(
            "--learners", type=int, default=0, help="Use only so many of each file; 0 for all."
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["part"] == "soft":
                self._soft(options)
            elif options["part"] == "cost":
                self._cost(options)
            else:
                self._logs(options)
        except MasteryError as exc:
            raise CommandError(str(exc), returncode=UNUSABLE) from exc

    def _logs(self, options: dict[str, Any]) -> None:
        if options["data"] is None:
            raise CommandError("Say with --data where the answers are.", returncode=UNUSABLE)
        if not options["json"]:
            self.stdout.write(
                f"{'set':<16} {'model':<52} {'AUC':>7} {'logloss':>8} {'RMSE':>7} {'calib':>7} {'us':>7}"
            )
        rows: list[Measured] = []
        for path in sets_in(options["data"]):
            found = [read_learners(path / f"{name}.csv.gz") for name in ("train", "test")]
            train, test = (rows_[: options["learners"] or None] for rows_ in found)
            rows += self._measure_set(path.name, train, test, options)
        last = _summary(rows)
        if options["json"]:
            self.stdout.write(json.dumps({"rows": [row.as_dict() for row in rows], **last}, allow_nan=True))
            return
        for row in rows:
            if row.gap_bias and row.model.startswith("Cairn"):
                told = ", ".join(f"{name} {bias:+.3f}" for name, bias in row.gap_bias.items())
                self.stdout.write(f"{row.data}, {row.model}: prediction less outcome: {told}")
        self.stdout.write(" ".join(f"{name}={value:.4f}" for name, value in last.items()))

    def _measure_set(
        self, name: str, train: Learners, test: Learners, options: dict[str, Any]
    ) -> list[Measured]:
        rows = [self._told(measure_constant(train, test, data=name), options)]
        try:
            rows.append(self._told(measure_pybkt(train, test, data=name, seed=options["seed"]), options))
        except PyBktNotRunning as exc:
            self.stderr.write(str(exc))
        for has_items in (True, False):
            answers = (train, test) if has_items else (without_items(train), without_items(test))
            for model, chosen in models_of(has_items=has_items, ablation=options["ablation"]).items():
                rows.append(
                    self._told(measure(*answers, data=name, model=model, ingredients=chosen), options)
                )
        return rows

    def _told(self, row: Measured, options: dict[str, Any]) -> Measured:
        if not options["json"]:
            one = row.scored
            spent = "" if math.isnan(row.update_us) else f"{row.update_us:.1f}"
            self.stdout.write(
                f"{row.data:<16} {row.model:<52} {one.auc:>7.4f} {one.logloss:>8.4f} {one.rmse:>7.4f} "
                f"{one.ece:>7.4f} {spent:>7}"
            )
            self.stdout.flush()
        return row

    def _cost(self, options: dict[str, Any]) -> None:
        cost = measure_cost()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(cost)))
            return
        self.stdout.write(
            f"One event with two prerequisites: {cost.fold_us:.1f} us for the fold alone, with the database "
            f"{cost.record_ms:.2f} ms (median), {cost.record_p95_ms:.2f} ms (95 in 100), of which "
            f"{cost.record_cpu_ms:.2f} ms processor. Nothing was kept."
        )
        self.stdout.write(" ".join(f"{name}={value:.3f}" for name, value in asdict(cost).items()))

    def _soft(self, options: dict[str, Any]) -> None:
        rows = measure_soft(seed=options["seed"])
        if options["json"]:
            self.stdout.write(json.dumps([row.as_dict() for row in rows]))
            return
        self.stdout.write(f"{'evidence':<40} {'calib':>7} {'logloss':>8} {'AUC':>7} {'answers to 0.95':>16}")
        for row in rows:
            self.stdout.write(
                f"{row.model:<40} {row.ece:>7.4f} {row.logloss:>8.4f} {row.auc:>7.4f} {row.answers:>16.2f}"
            )
        by_name = {row.model: row for row in rows}
        self.stdout.write(
            " ".join(
                f"{name.split(',')[0].replace(' ', '_')}_ece={row.ece:.4f}" for name, row in by_name.items()
            )
        )


def _summary(rows: list[Measured]) -> dict[str, float]:
    with_items = [row for row in rows if row.model == "Cairn, items"]
    concepts = [row for row in rows if row.model == "Cairn, concepts only"]
    biases = [
        abs(bias)
        for row in (*with_items, *concepts)
        for name, bias in (row.gap_bias or {}).items()
        if name != FIRST_TIME
    ]
    return {
        "auc": _mean([row.scored.auc for row in with_items]),
        "auc_concepts": _mean([row.scored.auc for row in concepts]),
        "logloss": _mean([row.scored.logloss for row in with_items]),
        "ece": _mean([row.scored.ece for row in (*with_items, *concepts)]),
        "gap_bias": max(biases, default=math.nan),
        "update_us": _mean([row.update_us for row in (*with_items, *concepts)]),
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
