"""Choose the confidence from which an extracted edge may gate, by what it costs simulated learners."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from concepts.extraction.errors import BenchmarkDataUnusable
from concepts.extraction.labelled import LabelledGraph, load_graphs
from concepts.gating.choosing import GateMeasure, best_gate, measure_gates, true_graph_measure
from concepts.gating.extracted import extracted_course, scored_courses
from concepts.management.commands.benchmark_graph import accuracy_of
from config import wiring

GATES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# What the true graph is worth when it is damaged: shares of its edges.
DAMAGES = {"30 % gone": {"missing": 0.3}, "60 % gone": {"missing": 0.6}, "30 % false": {"spurious": 0.3}}
# No edge is believed so much: nothing gates.
NEVER = 1.01


class Command(BaseCommand):
    help = "Measure with simulated learners from which confidence on an extracted edge should gate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", required=True, type=Path, help="folder with graphs/*.json")
        parser.add_argument("--seed", type=int, default=20, help="another number draws other learners")
        parser.add_argument("--learners", type=int, default=40, help="simulated learners of each subject")
        parser.add_argument(
            "--accuracy",
            type=accuracy_of,
            help="let a simulated judge of this accuracy see the pairs in doubt",
        )
        parser.add_argument(
            "--any-edge", action="store_true", help="let edges gate that no text shows plainly"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, data: Path, learners: int, accuracy: float | None, **options: Any) -> None:
        graphs = self._usable(data)
        scored = scored_courses(graphs, embedder=wiring.embedder())
        courses = [extracted_course(one, lowest=min(GATES), accuracy=accuracy) for one in scored]
        plain_only = not options["any_edge"]
        seed = options["seed"]
        measures = measure_gates(
            courses, (*GATES, NEVER), learners=learners, plain_only=plain_only, seed=seed
        )
        truth = true_graph_measure(courses, learners=learners, seed=seed)
        if options["json"]:
            self.stdout.write(
                json.dumps({"gates": [asdict(one) for one in measures], "true graph": asdict(truth)})
            )
            return
        self.stdout.write(f"{'gate from':>10}{'edges that gate':>17}{'ratio to oracle':>17}{'reached':>9}")
        for one in measures:
            name = "never" if one.gate == NEVER else f"{one.gate:.2f}"
            self.stdout.write(f"{name:>10}{_row(one)}")
        self.stdout.write(f"{'true graph':>10}{_row(truth)}")
        for what, damage in DAMAGES.items():
            damaged = true_graph_measure(courses, learners=learners, seed=seed, **damage)
            self.stdout.write(f"{what:>10}{_row(damaged)}")
        best = best_gate(measures)
        self.stdout.write(
            f"gate={best.gate:.2f} ratio={best.ratio:.2f} reached={best.reached:.3f} "
            f"never={measures[-1].ratio:.2f} true_graph={truth.ratio:.2f} courses={len(courses)}"
        )

    def _usable(self, data: Path) -> list[LabelledGraph]:
        try:
            graphs = [graph for graph in load_graphs(data) if graph.may_train and graph.pairs]
            if len(graphs) < 2:
                raise BenchmarkDataUnusable(str(data), reason="fewer than two labelled graphs with edges")
        except BenchmarkDataUnusable as exc:
            self.stderr.write(str(exc))
            sys.exit(2)
        return graphs


def _row(measure: GateMeasure) -> str:
    return f"{measure.gates:>17.2f}{measure.ratio:>17.2f}{measure.reached:>9.2f}"
