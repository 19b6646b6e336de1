"""Measure the lessons that the service prepares on a subject."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.models import Subject
from config import wiring
from llm.errors import ModelError
from tutor import lesson_benchmark, support_benchmark
from tutor.lesson_benchmark import ConceptFigures
from tutor.support import LEAST_SUPPORT


class Command(BaseCommand):
    help = (
        "Prepare two lessons on each concept of a subject, for nobody, and report how well they are proven."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subject", required=True, metavar="KEY")
        parser.add_argument("--limit", type=int, help="Only the first N published concepts.")
        parser.add_argument("--table", action="store_true", help="Print one line for each lesson as well.")
        parser.add_argument(
            "--support",
            action="store_true",
            help="Also make true and false sentences from the sources and count what the check gets wrong.",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON object only.")

    def handle(
        self,
        *args: Any,
        subject: str,
        limit: int | None,
        table: bool,
        support: bool,
        as_json: bool,
        **options: Any,
    ) -> None:
        try:
            rows = self._rows(_subject(subject), limit=limit)
        except ModelError as error:
            raise CommandError(str(error), returncode=2) from error
        if as_json:
            self.stdout.write(json.dumps(lesson_benchmark.as_json(rows), indent=1))
            return
        if table:
            for line in lesson_benchmark.table(rows):
                self.stdout.write(line)
        if support:
            self._show_support(_subject(subject))
        self.stdout.write(_line(lesson_benchmark.counts(rows)))
        self.stdout.write(_line(lesson_benchmark.summary(rows)))

    def _show_support(self, subject: Subject) -> None:
        """The threshold is chosen on every other document and judged on those between."""
        documents = lesson_benchmark.documents_of(subject)
        chosen = support_benchmark.judge(documents[::2], embedder=wiring.embedder())
        held_out = support_benchmark.judge(documents[1::2], embedder=wiring.embedder())
        for line in support_benchmark.table(held_out):
            self.stdout.write(line)
        best = support_benchmark.best_threshold(chosen)
        self.stdout.write(f"threshold={LEAST_SUPPORT:.2f} best_on_the_others={best:.2f}")
        self.stdout.write(_line(asdict(support_benchmark.rates(held_out))))

    def _rows(self, subject: Subject, *, limit: int | None) -> list[ConceptFigures]:
        rows = []
        for row in lesson_benchmark.measure_lessons(subject, limit=limit):
            rows.append(row)
            if self.stderr.isatty():
                self.stderr.write(f"\r{len(rows)} concepts", ending="")
        if self.stderr.isatty():
            self.stderr.write("")
        return rows


def _subject(key: str) -> Subject:
    found = Subject.objects.filter(key=key).first()
    if found is None:
        known = ", ".join(Subject.objects.values_list("key", flat=True)) or "none; run load_sample_course"
        raise CommandError(f"There is no subject {key!r}. Known: {known}.", returncode=2)
    return found


def _line(figures: Mapping[str, float]) -> str:
    return " ".join(f"{name}={_shown(value)}" for name, value in figures.items())


def _shown(value: float) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
