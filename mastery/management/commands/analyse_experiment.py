from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from mastery.comparing import Interval
from mastery.errors import MasteryError
from mastery.management.commands.export_mastery import moment
from mastery.models import Experiment
from mastery.services.analysing import Analysis, analyse


class Command(BaseCommand):
    help = "Compare the arms of an experiment by its registered outcomes, with intervals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("experiment", help="The key of the experiment.")
        parser.add_argument("--plan", type=Path, help="Check this file against what was registered.")
        parser.add_argument("--as-of", type=moment, help="As if it were this day or time (now if left out).")
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        experiment = Experiment.objects.filter(key=options["experiment"]).first()
        if experiment is None:
            keys = ", ".join(Experiment.objects.values_list("key", flat=True)) or "none yet"
            raise CommandError(f"There is no experiment “{options['experiment']}”. Known: {keys}.")
        try:
            text = options["plan"].read_text(encoding="utf-8") if options["plan"] else None
            found = analyse(experiment, now=options["as_of"] or timezone.now(), text=text)
        except (OSError, UnicodeDecodeError) as exc:
            raise CommandError(f"{options['plan']} cannot be read: {exc}") from exc
        except MasteryError as exc:
            raise CommandError(str(exc)) from exc
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), default=str))
            return
        self._tell(found)

    def _tell(self, found: Analysis) -> None:
        self.stdout.write(f"{found.key}: {found.hypothesis}")
        ahead = "final" if found.is_final else "a look ahead of the end: not for decisions"
        self.stdout.write(f"{found.assigned} of {found.sample_size} learners assigned; {ahead}.")
        for outcome in found.outcomes:
            self.stdout.write(f"\n{outcome.outcome}")
            for arm in outcome.arms:
                told = f"  {arm.arm}: {_told(arm.mean)}; {arm.counted} of {arm.assigned} learners counted"
                if arm.difference:
                    told += f"; against the first arm {_told(arm.difference, sign='+')}"
                self.stdout.write(told)
        for one in found.recall:
            recall = one.recall
            self.stdout.write(
                f"\nprobes after {recall.delay_days} days, {one.arm}: {recall.answered} answered of "
                f"{recall.due} due, came back {_told(recall.came_back)}; {recall.recalled} recalled, "
                f"{_told(recall.recall)}; {recall.spoiled} spoiled by a lesson"
            )
        self.stdout.write(
            f"assigned={found.assigned} planned={found.sample_size} final={int(found.is_final)}"
        )


def _told(one: Interval, *, sign: str = "") -> str:
    if one.value is None:
        return "nothing yet"
    if one.low is None or one.high is None:
        return f"{one.value:{sign}.3f} ({one.method})"
    return f"{one.value:{sign}.3f} ({one.low:{sign}.3f} to {one.high:{sign}.3f}, {one.method})"
