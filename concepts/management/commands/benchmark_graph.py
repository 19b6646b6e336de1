"""Measure how well concepts and prerequisites are found on labelled graphs."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from concepts.extraction.benchmarking import GraphMeasure, mean_of, measure_graphs
from concepts.extraction.errors import BenchmarkDataUnusable
from concepts.extraction.labelled import load_graphs
from concepts.extraction.measuring import Bin, reliability
from config import wiring
from llm.errors import ModelError

FIGURES = ("pair_auc", "pair_f1", "direction", "graph_precision", "graph_f1", "concept_f1", "ece")
RELIABILITY = {
    "pair_scores": "labelled pairs of all files",
    "edge_scores": "edges of the engine's own graphs (held: in the gold closure)",
}
TRIVIAL = ("all_positive_f1", "mention_f1")


class Command(BaseCommand):
    help = "Measure found concepts and prerequisites against labelled graphs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data", required=True, type=Path, help="folder with graphs/*.json and pairs/*.json"
        )
        parser.add_argument("--engine", choices=["embedded", "ollama"], default="embedded")
        parser.add_argument("--limit", type=int, help="score at most so many labelled pairs of each file")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, data: Path, limit: int | None, engine: str, **options: Any) -> None:
        try:
            graphs = load_graphs(data)
        except BenchmarkDataUnusable as exc:
            self.stderr.write(str(exc))
            sys.exit(2)
        chat_model = wiring.chat_model() if engine == "ollama" else None
        try:
            measures = measure_graphs(graphs, embedder=wiring.embedder(), chat_model=chat_model, limit=limit)
        except ModelError as exc:
            raise CommandError(str(exc)) from exc
        summary = {figure: mean_of(measures, figure) for figure in FIGURES}
        if options["json"]:
            self._print_json(measures, summary)
        else:
            self._print_table(measures, summary)

    def _print_json(self, measures: list[GraphMeasure], summary: dict[str, float | None]) -> None:
        files = [
            {name: value for name, value in asdict(measure).items() if not name.endswith("_scores")}
            for measure in measures
        ]
        tables = {name: [asdict(one) for one in _reliability(measures, name)] for name in RELIABILITY}
        self.stdout.write(
            json.dumps(
                {
                    "files": files,
                    "reliability": tables,
                    "mean": summary,
                    "cycles": 0,
                    "calls": _calls(measures),
                }
            )
        )

    def _print_reliability(self, title: str, bins: list[Bin]) -> None:
        count = sum(one.count for one in bins)
        error = sum(one.count * abs(one.said - one.held) for one in bins) / max(1, count)
        self.stdout.write(f"\n{title}: {count}, calibration error {error:.3f}")
        for heading in ("said", "held", "count"):
            cells = (getattr(one, heading) for one in bins)
            shown = (f"{cell:>8}" if isinstance(cell, int) else f"{cell:>8.2f}" for cell in cells)
            self.stdout.write(f"  {heading:6}" + "".join(shown))

    def _print_table(self, measures: list[GraphMeasure], summary: dict[str, float | None]) -> None:
        columns = (*FIGURES, *TRIVIAL)
        self.stdout.write(f"{'file':24}{'pairs':>6}{'edges':>6}" + "".join(f"{name:>16}" for name in columns))
        for measure in measures:
            cells = "".join(f"{_shown(getattr(measure, name)):>16}" for name in columns)
            self.stdout.write(
                f"{measure.name:24}{measure.pairs:>6}{measure.edges:>6}{cells}  {measure.weights_from}"
            )
        for name, title in RELIABILITY.items():
            self._print_reliability(title, _reliability(measures, name))
        means = " ".join(f"{name}={_shown(summary[name])}" for name in FIGURES)
        # No cycle: the selection is acyclic by construction.
        self.stdout.write(f"{means} cycles=0 calls={_calls(measures)}")


def _reliability(measures: list[GraphMeasure], name: str) -> list[Bin]:
    scores = [pair for measure in measures for pair in getattr(measure, name)]
    return reliability([held for _, held in scores], [said for said, _ in scores])


def _calls(measures: list[GraphMeasure]) -> int:
    return sum(measure.calls for measure in measures)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
