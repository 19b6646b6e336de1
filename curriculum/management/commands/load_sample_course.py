"""The course that a new installation starts with, or any other course directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.services.extracting import ENGINES
from curriculum.errors import CurriculumError
from curriculum.outlines import SAMPLE_COURSE, read_outline
from curriculum.services.courses import is_wanting, load_course


class Command(BaseCommand):
    help = (
        "Load the sample course, or the course of another directory: read its documents, find its concepts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="Do nothing if there is something to learn already."
        )
        parser.add_argument("--directory", type=Path, default=SAMPLE_COURSE, help="Where course.toml lies.")
        parser.add_argument("--engine", choices=ENGINES, default="embedded", help="What finds the concepts.")
        parser.add_argument("--private", action="store_true", help="Do not open it to every signed-in user.")

    def handle(
        self,
        *args: Any,
        if_empty: bool,
        directory: Path,
        engine: str = "embedded",
        private: bool = False,
        **options: Any,
    ) -> None:
        try:
            if if_empty and not is_wanting(read_outline(directory)):
                return
            loaded = load_course(directory, is_open=not private, engine=engine, report=self.stdout.write)
        except CurriculumError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{loaded.subject.name}: {loaded.sources} sources, {loaded.passages} passages, "
            f"{loaded.concepts} concepts, {loaded.prerequisites} prerequisites"
            f"{'' if loaded.is_changed else ' (unchanged)'}."
        )
