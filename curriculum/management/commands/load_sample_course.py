"""The course that a new installation starts with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curriculum.errors import CurriculumError
from curriculum.management.commands.load_course import counts_of
from curriculum.outlines import SAMPLE_COURSE, read_outline
from curriculum.services.courses import is_wanting, load_course


class Command(BaseCommand):
    help = "Load the sample course, open to everybody; the embedded engine finds its concepts in seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="Do nothing if there is something to learn already."
        )

    def handle(self, *args: Any, if_empty: bool, **options: Any) -> None:
        if if_empty and not is_wanting(read_outline(SAMPLE_COURSE)):
            return
        try:
            loaded = load_course(SAMPLE_COURSE, is_open=True, report=self.stdout.write)
        except CurriculumError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(counts_of(loaded))
