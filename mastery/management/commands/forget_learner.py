"""Forget a learner for good: names and words go, what was shown stays under a pseudonym."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from mastery.errors import MasteryError
from mastery.models import ForgettingReceipt
from mastery.services.forgetting import forget_learner, try_forgetting


class Command(BaseCommand):
    help = "Forget a learner for good: names and words go, what was shown stays under a pseudonym."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("learner", help="The user name, or the id of the account.")
        sure = parser.add_mutually_exclusive_group(required=True)
        sure.add_argument("--dry-run", action="store_true", help="Only count what would go and what stays.")
        sure.add_argument("--yes", action="store_true", help="Do it; nothing brings it back.")
        parser.add_argument("--json", action="store_true", help="Write the receipt as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        forget = try_forgetting if options["dry_run"] else forget_learner
        try:
            receipt = forget(options["learner"], now=timezone.now())
        except MasteryError as exc:
            raise CommandError(str(exc)) from exc
        if options["json"]:
            self.stdout.write(json.dumps(_row(receipt, is_trial=options["dry_run"])))
            return
        for title, counts in (("Removed", receipt.removed), ("Kept under a pseudonym", receipt.kept)):
            told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
            self.stdout.write(f"{title}: {told or 'nothing'}.")
        if options["dry_run"]:
            self.stdout.write("Nothing was changed. Run with --yes to do it; nothing brings it back.")
        else:
            self.stdout.write(f"Forgotten on {receipt.forgotten_at:%Y-%m-%d}. Receipt {receipt.pk}")


def _row(receipt: ForgettingReceipt, *, is_trial: bool) -> dict[str, Any]:
    return {
        "receipt": None if is_trial else str(receipt.pk),
        "forgotten_at": None if is_trial else receipt.forgotten_at.isoformat(),
        "removed": receipt.removed,
        "kept": receipt.kept,
    }
