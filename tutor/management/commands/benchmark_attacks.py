"""Measure how a grader stands up to attacks, and how many right answers it refuses."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import wiring
from llm.errors import ModelError
from tutor.attacking.cases import AttacksUnusable, read_cases
from tutor.attacking.reporting import as_data, failures, table
from tutor.attacking.tallying import summarise, tally_classes, tally_variants
from tutor.attacking.trying import try_all, try_variants
from tutor.model_engine.grading import ModelGrader
from tutor.ports import Grader
from tutor.services.engines import embedded_grader, second_look


class Command(BaseCommand):
    """See the module's docstring."""

    help = "Try the attack suite on a grader and print how often each class of attack earns credit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--engine", choices=["embedded", "ollama"], default="embedded")
        parser.add_argument(
            "--cases",
            type=Path,
            default=settings.BASE_DIR / "tests" / "attacks" / "cases",
            help="folder of TOML files, one a concept",
        )
        parser.add_argument("--no-variants", action="store_true", help="leave the benign variants out")
        parser.add_argument("--failures", action="store_true", help="print each answer that was misjudged")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, engine: str, cases: Path, **options: Any) -> None:
        grader, doubt = _grader(engine), second_look()
        try:
            suite = read_cases(cases)
            trials = try_all(suite, grader=grader, doubt=doubt, advance=self._advance)
            passing = [] if options["no_variants"] else trials
            variant_trials = try_variants(passing, grader=grader, doubt=doubt, advance=self._advance)
        except AttacksUnusable as exc:
            raise CommandError(str(exc), returncode=2) from exc
        except ModelError as exc:
            raise CommandError(str(exc)) from exc
        if self.stderr.isatty():
            self.stderr.write("")
        tallies, retention = tally_classes(trials), tally_variants(variant_trials)
        summary = summarise(trials, variant_trials)
        if options["json"]:
            self.stdout.write(json.dumps(as_data(trials, tallies, retention, summary), ensure_ascii=False))
            return
        told = failures(trials) if options["failures"] else []
        for line in [*told, *table(tallies, retention, summary)]:
            self.stdout.write(line)

    def _advance(self) -> None:
        if self.stderr.isatty():
            self.stderr.write(".", ending="")


def _grader(engine: str) -> Grader:
    return ModelGrader(wiring.chat_model()) if engine == "ollama" else embedded_grader()
