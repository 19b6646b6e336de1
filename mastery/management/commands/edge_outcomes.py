"""Hold a subject's prerequisites against what its learners did."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from concepts.management.commands.export_graph import find_subject
from concepts.models import Prerequisite
from mastery.edge_outcomes import Comparison, Verdict
from mastery.services.edge_outcomes import compare_subject, keep_outcomes


class Command(BaseCommand):
    help = "Hold a subject's prerequisites against what its learners did; contradicted ones go to review."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--dry-run", action="store_true", help="Keep nothing for the review queue.")
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of lines.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        compared = compare_subject(subject)
        if not options["dry_run"]:
            keep_outcomes(subject, compared, now=timezone.now())
        edges = Prerequisite.objects.select_related("prerequisite", "dependent").in_bulk(list(compared))
        rows = sorted(
            ((edges[key], one) for key, one in compared.items()),
            key=lambda row: (row[1].p_supported, str(row[0].pk)),
        )
        if options["json"]:
            self.stdout.write(json.dumps({"edges": [_row(*row) for row in rows]}))
            return
        for edge, one in rows:
            if one.verdict is not Verdict.CANNOT_SAY:
                self.stdout.write(_line(edge, one))
        counts = {verdict: sum(one.verdict is verdict for one in compared.values()) for verdict in Verdict}
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        self.stdout.write(f"{len(rows)} prerequisites: {told}{' (dry run)' if options['dry_run'] else ''}.")


def _line(edge: Prerequisite, one: Comparison) -> str:
    return (
        f"{one.verdict}: {edge.prerequisite.key} before {edge.dependent.key}: "
        f"{one.successes_with} of {one.tries_with} with, {one.successes_without} of {one.tries_without} "
        f"without, effect {one.effect:+.2f} ({one.low:+.2f} to {one.high:+.2f})"
    )


def _row(edge: Prerequisite, one: Comparison) -> dict[str, Any]:
    return {
        "id": str(edge.pk),
        "prerequisite": edge.prerequisite.key,
        "dependent": edge.dependent.key,
        "verdict": str(one.verdict),
        "successes_with": one.successes_with,
        "tries_with": one.tries_with,
        "successes_without": one.successes_without,
        "tries_without": one.tries_without,
        "effect": round(one.effect, 4),
        "low": round(one.low, 4),
        "high": round(one.high, 4),
        "p_supported": round(one.p_supported, 4),
    }
