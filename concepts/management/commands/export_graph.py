from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.models import Subject
from concepts.services.exchanging import export_graph
from graphs.errors import GraphError
from graphs.formats import FORMATS


class Command(BaseCommand):
    help = "Write the graph of a subject as " + ", ".join(known.title for known in FORMATS.values()) + "."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--format", choices=sorted(FORMATS), default="node-link")
        parser.add_argument("--output", type=Path, help="A file; standard output if left out.")
        parser.add_argument("--evidence", action="store_true", help="With the quotes behind it.")
        parser.add_argument("--proposals", action="store_true", help="With what is not decided yet.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        try:
            text = export_graph(
                subject,
                format_name=options["format"],
                with_proposals=options["proposals"],
                with_evidence=options["evidence"],
            )
        except GraphError as exc:
            raise CommandError(str(exc)) from exc
        if options["output"] is None:
            self.stdout.write(text, ending="")
            return
        options["output"].write_bytes(text.encode())  # bytes: line ends within a name stay as they are
        self.stderr.write(f"{subject.name}, revision {subject.revision}: written to {options['output']}.")


def find_subject(key: str) -> Subject:
    """The subject of this key, or a sentence that lists the keys there are."""
    try:
        return Subject.objects.get(key=key)
    except Subject.DoesNotExist:
        keys = ", ".join(Subject.objects.values_list("key", flat=True)) or "none yet"
        raise CommandError(f"There is no subject “{key}”. Known: {keys}.") from None
