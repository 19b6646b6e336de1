from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.tutor.embedded.graded import write_sets

pytestmark = pytest.mark.weights


def test_every_file_is_graded_as_new_and_as_known(tmp_path: Path) -> None:
    out = StringIO()
    call_command("benchmark_grading", data=write_sets(tmp_path), epochs=1, made=40, stdout=out)
    lines = out.getvalue().splitlines()
    told = [line.split()[:4] for line in lines if line.startswith(("new domain", "in domain"))]
    assert told == [
        ["new", "domain", "beetle", "train"],
        ["new", "domain", "beetle", "unseen-answers"],
        ["in", "domain", "beetle", "unseen-answers"],
        ["new", "domain", "scientsbank", "train"],
        ["new", "domain", "scientsbank", "unseen-answers"],
        ["in", "domain", "scientsbank", "unseen-answers"],
    ]
    keys = [pair.split("=")[0] for pair in lines[-1].split()]
    assert keys == ["new_domain_f1", "in_domain_f1", "pearson", "rmse", "ece", "coverage", "p50_ratio"]


def test_as_json_there_is_one_object(tmp_path: Path) -> None:
    out = StringIO()
    call_command(
        "benchmark_grading", data=write_sets(tmp_path), epochs=1, made=10, limit=8, json=True, stdout=out
    )
    found = json.loads(out.getvalue())
    assert len(found["files"]) == 6
    assert all(0 <= row["figures"]["macro_f1"] <= 1 for row in found["files"])
    assert found["summary"]["p50_ratio"] > 0


def test_unusable_data_ends_with_2(tmp_path: Path) -> None:
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("benchmark_grading", data=tmp_path, stderr=err)
    assert ended.value.code == 2
    assert "no set of graded answers" in err.getvalue()
