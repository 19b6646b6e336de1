"""Fits the embedded grader's two files on openly licensed graded answers."""

from __future__ import annotations

import json
import random
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tutor.embedded.calibration import ADAPTER_FILE, PARAMETER_FILE
from tutor.embedded.grading_data import NoGradedAnswers, plain_statements, read_sets
from tutor.embedded.pair_training import EPOCHS, EXAMPLES_AN_EPOCH, ExampleMaker, train_pairs
from tutor.embedded.training import train
from vectorstore.minilm_reader import MiniLmReader

# The sets whose licences (CC BY-SA 3.0, CC BY 4.0) allow fitted parameters to ship. Only their training files
# are learned from.
SETS = ("beetle", "scientsbank", "saf")


class Command(BaseCommand):
    """See the module's docstring."""

    help = "Train the pair scorer's adapters and fit the grader's parameters on DIR/<set>/train*.jsonl.gz."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data", required=True, type=Path, help="Folder with grading/<set>/ and, if any, graphs/*.json."
        )
        parser.add_argument("--limit", type=int, default=0, help="Answers of each set (0: all).")
        parser.add_argument("--epochs", type=int, default=EPOCHS)
        parser.add_argument(
            "--made", type=int, default=EXAMPLES_AN_EPOCH, help="Generated examples an epoch."
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, default=PARAMETER_FILE.parent, help="Folder to write to.")
        parser.add_argument("--keep-adapters", action="store_true", help="Fit the parameters only.")

    def handle(self, *args: Any, **options: Any) -> None:
        rng = random.Random(options["seed"])  # noqa: S311  # a sample, not a secret
        out: Path = options["out"]
        adapters = out / ADAPTER_FILE.name
        if not out.is_dir() or (options["keep_adapters"] and not adapters.exists()):
            raise CommandError(f"There is no {adapters if out.is_dir() else out}. Give --out another folder.")
        try:
            sets = read_sets(options["data"], names=SETS)
            statements = plain_statements(options["data"])
        except NoGradedAnswers as exc:
            raise CommandError(str(exc)) from exc
        rows = [
            row
            for one in sets
            for row in rng.sample(
                list(one.training_rows),
                min(options["limit"] or len(one.training_rows), len(one.training_rows)),
            )
        ]
        if not rows:
            raise CommandError(f"None of {', '.join(SETS)} in {options['data']} has a training file.")
        if not options["keep_adapters"]:
            self._train_adapters(adapters, ExampleMaker(rows, statements=statements), rng, options)
        fitted = train(rows, reader=MiniLmReader())
        text = json.dumps(fitted, indent=1, ensure_ascii=False) + "\n"
        (out / PARAMETER_FILE.name).write_text(text, encoding="utf-8")
        self.stdout.write(
            f"{len(rows)} answers, {len(statements)} statements, {len(fitted['common_stems'])} common stems, "
            f"{adapters.stat().st_size} bytes of adapters."
        )

    def _train_adapters(
        self, path: Path, maker: ExampleMaker, rng: random.Random, options: dict[str, Any]
    ) -> None:
        from vectorstore.pair_net import save

        reader = MiniLmReader(threads=2)
        net = reader.new_net()
        train_pairs(
            net,
            maker,
            cutter=reader,
            rng=rng,
            epochs=options["epochs"],
            made=options["made"],
            tell=self.stdout.write,
        )
        save(net, path)
