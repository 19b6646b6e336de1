"""Compute every belief again from the event log and report any difference."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mastery.services.replaying import digest_of, replay_all

SHOWN = 20


class Command(BaseCommand):
    help = "Compute every belief again from the event log and report any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="rewrite the beliefs that differ")
        parser.add_argument("--json", action="store_true", help="write one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        replays = list(replay_all(fix=options["fix"]))
        differences = [difference for replay in replays for difference in replay.differences]
        result = {
            "enrolments": len(replays),
            "events": sum(replay.events for replay in replays),
            "beliefs": sum(replay.beliefs for replay in replays),
            "differences": len(differences),
            "fixed": len(differences) if options["fix"] else 0,
            "sha256": digest_of([replay.digest for replay in replays]),
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            for difference in differences[:SHOWN]:
                self.stdout.write(str(difference))
            if len(differences) > SHOWN:
                self.stdout.write(f"... and {len(differences) - SHOWN} more differences")
            self.stdout.write(
                "{events} events of {enrolments} enrolments replayed into {beliefs} beliefs: "
                "{differences} differences{rewritten}. SHA-256 {sha256}".format(
                    **result, rewritten=", rewritten" if result["fixed"] else ""
                )
            )
        if differences:
            remedy = "They were rewritten." if options["fix"] else "Run with --fix to rewrite them."
            raise CommandError(f"{len(differences)} stored rows differ from the log. {remedy}", returncode=1)
