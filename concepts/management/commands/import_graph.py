from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.errors import ConceptsError, GraphFileTooLarge
from concepts.management.commands.export_graph import find_subject
from concepts.services.exchanging import MAX_FILE_BYTES, Imported, import_graph, try_import
from graphs.errors import GraphError, UnknownFormat
from graphs.formats import FORMATS, guess_format
from graphs.formats.decoding import decode


class Command(BaseCommand):
    help = "Merge a graph file into a subject, or refuse it with the reason for every wrong row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(FORMATS), help="By suffix and content if left out.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done, and do nothing.")
        parser.add_argument("--json", action="store_true", help="Print the counts as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        file: Path = options["file"]
        try:
            text = _read(file)
            format_name = options["format"] or guess_format(text, suffix=file.suffix.lower())
            if options["dry_run"]:
                done = try_import(subject, text=text, format_name=format_name)
            else:
                done = import_graph(subject, text=text, format_name=format_name, author=None)
        except OSError as exc:
            raise CommandError(f"{file} cannot be read: {exc}") from exc
        except UnknownFormat as exc:
            raise CommandError(f"{file.name} does not tell its format; say it with --format. {exc}") from exc
        except (GraphError, ConceptsError) as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(json.dumps(done.as_dict()) if options["json"] else _told(done))


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise GraphFileTooLarge(limit_bytes=MAX_FILE_BYTES)
    return decode(data)


def _told(done: Imported) -> str:
    return (
        f"Revision {done.revision}: {done.concepts_added} concepts added, {done.concepts_changed} changed; "
        f"{done.prerequisites_added} prerequisites added, {done.prerequisites_changed} changed; "
        f"{done.quotes_added} quotes added; {done.definitions_not_found} definitions and "
        f"{done.quotes_not_found} quotes were not found in the sources and left out."
    )
