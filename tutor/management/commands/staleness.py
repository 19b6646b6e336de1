"""Tell what changed in a subject's sources and what rests on the changed words."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from concepts.management.commands.export_graph import find_subject
from tutor.services.staleness import StalenessReport, staleness_report


class Command(BaseCommand):
    help = "Tell what changed in a subject's sources and what rests on the changed words."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of lines.")

    def handle(self, *args: Any, **options: Any) -> None:
        report = staleness_report(find_subject(options["subject"]))
        if options["json"]:
            body = {**report.as_dict(), "is_clean": report.is_clean}
            self.stdout.write(json.dumps(body, cls=DjangoJSONEncoder))
            return
        for line in _lines(report):
            self.stdout.write(line)


def _lines(report: StalenessReport) -> list[str]:
    lines = [
        f"{one.title}: {_versions(one.from_version, one.to_version)}, "
        f"{one.unchanged} passages kept, {one.removed} gone, {one.added} new"
        for one in report.sources
    ]
    rows = (*report.concepts, *report.prerequisites)
    lines += [f"stale: {row.what} ({row.status})" for row in rows]
    lines += [
        f"stale lessons on {one.name}: {one.lessons}, {one.learners} learners" for one in report.lessons
    ]
    if report.redrawn:
        last = report.redrawn
        lines.append(
            f"last read: {last.scope} by {last.engine}, {last.kept} kept, {last.created} found, "
            f"{last.changed} changed, {last.stale} not found again"
        )
    return [
        *lines,
        f"{len(report.sources)} changed sources; stale: {report.concept_count} concepts, "
        f"{report.prerequisite_count} prerequisites, {report.lesson_count} lessons "
        f"({report.learners_shown} learners), {report.rubric_points} rubric points, "
        f"{report.practice_items} practice items, {report.mastery_events} mastery events.",
    ]


def _versions(before: int | None, after: int | None) -> str:
    if before is None:
        return f"new, version {after}"
    return f"version {before} -> {after}" if after is not None else f"version {before}, taken away"
