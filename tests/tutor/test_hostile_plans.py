"""Plan files of experiments that nobody honest writes: refused with a sentence, and nothing is registered."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mastery.models import Experiment
from tests.tutor.quay import open_quay

pytestmark = pytest.mark.django_db


def a_plan(**changes: Any) -> dict[str, Any]:
    begins = timezone.now() + timedelta(days=1)
    return {
        "key": "sooner",
        "subject": "quay",
        "hypothesis": "Closeness brings learners to goals sooner.",
        "salt": "a long salt",
        "arms": [{"name": "as-now", "share": 1}],
        "outcomes": ["recall_7"],
        "sample_size": 20,
        "start": begins.isoformat(),
        "end": (begins + timedelta(days=30)).isoformat(),
    } | changes


def arm(**levers: Any) -> list[dict[str, Any]]:
    return [{"name": "all", "share": 1, **levers}]


HOSTILE = [
    "",
    "[]",
    "null",
    "[" * 100_000,
    '{"a":' * 15_000,
    json.dumps(a_plan(hypothesis="x" * 200_000)),
    json.dumps(a_plan(hypothesis="x" * 30 + "\x00")),
    json.dumps(a_plan(salt="a salt \ud800 and more")),
    json.dumps(a_plan(subject="\x00")),
    json.dumps(a_plan(subject="../../quay")),
    json.dumps(a_plan(key="../../../etc/passwd")),
    json.dumps(a_plan(key="sooner\n")),
    json.dumps(a_plan(approve=True)),
    json.dumps(a_plan(sample_size=10**400)),
    json.dumps(a_plan(sample_size=1.5)),
    json.dumps(a_plan(start="0001-01-01T00:00:00+14:00")),
    json.dumps(a_plan(end="9999-12-31T23:59:59-14:00")),
    json.dumps(a_plan(end="soon")),
    json.dumps(a_plan(arms=arm(mastery_threshold=float("nan")))),
    json.dumps(a_plan(arms=arm(weights={"unlocking": float("inf")}))),
    json.dumps(a_plan(arms=arm(weights={"unlocking": "1e999"}))),
    json.dumps(a_plan(arms=arm(weights={"unlocking": 0})).copy()).replace(
        '"unlocking": 0', '"unlocking": 1e999'
    ),
    json.dumps(a_plan(arms=arm(weights={"no-such-weight": 1}))),
    json.dumps(a_plan(arms=arm(weights={"unlocking": 10**400}))),
    json.dumps(a_plan(arms=arm(lesson_angle="../x"))),
    json.dumps(a_plan(arms=arm(name="\x00"))),
    json.dumps(a_plan(arms=arm() * 2)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_it_is_refused_and_nothing_is_registered(tmp_path: Path, text: str) -> None:
    open_quay(items=False)
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(CommandError):
        call_command("register_experiment", str(file))
    assert not Experiment.objects.exists()


def test_a_file_without_end_is_read_up_to_the_limit_and_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="larger than 100 kB"):
        call_command("register_experiment", "/dev/zero")
    for no_file in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("register_experiment", str(no_file))
