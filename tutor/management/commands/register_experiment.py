from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from mastery.errors import MasteryError
from mastery.planning_experiments import MOST_BYTES
from mastery.services.experimenting import register
from tutor.services.arms import check_levers


class Command(BaseCommand):
    help = "Register the plan of an experiment before it begins; afterwards it cannot be changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=Path, help="A JSON file; see docs/research.md.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["plan"].open(encoding="utf-8") as file:
                text = file.read(MOST_BYTES + 1)
            made = register(text, now=timezone.now(), check=check_levers)
        except (OSError, UnicodeDecodeError) as exc:
            raise CommandError(f"{options['plan']} cannot be read: {exc}") from exc
        except MasteryError as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(
            f"{made.key}: {len(made.plan['arms'])} arms from {made.starts_at:%Y-%m-%d %H:%M} to "
            f"{made.ends_at:%Y-%m-%d %H:%M} UTC, registered with hash {made.plan_hash}."
        )
