from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.management.commands.export_graph import find_subject
from mastery.calibrating import Calibrated, Calibration
from mastery.errors import MasteryError
from mastery.management.commands.export_mastery import moment, wanted_of
from mastery.models import Enrolment
from mastery.services.calibrating import report_calibration


class Command(BaseCommand):
    help = "Hold the belief just before each answer against the answer, by concept, grading engine and time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--window-days", type=int, default=7, help="Length of a window of time.")
        parser.add_argument("--concept", help="Only answers on this concept, by key.")
        parser.add_argument("--class-name", help="Only learners of this class, by its pseudonym.")
        parser.add_argument("--learner", help="Only this learner, by pseudonym.")
        parser.add_argument("--since", type=moment, help="From this day or time on (UTC unless it says).")
        parser.add_argument("--until", type=moment, help="Before this day or time.")
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of tables.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        if options["window_days"] < 1:
            raise CommandError("A window lasts at least one day.")
        try:
            found = report_calibration(
                subject,
                Enrolment.objects.all(),
                wanted_of(subject, options),
                window=timedelta(days=options["window_days"]),
            )
        except MasteryError as exc:
            raise CommandError(str(exc)) from exc
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found)))
            return
        self._tell(found)

    def _tell(self, found: Calibration) -> None:
        if found.overall is None or found.calibration_error is None or found.log_loss is None:
            self.stdout.write("Nothing was answered yet.")
            self.stdout.write("answers=0")
            return
        for title, rows in (
            ("all", [found.overall]),
            ("predicted", found.bins),
            ("concept", found.concepts),
            ("engine", found.engines),
            ("window from", found.windows),
        ):
            self._table(title, rows)
        drifting = sum(one.drifts for one in (*found.concepts, *found.engines, *found.windows))
        self.stdout.write(
            f"answers={found.overall.answers} learners={found.overall.learners} "
            f"gap={found.overall.observed - found.overall.predicted:.4f} ece={found.calibration_error:.4f} "
            f"logloss={found.log_loss:.4f} brier={found.overall.brier:.4f} drifting={drifting}"
        )

    def _table(self, title: str, rows: Iterable[Calibrated]) -> None:
        self.stdout.write(f"{title:28} answers learners predicted observed  gap (95 % interval)")
        for one in rows:
            gap = "" if one.gap.low is None else f"({one.gap.low:+.3f} to {one.gap.high:+.3f})"
            self.stdout.write(
                f"{one.group[:28]:28} {one.answers:7} {one.learners:8} {one.predicted:9.3f} "
                f"{one.observed:8.3f} {one.gap.value:+.3f} {gap}{' drifts' if one.drifts else ''}"
            )
        self.stdout.write("")
