"""Publishes random edits and tells whether each did to the learners what its preview had said."""

from __future__ import annotations

import json
import random
import uuid
from statistics import median
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tutor.impact_benchmark import Trial, simulated_learners, simulated_subject, trials


class Command(BaseCommand):
    help = "Compare previews of random edits with what publishing does; nothing of it is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--edits", type=int, default=100)
        parser.add_argument("--learners", type=int, default=200)
        parser.add_argument("--concepts", type=int, default=300)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["edits"], options["learners"], options["concepts"] - 1) < 1:
            raise CommandError("Choose at least 1 edit, 1 learner and 2 concepts.")
        rng = random.Random(options["seed"])  # noqa: S311  (draws a simulation, not a secret)
        now = timezone.now()
        done: list[Trial] = []
        with transaction.atomic():
            author = User.objects.create(username=f"simulated-{uuid.uuid4().hex}", role=User.Role.EDUCATOR)
            subject = simulated_subject(concepts=options["concepts"], keeper=author, rng=rng)
            simulated_learners(subject, learners=options["learners"], now=now, rng=rng)
            for trial in trials(subject, author=author, edits=options["edits"], now=now, rng=rng):
                done.append(trial)
                if not options["json"]:
                    self.stdout.write(_line(len(done), trial))
            transaction.set_rollback(True)
        figures = _figures(done)
        if options["json"]:
            self.stdout.write(json.dumps(figures))
        else:
            self.stdout.write(" ".join(f"{name}={value}" for name, value in figures.items()))


def _line(number: int, trial: Trial) -> str:
    commands = ", ".join(operation["command"] for operation in trial.operations)
    verdict = f"WRONG for {len(trial.wrong)}" if trial.wrong else "as foretold"
    affected = f"{trial.affected} of {trial.learners} affected"
    return f"{number:4} {verdict}; {affected}; {trial.preview_s:.2f} s; {commands}"


def _figures(done: list[Trial]) -> dict[str, Any]:
    seconds = [trial.preview_s for trial in done]
    cpu = [trial.preview_cpu_s for trial in done]
    return {
        "edits": len(done),
        "as_foretold": sum(not trial.wrong for trial in done),
        "learners": done[0].learners,
        "with_effect": sum(trial.affected > 0 for trial in done),
        "affected": sum(trial.affected for trial in done),
        "preview_p50_s": round(median(seconds), 2),
        "preview_max_s": round(max(seconds), 2),
        "preview_cpu_p50_s": round(median(cpu), 2),
        "preview_cpu_max_s": round(max(cpu), 2),
    }
