"""Load a course directory: a `course.toml` beside its documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from concepts.services.extracting import ENGINES
from curriculum.errors import CurriculumError
from curriculum.services.courses import LoadedCourse, load_course


class Command(BaseCommand):
    help = "Load a course: read the documents of a directory in the order of its course.toml, find concepts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, help="Where course.toml lies.")
        parser.add_argument("--educator", default="", metavar="USERNAME", help="Who keeps it.")
        parser.add_argument("--open", action="store_true", dest="is_open", help="For every signed-in user.")
        parser.add_argument("--engine", choices=ENGINES, default="auto", help="What finds the concepts.")

    def handle(
        self, *args: Any, directory: Path, educator: str, is_open: bool, engine: str, **options: Any
    ) -> None:
        keeper = User.objects.filter(username=educator).first()
        if educator and keeper is None:
            raise CommandError(f"There is no user {educator!r}.")
        try:
            loaded = load_course(
                directory, keeper=keeper, is_open=is_open, engine=engine, report=self.stdout.write
            )
        except CurriculumError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(counts_of(loaded))


def counts_of(loaded: LoadedCourse) -> str:
    """The line that such a command ends with."""
    return (
        f"{loaded.subject.name}: {loaded.sources} sources, {loaded.passages} passages, "
        f"{loaded.concepts} concepts, {loaded.prerequisites} prerequisites"
        f"{'' if loaded.is_changed else ' (unchanged)'}."
    )
