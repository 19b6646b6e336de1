"""Fits the embedded grader's parameter file on openly licensed graded answers."""

from __future__ import annotations

import json
import random
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import wiring
from tutor.embedded.calibration import PARAMETER_FILE
from tutor.embedded.training import GradedAnswer, read_graded, train

# Training files of the sets whose licences (CC BY-SA 3.0) allow fitted parameters to ship. Test files are
# never read.
SETS = {"beetle": "train.jsonl.gz", "scientsbank": "train.jsonl.gz"}


class Command(BaseCommand):
    """See the module's docstring."""

    help = "Fit tutor/embedded/parameters.json on DIR/<set>/train.jsonl.gz (beetle, scientsbank)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", required=True, type=Path, help="Folder that holds the sets.")
        parser.add_argument("--limit", type=int, default=1200, help="Answers of each set (0: all).")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, default=PARAMETER_FILE)
        parser.add_argument("--dry-run", action="store_true", help="Print the figures, write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        rng = random.Random(options["seed"])  # noqa: S311  # a sample, not a secret
        rows: list[GradedAnswer] = []
        for name, file in SETS.items():
            path = options["data"] / name / file
            if not path.exists():
                raise CommandError(f"There is no {path}. Give --data the folder with {', '.join(SETS)}.")
            try:
                found = read_graded(path, group=name)
            except ValueError as exc:
                raise CommandError(str(exc)) from exc
            rows += rng.sample(found, min(options["limit"] or len(found), len(found)))
        fitted = train(rows, embedder=wiring.embedder(), rng=rng)
        for name, row in fitted["figures"]["held_out_by_set"].items():
            told = " ".join(f"{key}={value}" for key, value in row.items())
            self.stdout.write(f"trained on the others, tested on {name}: {told}")
        if not options["dry_run"]:
            options["out"].write_text(
                json.dumps(fitted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
        self.stdout.write(f"{len(rows)} answers, {len(fitted['common_stems'])} common stems.")
