"""Measure search on sets of judged questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import wiring
from research.retrieval_benchmark import DataUnusable, measure, read_sets, summary, table
from vectorstore.errors import VectorStoreError


class Command(BaseCommand):
    help = "Report nDCG@10, recall@10 and MRR of keyword, dense and fused search, and what fusion gains."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="A folder of sets, or one set.")
        parser.add_argument("--limit", type=int, help="Ask only the first N questions of each set.")
        parser.add_argument("--cache", type=Path, help="Keep the documents' vectors in this folder.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a table.")

    def handle(
        self,
        *args: Any,
        data: Path,
        limit: int | None,
        cache: Path | None,
        json: bool,
        **options: Any,
    ) -> None:
        try:
            outcomes = [
                measure(judged, embedder=wiring.embedder(), limit=limit, cache=cache)
                for judged in read_sets(data)
            ]
        except (DataUnusable, VectorStoreError) as error:
            raise CommandError(str(error), returncode=2) from error
        means = summary(outcomes)
        if json:
            self.stdout.write(_as_json({"sets": [outcome.figures() for outcome in outcomes], **means}))
            return
        for line in table(outcomes):
            self.stdout.write(line)
        self.stdout.write(" ".join(f"{name}={value:.4f}" for name, value in means.items()))


def _as_json(figures: dict[str, Any]) -> str:
    return json.dumps(figures, indent=1)
