"""Measure the graders on graded answers, on new subjects and on known ones."""

from __future__ import annotations

import json
import random
import resource
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import wiring
from llm.errors import ModelError
from tutor.embedded.benchmarking import (
    AFTER_DECISIONS,
    BY_QUESTION,
    IN_DOMAIN,
    NEW_DOMAIN,
    Effort,
    FileFigures,
    measure,
    measure_grader,
    p50_ratio,
)
from tutor.embedded.calibration import MISSING_BELOW, SHOWN_FROM
from tutor.embedded.grading_data import GradedSet, NoGradedAnswers, read_sets
from tutor.services.engines import embedded_grader

COLUMNS = (
    "macro_f1",
    "accuracy",
    "pearson",
    "rmse",
    "constant_rmse",
    "ece",
    "coverage",
    "decided_f1",
    "confident_f1",
)


class Command(BaseCommand):
    """See the module's docstring."""

    help = "Grade DIR/grading/<set>/*.jsonl.gz and compare with what humans gave."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", required=True, type=Path, help="Folder with grading/<set>/*.jsonl.gz.")
        parser.add_argument("--engine", choices=["embedded", "ollama"], default="embedded")
        parser.add_argument("--limit", type=int, default=0, help="Answers of each file (0: all).")
        parser.add_argument(
            "--epochs", type=int, default=Effort().epochs, help="Of training the pair scorer in domain."
        )
        parser.add_argument("--made", type=int, default=Effort().made, help="Generated examples an epoch.")
        parser.add_argument(
            "--new-only", action="store_true", help="Leave out the subjects that were trained on."
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        self._quiet = options["json"]
        try:
            sets = read_sets(options["data"])
            rows = list(self._measured(sets, options))
            if not rows:
                raise NoGradedAnswers(
                    "There is one set and no file to test on. Add another set, or a file beside "
                    "its training file."
                )
        except NoGradedAnswers as exc:
            self.stderr.write(str(exc))
            sys.exit(2)
        summary = summarise(rows)
        if options["engine"] == "embedded":
            tested = [row for one in sets for file in one.files.values() for row in file]
            rng = random.Random(options["seed"])  # noqa: S311  # a sample, not a secret
            ratio, p50, p95 = p50_ratio(embedded_grader(), wiring.embedder(), tested, rng=rng)
            summary["p50_ratio"] = round(ratio, 2)
            self._tell(
                f"one grade of two points: p50 {p50:.0f} ms, p95 {p95:.0f} ms, {ratio:.2f} bare embeddings"
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self._tell(f"peak memory {peak} MiB")
        if options["json"]:
            files = [{**asdict(row), "figures": asdict(row.figures)} for row in rows]
            self.stdout.write(json.dumps({"files": files, "summary": summary, "peak_mib": peak}))
        else:
            self.stdout.write(" ".join(f"{name}={_shown(value)}" for name, value in summary.items()))

    def _measured(self, sets: list[GradedSet], options: dict[str, Any]) -> Any:
        rng = random.Random(options["seed"])  # noqa: S311  # a sample, not a secret
        effort = Effort(
            rows=options["limit"],
            in_domain=not options["new_only"],
            epochs=options["epochs"],
            made=options["made"],
        )
        undecided = (MISSING_BELOW, SHOWN_FROM)
        if options["engine"] == "ollama":
            found = self._by_model(sets, effort, rng, undecided)
        else:
            found = measure(sets, effort=effort, undecided=undecided, rng=rng, tell=self._tell)
        self._tell(f"{'regime':12}{'set':14}{'file':20}{'n':>6}" + "".join(f"{name:>14}" for name in COLUMNS))
        for row in found:
            cells = "".join(f"{getattr(row.figures, name):>14.3f}" for name in COLUMNS)
            self._tell(f"{row.regime:12}{row.set_name:14}{row.file_name:20}{row.figures.n:>6}{cells}")
            yield row

    def _by_model(
        self, sets: list[GradedSet], effort: Effort, rng: random.Random, undecided: tuple[float, float]
    ) -> Any:
        from tutor.model_engine import engine_parts

        grader = engine_parts(wiring.chat_model(), num_ctx=settings.OLLAMA_NUM_CTX).grader
        try:
            yield from measure_grader(grader, sets, effort=effort, undecided=undecided, rng=rng)
        except ModelError as exc:
            raise CommandError(str(exc)) from exc

    def _tell(self, line: str) -> None:
        if not self._quiet:
            self.stdout.write(line)
            self.stdout.flush()


def summarise(rows: list[FileFigures]) -> dict[str, float | None]:
    """Return the means over files; blank where nothing was measured."""
    new = [row.figures for row in rows if row.regime == NEW_DOMAIN]
    known = [row.figures for row in rows if row.regime == IN_DOMAIN]
    after = [row.figures for row in rows if row.regime == AFTER_DECISIONS]
    return {
        "new_domain_f1": _mean([one.macro_f1 for one in new]),
        "in_domain_f1": _mean([one.macro_f1 for one in known]),
        "pearson": _mean([one.pearson for one in new]),
        "rmse": _mean([one.rmse for one in new]),
        "ece": _mean([one.ece for one in new]),
        "coverage": _mean([one.coverage for one in new]),
        "p50_ratio": None,
        "decided_f1": _mean([one.decided_f1 for one in new]),
        "by_question_f1": _mean([row.figures.macro_f1 for row in rows if row.regime == BY_QUESTION]),
        "after_decisions_f1": _mean([one.macro_f1 for one in after]),
        "after_decisions_ece": _mean([one.ece for one in after]),
    }


def _mean(values: list[float]) -> float | None:
    return round(mean(values), 3) if values else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
