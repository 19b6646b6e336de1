from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mastery.errors import ParquetNotInstalled
from mastery.export_benchmark import Cost, drawn_subject, measure_export
from mastery.exporting.formats import FORMATS
from mastery.models import Enrolment

MB = 1024 * 1024


class Command(BaseCommand):
    help = "Measure time and peak memory of every export on drawn events, which are gone afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--events", type=int, nargs="+", default=[10_000, 200_000])
        parser.add_argument("--format", choices=sorted(FORMATS), action="append", help="Left out: all.")
        parser.add_argument(
            "--trace", action="store_true", help="Also what Python alone held; takes far longer."
        )
        parser.add_argument("--json", action="store_true", help="Write one JSON object instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["events"]) < 1:
            raise CommandError("Give at least one event.", returncode=2)
        if Enrolment.objects.filter(subject__key="export-benchmark").exists():
            raise CommandError("This database holds a subject export-benchmark; take another.", returncode=2)
        found: dict[str, list[Cost]] = {name: [] for name in options["format"] or FORMATS}
        for events in options["events"]:
            with drawn_subject(events) as subject:
                for name, costs in found.items():
                    try:
                        costs.append(measure_export(subject, format_name=name, trace=options["trace"]))
                    except ParquetNotInstalled as exc:
                        self.stderr.write(str(exc))
        if options["json"]:
            self.stdout.write(
                json.dumps({name: [asdict(one) for one in costs] for name, costs in found.items()})
            )
            return
        self._table(found)

    def _table(self, found: dict[str, list[Cost]]) -> None:
        self.stdout.write("format      events  rows/s  file MB  process growth MB  Python peak MB")
        for name, costs in found.items():
            for one in costs:
                traced = "not traced" if one.python_peak is None else f"{one.python_peak / MB:.2f}"
                self.stdout.write(
                    f"{name:9} {one.events:8} {one.events / one.seconds:7.0f} {one.bytes / MB:8.1f} "
                    f"{one.process_growth / MB:18.1f} {traced:>15}"
                )
        growth = max((one.process_growth / MB for costs in found.values() for one in costs), default=0)
        traced_peaks = [one.python_peak / MB for costs in found.values() for one in costs if one.python_peak]
        self.stdout.write(
            f"most_process_growth_mb={growth:.1f} most_python_peak_mb={max(traced_peaks, default=0):.2f}"
        )
