"""Compares a subject's graph with what the author of its course meant."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.models import Prerequisite, Subject
from curriculum.errors import GoldNotReadable
from curriculum.measuring import measure, read_gold


class Command(BaseCommand):
    help = "Compare a subject's published concepts and gating prerequisites with its author's gold files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subject", default="sound-and-music", metavar="KEY")
        parser.add_argument("--data", type=Path, default=Path("tests/curriculum"), help="The gold files.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print JSON only.")

    def handle(self, *args: Any, subject: str, data: Path, as_json: bool, **options: Any) -> None:
        try:
            gold = read_gold(data)
        except GoldNotReadable as error:
            self.stderr.write(str(error))
            sys.exit(2)
        found = Subject.objects.filter(key=subject).first()
        if found is None:
            raise CommandError(f"There is no subject {subject!r}. Run: manage.py load_sample_course")
        edges = Prerequisite.objects.gating().filter(subject=found)
        agreement = asdict(
            measure(
                {concept.name: concept.aliases for concept in found.concepts.published()},
                edges=list(edges.values_list("prerequisite__name", "dependent__name")),
                gold=gold,
            )
        )
        if as_json:
            self.stdout.write(json.dumps(agreement))
            return
        for name, value in agreement.items():
            self.stdout.write(f"{name:20} {_shown(value)}")
        self.stdout.write(" ".join(f"{name}={_shown(value)}" for name, value in agreement.items()))


def _shown(value: float) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
