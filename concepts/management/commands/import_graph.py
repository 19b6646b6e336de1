from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.errors import ConceptsError
from concepts.management.commands.export_graph import find_subject
from concepts.services.exchanging import Imported, import_graph, try_import
from graphs.errors import GraphError
from graphs.formats import FORMATS


class Command(BaseCommand):
    help = "Merge a graph file into a subject, or refuse it with the reason for every wrong row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(FORMATS), help="By the file's suffix if left out.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done, and do nothing.")
        parser.add_argument("--json", action="store_true", help="Print the counts as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        file: Path = options["file"]
        format_name = options["format"] or _format_by_suffix(file)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise CommandError(f"{file} cannot be read as UTF-8 text: {exc}") from exc
        try:
            if options["dry_run"]:
                done = try_import(subject, text=text, format_name=format_name)
            else:
                done = import_graph(subject, text=text, format_name=format_name, author=None)
        except (GraphError, ConceptsError) as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(json.dumps(done.as_dict()) if options["json"] else _told(done))


def _format_by_suffix(file: Path) -> str:
    for name, known in FORMATS.items():
        if known.suffix == file.suffix.lower():
            return name
    raise CommandError(f"{file.name} does not tell its format; say it with --format.")


def _told(done: Imported) -> str:
    return (
        f"Revision {done.revision}: {done.concepts_added} concepts added, {done.concepts_changed} changed; "
        f"{done.prerequisites_added} prerequisites added, {done.prerequisites_changed} changed; "
        f"{done.definitions_not_found} definitions were not found in the sources and left out."
    )
