from __future__ import annotations

import gzip
import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from concepts.models import Subject
from mastery.errors import BenchmarkDataNotUsable, TooFewToFit
from mastery.mastery_benchmark import gap_bias, read_learners
from mastery.models import MasteryEvent
from mastery.parameters import DEFAULT_KINDS, Kind, Parameters
from mastery.predicting import Question
from mastery.prediction_fitting import Answer
from mastery.score_densities import fit_densities
from mastery.services.costing import measure_cost
from mastery.soft_benchmark import World, measure_soft

HEAD = "learner,item,concepts,time,correct"


def write(path: Path, rows: list[str], *, head: str = HEAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt") as stream:
        stream.write("\n".join([head, *rows]) + "\n")
    return path


def rows(learners: range, *, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        f"{learner},i{place % 7},{place % 3};{3 + place % 2},{place * 100},"
        f"{int(rng.random() < 0.3 + 0.06 * (place % 7))}"
        for learner in learners
        for place in range(25)
    ]


def test_the_command_prints_a_table_and_one_line_of_pairs_and_json(tmp_path: Path) -> None:
    write(tmp_path / "set" / "train.csv.gz", rows(range(30), seed=1))
    write(tmp_path / "set" / "test.csv.gz", rows(range(30, 45), seed=2))
    call_command("benchmark_mastery", data=tmp_path, stdout=(out := StringIO()), stderr=StringIO())
    last = out.getvalue().splitlines()[-1]
    names = [pair.split("=")[0] for pair in last.split()]
    assert names == ["auc", "auc_concepts", "logloss", "ece", "gap_bias", "update_us"]
    call_command("benchmark_mastery", data=tmp_path, json=True, stdout=(out := StringIO()), stderr=StringIO())
    models = [row["model"] for row in json.loads(out.getvalue())["rows"]]
    assert "constant" in models
    assert "Cairn, concepts only" in models


@pytest.mark.parametrize(
    ("lines", "head", "reason"),
    [
        (["1,2,3,0"], HEAD, "no number"),
        (["1,2,,0,1"], HEAD, "names no concept"),
        (["1,2,3,nan,1"], HEAD, "out of range"),
        (["1,2,3,0,7"], HEAD, "out of range"),
        (["1,2,3,0"], "learner,item,concepts,time", "no column correct"),
        ([], HEAD, "no rows"),
    ],
)
def test_malformed_answers_are_refused_with_the_line(
    tmp_path: Path, lines: list[str], head: str, reason: str
) -> None:
    with pytest.raises(BenchmarkDataNotUsable, match=reason):
        read_learners(write(tmp_path / "train.csv.gz", lines, head=head))


def test_a_file_that_is_no_gzip_and_a_folder_without_sets_end_with_2(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"no gzip at all")
    with pytest.raises(BenchmarkDataNotUsable, match="cannot be read"):
        read_learners(tmp_path / "broken")
    for options in ({"data": tmp_path}, {}):
        with pytest.raises(CommandError) as refused:
            call_command("benchmark_mastery", **options)
        assert refused.value.returncode == 2


def test_a_question_about_several_concepts_is_one_answer_and_rows_of_a_learner_are_joined(
    tmp_path: Path,
) -> None:
    found = read_learners(write(tmp_path / "x.csv.gz", ["a,1,9;2;9,0,1", "b,1,2,0,1", "a,2,2,5,0"]))
    assert [(name, len(answers)) for name, answers in found] == [("a", 2), ("b", 1)]
    assert found[0][1][0].asked.concepts == ("2", "9")


def test_bias_is_told_by_gap_only_where_time_is_given() -> None:
    asked = [Answer(Question(("a",), place * 7200.0), 1.0) for place in range(300)]
    found = gap_bias([("x", asked)], np.full(300, 0.7))
    assert found is not None
    assert list(found) == ["1 hour to 1 day"]
    assert found["1 hour to 1 day"] == pytest.approx(-0.3)
    still = [Answer(Question(("a",), 0.0), 1.0) for _ in range(300)]
    assert gap_bias([("x", still)], np.full(300, 0.7)) is None


def test_fitted_densities_are_better_calibrated_than_weighting_by_the_score() -> None:
    by_name = {
        row.model.split(",")[0]: row for row in measure_soft(seed=3, worlds=2, fitted=3000, judged=3000)
    }
    assert by_name["densities"].ece < 0.02 < by_name["jeffrey"].ece
    assert by_name["densities"].logloss < by_name["halves"].logloss < by_name["jeffrey"].logloss
    assert by_name["truth"].logloss <= by_name["densities"].logloss


def test_fitted_densities_recover_the_world_and_never_fall() -> None:
    world = World(prior=0.3, learning=0.15, guess=0.1, slip=0.1, good=(5.0, 1.5), bad=(1.5, 4.0))
    scores, _ = world.chains(6000, rng=np.random.default_rng(1))
    found = fit_densities(list(scores))
    assert list(found.log_ratios) == sorted(found.log_ratios)
    assert found.prior == pytest.approx(0.3, abs=0.03)
    assert found.learning == pytest.approx(0.15, abs=0.02)
    high, low = world.means()
    assert (found.mean_mastered, found.mean_not) == pytest.approx((high, low), abs=0.03)


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_where_all_scores_are_the_same_they_say_next_to_nothing(score: float) -> None:
    found = fit_densities([[score] * 6] * 100)
    assert np.isfinite(found.log_ratios).all()
    assert 0 < found.prior < 1


def test_too_few_scores_are_refused() -> None:
    with pytest.raises(TooFewToFit):
        fit_densities([[0.5]] * 10)


def test_ratios_that_fall_or_go_too_far_are_refused_and_certainty_weakens_them() -> None:
    from dataclasses import replace

    from mastery.errors import ParameterOutOfBounds
    from mastery.estimator import likelihood_ratio

    item = DEFAULT_KINDS[Kind.CLOZE]
    for wrong in ((1.0, 0.0), (-9.0, 0.0), (0.0,)):
        with pytest.raises(ParameterOutOfBounds, match="log_ratios"):
            replace(item, log_ratios=wrong)
    fitted = replace(item, log_ratios=(-2.0, 0.0, 2.0))
    judged = {"points": 1, "item": fitted, "parameters": Parameters()}
    assert likelihood_ratio(1.0, certainty=0.0, **judged) == 1.0  # type: ignore[arg-type]
    assert likelihood_ratio(1.0, certainty=0.5, **judged) == pytest.approx(np.e)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_timing_leaves_nothing_in_the_database() -> None:
    cost = measure_cost(concepts=5, folds=50, events=20)
    assert min(cost.fold_us, cost.record_ms, cost.record_p95_ms) > 0
    assert not MasteryEvent.objects.exists()
    assert not Subject.objects.exists()
