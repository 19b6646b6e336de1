"""Show or choose by what the reviews of a subject are spaced."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from concepts.management.commands.export_graph import find_subject
from mastery.review import SchedulerName
from mastery.services.spacing import scheduler_in, set_scheduler


class Command(BaseCommand):
    help = "Show or choose by what the reviews of a subject are spaced: FSRS, or SM-2."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument(
            "scheduler", nargs="?", choices=[one.value for one in SchedulerName], help="Left out: only show."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        if options["scheduler"] is None:
            self.stdout.write(f"{subject.name} is spaced by {scheduler_in(subject)}.")
            return
        changed = set_scheduler(subject, scheduler=SchedulerName(options["scheduler"]))
        self.stdout.write(
            f"{subject.name} is spaced by {options['scheduler']}; the cards of {changed} enrolments were "
            "computed anew."
        )
