"""Tell who would gain or lose which concepts under another rule, graph, estimator or grader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from concepts.management.commands.export_graph import find_subject
from graphs.errors import GraphError
from mastery.errors import MasteryError
from mastery.services.what_if import ASPECTS, Consequence, Foresight, plan_change
from mastery.what_if import Link
from mastery.what_if_serializers import json_lines, summary


class Command(BaseCommand):
    help = "Tell who would gain or lose which concepts under another rule, graph, estimator or grader."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--threshold", type=float, help="Belief from which a concept counts as mastered.")
        for name, meaning in (
            ("--add", "As if this edge gated"),
            ("--remove", "As if this edge did not gate"),
        ):
            parser.add_argument(
                name,
                metavar="PREREQUISITE:DEPENDENT",
                action="append",
                default=[],
                help=f"{meaning}, by concept keys; may be repeated.",
            )
        parser.add_argument(
            "--parameters", type=Path, metavar="FILE", help="JSON: some of the estimator's parameters."
        )
        parser.add_argument(
            "--without",
            metavar="GRADER[@VERSION]",
            action="append",
            default=[],
            help="Leave out what this grader judged; may be repeated.",
        )
        parser.add_argument("--counts", action="store_true", help="Name no learners.")
        parser.add_argument("--json", action="store_true", help="Write one JSON object a line.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        try:
            change = plan_change(
                subject,
                threshold=options["threshold"],
                add=[_link(text) for text in options["add"]],
                remove=[_link(text) for text in options["remove"]],
                overrides=_overrides(options["parameters"]),
                without=options["without"],
            )
            foresight = Foresight(subject, change, now=timezone.now())
        except (MasteryError, GraphError) as exc:
            raise CommandError(str(exc)) from exc
        if options["json"]:
            for line in json_lines(foresight, with_learners=not options["counts"]):
                self.stdout.write(line, ending="")
            return
        for one in foresight.consequences():
            if not options["counts"]:
                self.stdout.write(_line(one, keys=foresight.gating.keys))
        self._count(summary(foresight))

    def _count(self, counts: dict[str, Any]) -> None:
        for row in counts["concepts"]:
            told = ", ".join(f"{row[aspect]} {aspect}" for aspect in ASPECTS if row[aspect])
            self.stdout.write(f"{row['key']}: {told}")
        told = ", ".join(f"{counts[aspect]} {aspect}" for aspect in ASPECTS)
        self.stdout.write(
            f"{counts['affected']} of {counts['learners']} learners affected; concepts: {told}. "
            "Nothing was written."
        )


def _link(text: str) -> Link:
    below, separator, above = text.partition(":")
    if not (separator and below and above):
        raise CommandError(f"“{text}” is no edge; write PREREQUISITE:DEPENDENT with two concept keys.")
    return below, above


def _overrides(path: Path | None) -> object:
    if path is None:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise CommandError(f"{path} cannot be read as JSON: {exc}") from exc


def _line(one: Consequence, *, keys: Mapping[str, str]) -> str:
    told = "; ".join(
        f"{aspect} " + ", ".join(keys[concept] for concept in getattr(one.difference, aspect))
        for aspect in ASPECTS
        if getattr(one.difference, aspect)
    )
    return f"{one.learner_name}: {told}"
