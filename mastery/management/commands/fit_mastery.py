"""Refit the estimator's parameters to the service's own events."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from concepts.management.commands.export_graph import find_subject
from mastery.errors import MasteryError
from mastery.services.fitting import fit_from_events, keep_version


class Command(BaseCommand):
    help = (
        "Refit the estimator to the service's own events; replaces nothing unless held-out log loss improves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subject", default="", help="The key of one subject; else all together.")
        parser.add_argument("--dry-run", action="store_true", help="Keep no version, whatever comes out.")
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of lines.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"]) if options["subject"] else None
        try:
            fitted = fit_from_events(subject)
        except MasteryError as exc:
            raise CommandError(str(exc)) from exc
        if not options["dry_run"]:
            keep_version(fitted, subject=subject, now=timezone.now())
        told = {
            "hash": fitted.parameters.hash,
            "loss_before": round(fitted.loss_before, 6),
            "loss_after": round(fitted.loss_after, 6),
            "margin": round(fitted.margin, 6),
            "learners": fitted.learners,
            "held_out": fitted.held_out,
            "events": fitted.events,
            "doubt": fitted.edges.doubt,
            "credit": fitted.edges.credit,
            "in_force": fitted.is_better and not options["dry_run"],
        }
        if options["json"]:
            self.stdout.write(json.dumps({**told, "parameters": fitted.parameters.as_dict()}))
            return
        self.stdout.write(
            f"Log loss on {fitted.held_out} learners held out: {fitted.loss_before:.4f} with those in "
            f"force, {fitted.loss_after:.4f} with the new ones; chance moves it by {fitted.margin:.4f}."
        )
        if not fitted.is_better:
            self.stdout.write("That is no improvement beyond chance: the parameters in force stay.")
        elif options["dry_run"]:
            self.stdout.write("They would be put in force (dry run).")
        else:
            self.stdout.write("They are in force, and all beliefs are folded anew with them.")
        self.stdout.write(" ".join(f"{name}={value}" for name, value in told.items()))
