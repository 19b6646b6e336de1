from __future__ import annotations

import json
import random
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from tests.tutor.embedded.graded import write_sets
from tutor.embedded.benchmarking import Predicted, by_question
from tutor.embedded.grading_data import GradedAnswer
from tutor.leaning import Leaning

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
    by_question = [line.split()[2:5] for line in lines if line.startswith("by question")]
    assert by_question == [["beetle", "train", "32"], ["scientsbank", "train", "32"]]
    keys = [pair.split("=")[0] for pair in lines[-1].split()]
    assert keys[:7] == ["new_domain_f1", "in_domain_f1", "pearson", "rmse", "ece", "coverage", "p50_ratio"]
    assert keys[7:] == ["decided_f1", "by_question_f1", "after_decisions_f1", "after_decisions_ece"]


def test_as_json_there_is_one_object(tmp_path: Path) -> None:
    out = StringIO()
    call_command(
        "benchmark_grading", data=write_sets(tmp_path), limit=8, new_only=True, json=True, stdout=out
    )
    found = json.loads(out.getvalue())
    assert [row["regime"] for row in found["files"]] == ["new domain"] * 4
    assert all(0 <= row["figures"]["macro_f1"] <= 1 for row in found["files"])
    assert found["summary"]["p50_ratio"] > 0


def test_unusable_data_ends_with_2(tmp_path: Path) -> None:
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("benchmark_grading", data=tmp_path, stderr=err)
    assert ended.value.code == 2
    assert "no set of graded answers" in err.getvalue()


def test_all_answers_to_a_question_are_in_one_part() -> None:
    rows = [GradedAnswer("a", f"q{at % 7}", "?", ("It is so.",), f"answer {at}", 1.0, "") for at in range(50)]
    parts = by_question(rows, folds=3, rng=random.Random(4))
    assert sorted(row.answer for part in parts for row in part) == sorted(row.answer for row in rows)
    held = [{row.question_id for row in part} for part in parts]
    assert not held[0] & held[1] | held[1] & held[2] | held[0] & held[2]
    assert by_question(rows[:5], folds=3, rng=random.Random(4)) == []


def test_a_leaning_moves_the_cut_and_the_probability_apart() -> None:
    odds = np.array([-2.0, -1.0, -0.5, 2.0])
    right = np.array([False, True, True, True])
    predicted = Predicted(odds, odds, right, right.astype(float), prior=0.0)
    strict, mild = predicted.figures((0.4, 0.5)), predicted.figures((0.4, 0.5), leaning=Leaning(cut=1.5))
    assert strict.macro_f1 < mild.macro_f1 == 1
    assert strict.ece == mild.ece
    sure = predicted.figures((0.4, 0.5), leaning=Leaning(prior=1.0))
    assert sure.macro_f1 == strict.macro_f1
    assert sure.ece != strict.ece
