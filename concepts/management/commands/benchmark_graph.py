"""Measure how well concepts and prerequisites are found on labelled graphs."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from concepts.extraction.believing import ACCURACY
from concepts.extraction.benchmarking import (
    LONGEST_TEXT,
    GraphMeasure,
    JudgeOf,
    ScoredGraph,
    calls_per_pair,
    mean_of,
    measure_scored,
    score_graphs,
)
from concepts.extraction.doubting import Band
from concepts.extraction.errors import BenchmarkDataUnusable
from concepts.extraction.labelled import load_graphs
from concepts.extraction.measuring import Bin, reliability
from concepts.extraction.simulated_judge import SimulatedJudge
from config import wiring
from llm.errors import ModelError

FIGURES = ("pair_auc", "pair_f1", "direction", "graph_precision", "graph_f1", "concept_f1", "ece")
TRIVIAL = ("all_positive_f1", "mention_f1")
SIMULATED = (0.7, 0.8, 0.85, 0.9)
RELIABILITY = {
    "pair_scores": "labelled pairs of all files",
    "edge_scores": "edges of the engine's own graphs (held: in the gold closure)",
}


class Command(BaseCommand):
    help = "Measure found concepts and prerequisites against labelled graphs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data", required=True, type=Path, help="folder with graphs/*.json and pairs/*.json"
        )
        parser.add_argument("--engine", choices=["embedded", "ollama"], default="embedded")
        parser.add_argument("--limit", type=int, help="score at most so many labelled pairs of each file")
        parser.add_argument(
            "--only", metavar="NAME", help="report only this file; the others still train its weights"
        )
        parser.add_argument(
            "--accuracy",
            type=accuracy_of,
            help="judge with a simulated model of this accuracy, not a real one",
        )
        parser.add_argument(
            "--band", type=band_of, default=Band(), metavar="LOW:HIGH", help="ask about pairs between these"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(
        self,
        *args: Any,
        data: Path,
        limit: int | None,
        engine: str,
        accuracy: float | None = None,
        **options: Any,
    ) -> None:
        try:
            graphs = load_graphs(data)
        except BenchmarkDataUnusable as exc:
            self.stderr.write(str(exc))
            sys.exit(2)
        only = options["only"]
        if only and only not in {graph.name for graph in graphs}:
            raise CommandError(
                f"There is no {only!r} in {data}; there are {', '.join(g.name for g in graphs)}."
            )
        scored = score_graphs(graphs, embedder=wiring.embedder(), only=only)
        judge, judge_of = "none", None
        if engine == "ollama":
            judge, judge_of = self._judges(
                scored, limit=limit, accuracy=accuracy, quiet=options["json"], band=options["band"]
            )
        try:
            measures = measure_scored(scored, judge_of=judge_of, limit=limit, band=options["band"])
        except ModelError as exc:
            raise CommandError(str(exc)) from exc
        summary = {figure: mean_of(measures, figure) for figure in FIGURES}
        if options["json"]:
            self._print_json(measures, summary, judge=judge)
        else:
            self._print_table(measures, summary, judge=judge)

    def _judges(
        self,
        scored: list[ScoredGraph],
        *,
        limit: int | None,
        accuracy: float | None,
        quiet: bool,
        band: Band,
    ) -> tuple[str, JudgeOf]:
        """Print what judges of stated accuracy would make of it; return the real one, or one of those."""
        if not quiet:
            self.stdout.write("Simulated judges (they know the labels and err as often as stated):")
            self.stdout.write(
                f"{'judge':24}" + "".join(f"{name:>16}" for name in FIGURES) + f"{'calls/pair':>12}"
            )
            self._print_means("none", measure_scored(scored, limit=limit))
            for stated in SIMULATED:
                judged = measure_scored(scored, judge_of=simulated(stated), limit=limit, band=band)
                self._print_means(f"simulated {stated:g}", judged)
        if accuracy is not None:
            return f"simulated:{accuracy:g}", simulated(accuracy)
        if wiring.model_answers():
            model = wiring.chat_model()
            return f"ollama:{model.name}", lambda graph: model
        self.stderr.write(
            f"No model server answers, so the figures are of a judge that is right {ACCURACY:.0%} of "
            "the time. Start Ollama or set OLLAMA_HOST for those of a model."
        )
        return f"simulated:{ACCURACY:g}", simulated(ACCURACY)

    def _print_means(self, name: str, measures: list[GraphMeasure]) -> None:
        cells = "".join(f"{_shown(mean_of(measures, figure)):>16}" for figure in FIGURES)
        self.stdout.write(f"{name:24}{cells}{_shown(calls_per_pair(measures)):>12}")

    def _print_json(
        self, measures: list[GraphMeasure], summary: dict[str, float | None], *, judge: str
    ) -> None:
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
                    "calls_per_pair": calls_per_pair(measures),
                    "judge": judge,
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

    def _print_table(
        self, measures: list[GraphMeasure], summary: dict[str, float | None], *, judge: str
    ) -> None:
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
        asked = sum(measure.asked for measure in measures)
        judged = f" asked={asked} calls_per_pair={_shown(calls_per_pair(measures))} judge={judge}"
        self.stdout.write(f"{means} cycles=0 calls={_calls(measures)}{judged if judge != 'none' else ''}")


def simulated(accuracy: float) -> JudgeOf:
    """Return what gives a judge of this accuracy to each graph."""
    return lambda graph: SimulatedJudge(graph, accuracy=accuracy, longest_text=LONGEST_TEXT)


def band_of(text: str) -> Band:
    """Read ``LOW:HIGH``, two probabilities in order; a HIGH above 1 leaves nothing out."""
    try:
        low, high = map(float, text.split(":"))
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is no band; give LOW:HIGH, as 0.15:0.9") from exc
    if not 0 <= low < high:
        raise ArgumentTypeError(f"{text!r} is no band: LOW has to be below HIGH")
    return Band(low, high)


def accuracy_of(text: str) -> float:
    """Read an accuracy that tells something."""
    try:
        value = float(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is no number") from exc
    if not 0.5 < value <= 1:
        raise ArgumentTypeError(f"{text} is no accuracy; give one above 0.5, at most 1")
    return value


def _calls(measures: list[GraphMeasure]) -> int:
    return sum(measure.calls for measure in measures)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _reliability(measures: list[GraphMeasure], name: str) -> list[Bin]:
    scores = [pair for measure in measures for pair in getattr(measure, name)]
    return reliability([held for _, held in scores], [said for said, _ in scores])
