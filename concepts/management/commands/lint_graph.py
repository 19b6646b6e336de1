from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.management.commands.export_graph import find_subject
from concepts.serializers import FindingSerializer
from concepts.services.linting import lint_subject
from config import wiring
from graphs.linting import Severity


class Command(BaseCommand):
    help = "Look a subject's graph over: what is wrong or doubtful. Exit code 1 if any of it is an error."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--no-meaning", action="store_true", help="Compare names only; load no model.")
        parser.add_argument("--json", action="store_true", help="Print the findings as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        findings = lint_subject(subject, embedder=None if options["no_meaning"] else wiring.embedder())
        if options["json"]:
            self.stdout.write(json.dumps(FindingSerializer(findings, many=True).data, ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.severity} {finding.code}: {finding.message}")
        counts = {level: sum(found.severity == level for found in findings) for level in Severity}
        told = ", ".join(f"{count} {level}{'s' * (count != 1)}" for level, count in counts.items())
        if counts[Severity.ERROR]:
            raise CommandError(f"{subject.name}, revision {subject.revision}: {told}.")
        self.stderr.write(f"{subject.name}, revision {subject.revision}: {told}.")
