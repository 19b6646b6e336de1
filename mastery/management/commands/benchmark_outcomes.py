"""Measure on simulated learners how well outcomes tell true prerequisites from false ones."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mastery.edge_outcomes import BANDS, Verdict
from mastery.outcome_benchmark import KINDS, measure_outcomes


class Command(BaseCommand):
    help = "Measure on simulated learners how well outcomes tell true prerequisites from false ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learners", type=int, nargs="+", default=[30, 100, 300, 1000])
        parser.add_argument("--courses", type=int, default=10, help="Simulated courses for each size.")
        parser.add_argument("--bands", type=int, default=BANDS, help="1: arms compared as they are.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [self._row(learners, options) for learners in options["learners"]]
        if options["json"]:
            self.stdout.write(json.dumps(rows))
            return
        columns = [f"{kind} {verdict}" for kind in KINDS for verdict in Verdict]
        self.stdout.write(f"{'learners':>8} {'edges':>6}" + "".join(f"{name:>24}" for name in columns))
        for row in rows:
            shares = "".join(f"{row[name]:>24.3f}" for name in columns)
            self.stdout.write(f"{row['learners']:>8} {row['edges']:>6}{shares}")
        last = rows[-1]
        self.stdout.write(
            f"learners={last['learners']} true_supported={last['true supported']:.3f} "
            f"false_alarms={last['true contradicted']:.3f} "
            f"unrelated_contradicted={last['unrelated contradicted']:.3f} "
            f"unrelated_supported={last['unrelated supported']:.3f}"
        )

    def _row(self, learners: int, options: dict[str, Any]) -> dict[str, Any]:
        counted: Counter[tuple[str, str]] = Counter()
        for course in range(options["courses"]):
            counted += measure_outcomes(
                learners=learners, seed=options["seed"] + course, bands=options["bands"]
            )
        totals = {kind: sum(n for (one, _), n in counted.items() if one == kind) for kind in KINDS}
        shares = {
            f"{kind} {verdict}": counted[kind, str(verdict)] / totals[kind]
            for kind in KINDS
            for verdict in Verdict
        }
        return {"learners": learners, "edges": sum(totals.values()), **shares}
