from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from concepts.models import Subject
from mastery.export_benchmark import drawn_subject, measure_export
from mastery.exporting.formats import FORMATS
from mastery.models import MasteryEvent

pytestmark = pytest.mark.django_db


def test_the_benchmark_measures_every_format_and_leaves_nothing_behind() -> None:
    out = StringIO()
    call_command("benchmark_exports", "--events", "40", "400", "--trace", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert set(found) == set(FORMATS)
    for costs in found.values():
        assert [one["events"] for one in costs] == [40, 400]
        assert costs[1]["bytes"] > costs[0]["bytes"] > 0
        assert all(one["seconds"] > 0 and one["python_peak"] > 0 for one in costs)
    assert not Subject.objects.exists()
    assert not MasteryEvent.objects.exists()
    with pytest.raises(CommandError):
        call_command("benchmark_exports", "--events", "0")


def test_memory_does_not_grow_with_the_log() -> None:
    """Four times the events take hardly more memory; the first measurement only warms what is kept."""
    peaks = []
    for events in (3000, 3000, 12_000):
        with drawn_subject(events) as subject:
            peaks.append(measure_export(subject, format_name="jsonl", trace=True).python_peak or 0)
    assert peaks[2] < 1.3 * peaks[1]
