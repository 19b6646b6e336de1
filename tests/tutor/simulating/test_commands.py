from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.tutor.sea import open_sea

SMALL = ["--concepts", "10", "--learners", "3"]


def last_figures(out: str) -> dict[str, float]:
    return {name: float(value) for name, value in (pair.split("=") for pair in out.splitlines()[-1].split())}


def test_the_benchmark_prints_every_way_and_ends_with_figures(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("benchmark_policy", *SMALL, "--plain", "2")
    out = capsys.readouterr().out
    for name in ("service, placement", "random", "fixed-order", "lowest-mastery", "outer-fringe"):
        assert f"\n{name} " in out
    figures = last_figures(out)
    assert figures.keys() == {
        "ratio",
        "reached",
        "falsely_declared",
        "goals_true",
        "ratio_wrong_edges",
        "reached_wrong_edges",
    }
    assert figures["ratio"] >= 0.5


def test_the_benchmark_speaks_json(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("benchmark_policy", *SMALL, "--plain", "0", "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert {one["learners"] for one in found.values()} == {3}
    assert "random" not in found


@pytest.mark.parametrize("option", [["--learners", "0"], ["--concepts", "2"], ["--plain", "-1"]])
def test_the_benchmark_refuses_what_measures_nothing(option: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("benchmark_policy", *option)
    assert refused.value.returncode == 2


def test_drawn_learners_are_written_as_csv_the_same_for_the_same_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / name for name in ("one.csv", "two.csv")]
    for file in files:
        call_command("simulate_learners", *SMALL, "--seed", "7", "--csv", str(file))
    assert files[0].read_bytes() == files[1].read_bytes()
    with files[0].open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["learner"] for row in rows] == ["1", "2", "3"]
    assert "3 learners simulated, seed 7." in capsys.readouterr().out


@pytest.mark.django_db
def test_a_subject_tells_what_each_goal_is_expected_to_cost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_sea()
    file = tmp_path / "sea.csv"
    call_command("simulate_learners", "--subject", "sea", "--learners", "4", "--csv", str(file))
    out = capsys.readouterr().out
    assert [line.split()[:2] for line in out.splitlines()[1:3]] == [["Surges", "3"], ["Waves", "1"]]
    with file.open(encoding="utf-8") as lines:
        assert [row["goal"] for row in csv.DictReader(lines)] == ["surges"] * 4 + ["waves"] * 4
    call_command("simulate_learners", "--subject", "sea", "--learners", "2", "--goal", "tides")
    assert capsys.readouterr().out.splitlines()[1].startswith("Tides ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "because"),
    [
        (["--subject", "none"], "no subject “none”"),
        (["--subject", "sea", "--goal", "rivers"], "no published concept “rivers”"),
        (["--goal", "tides"], "name it with --subject"),
        (["--learners", "0"], "at least 1 learner"),
        ([*SMALL, "--csv", "no/such/directory/x.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_simulated_says_why(options: list[str], because: str) -> None:
    open_sea()
    with pytest.raises(CommandError, match=because):
        call_command("simulate_learners", *options)
