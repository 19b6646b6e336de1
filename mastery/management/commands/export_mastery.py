from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from concepts.management.commands.export_graph import find_subject
from concepts.models import Subject
from mastery.errors import MasteryError
from mastery.exporting.formats import FORMATS
from mastery.models import Enrolment
from mastery.services.records import Filters, export_pieces, tables


class Command(BaseCommand):
    help = "Write the records of a subject for research, under pseudonyms, in constant memory."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--table", choices=list(tables()), default="events")
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--output", type=Path, help="A file; standard output if left out.")
        parser.add_argument("--concept", help="Only this concept, by key.")
        parser.add_argument("--class-name", help="Only learners of this class, by its pseudonym.")
        parser.add_argument("--learner", help="Only this learner, by pseudonym.")
        parser.add_argument("--since", type=moment, help="From this day or time on (UTC unless it says).")
        parser.add_argument("--until", type=moment, help="Before this day or time.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        table = tables()[options["table"]]
        try:
            rows = table.within(Enrolment.objects.all(), wanted_of(subject, options))
            pieces = export_pieces(table, rows, format_name=options["format"])
        except MasteryError as exc:
            raise CommandError(str(exc)) from exc
        if options["output"] is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            return
        written = 0
        with options["output"].open("wb") as file:
            for piece in pieces:
                written += file.write(piece)
        self.stderr.write(f"{table.layout.title} of {subject.name}: {written} bytes in {options['output']}.")


def moment(text: str) -> datetime:
    """A time, or the first moment of a day."""
    found = parse_datetime(text)
    if found is None:
        day = parse_date(text)
        if day is None:
            raise ValueError(text)
        found = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def wanted_of(subject: Subject, options: dict[str, Any]) -> Filters:
    """The filters that a command was given."""
    concept = None
    if options["concept"]:
        concept = subject.concepts.filter(key=options["concept"]).values_list("pk", flat=True).first()
        if concept is None:
            raise CommandError(f"{subject.name} has no concept “{options['concept']}”.")
    return Filters(
        subject=subject.pk,
        concept=concept,
        class_name=options["class_name"],
        learner=options["learner"],
        since=options["since"],
        until=options["until"],
    )
