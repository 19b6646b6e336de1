from __future__ import annotations

import json
import random
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from tests.tutor.embedded.graded import TOPICS, write_sets
from tutor.embedded.calibration import ADAPTER_FILE, FOR_A_POINT, PARAMETER_FILE, load_parameters
from tutor.embedded.grading_data import GradedAnswer, read_sets
from tutor.embedded.pair_training import ExampleMaker
from tutor.embedded.training import (
    Table,
    evidence_of,
    finder_for,
    fit,
    ideas_to_show,
    log_odds_right,
    mean_strength,
    real_table,
    sigmoid,
    train,
)
from vectorstore.hash_reader import HashReader


@pytest.fixture
def rows(tmp_path: Path) -> list[GradedAnswer]:
    return [row for one in read_sets(write_sets(tmp_path)) for row in one.training_rows]


def test_training_keeps_its_signs_and_tells_right_from_wrong(
    rows: list[GradedAnswer], tmp_path: Path
) -> None:
    fitted = train(rows, reader=HashReader())
    assert all(value >= 0 for value in fitted["coefficients"].values())
    assert set(fitted["trained_on"]) == set(TOPICS)
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps(fitted))
    assert load_parameters(path).intercept == fitted["intercept"]


def test_a_model_of_one_set_tells_right_from_wrong_on_another(rows: list[GradedAnswer]) -> None:
    known, new = ([row for row in rows if row.group == group] for group in TOPICS)
    finder = finder_for(known, reader=HashReader())
    model = fit(real_table(known, finder=finder))
    found = evidence_of(new, finder=finder)
    right = sigmoid(log_odds_right(model, found))
    truth = np.array([row.is_right for row in new])
    assert right[truth].mean() > right[~truth].mean() + 0.2
    np.testing.assert_allclose(right, mean_strength(model, found))


def test_the_prior_makes_probabilities_right_in_the_mean_and_moves_no_cut() -> None:
    rng = np.random.default_rng(5)
    truth = (rng.random(400) < 0.2).astype(float)
    features = truth[:, None] + rng.normal(size=(400, len(FOR_A_POINT)))
    weight = np.where(truth == 1, 1 / truth.sum(), 1 / (1 - truth).sum())
    model = fit(Table(features, truth, weight))
    z = model.intercept + features @ model.coefficients
    assert model.prior < -0.5
    assert sigmoid(z + model.prior).mean() == pytest.approx(truth.mean())
    assert fit(Table(features, np.zeros(400), np.ones(400))).prior >= -4


def test_references_that_each_suffice_are_one_idea_and_a_long_one_is_several() -> None:
    short = GradedAnswer("a", "q", "?", ("It is hot.", "It burns."), "", 1.0, "correct")
    assert ideas_to_show(short) == [("It is hot.", "It burns.")]
    long = GradedAnswer(
        "a", "q", "?", (" ".join(f"This is idea number {n} of it." for n in range(9)),), "", 1, ""
    )
    assert len(ideas_to_show(long)) == 9
    assert not long.is_of_one_idea


def test_a_weight_can_only_help() -> None:
    rng = np.random.default_rng(3)
    features = rng.random((200, len(FOR_A_POINT)))
    truth = (features[:, 0] < 0.5).astype(float)  # as if saying less of it were better
    assert fit(Table(features, truth, np.ones(200))).coefficients[0] == 0


def test_examples_are_of_both_kinds_and_new_every_epoch(rows: list[GradedAnswer]) -> None:
    maker = ExampleMaker(rows, statements=["The tide rises because the moon pulls on the sea."])
    first, second = maker.make(random.Random(1), made=200), maker.make(random.Random(2), made=200)
    assert {one.target for one in first} == {0.0, 1.0}
    assert {(one.idea, one.text) for one in first} != {(one.idea, one.text) for one in second}
    assert any(not one.context for one in first)
    football = [one for one in first if "football" in one.text and one.context]
    assert not football  # "incorrect" says nothing about whether it is said in the idea's words
    known = ExampleMaker(rows, is_in_domain=True).make(random.Random(1), made=10)
    assert any("football" in one.text for one in known)


@pytest.mark.weights
def test_the_command_writes_both_files_and_ends_with_a_count(tmp_path: Path) -> None:
    write_sets(tmp_path)
    saf = tmp_path / "grading" / "saf"
    saf.mkdir()
    (saf / "train.jsonl.gz").write_bytes((tmp_path / "grading" / "beetle" / "train.jsonl.gz").read_bytes())
    out = StringIO()
    call_command("train_grader", data=tmp_path, out=tmp_path, limit=12, epochs=1, made=20, stdout=out)
    assert "epoch 1 of 1" in out.getvalue()
    assert "36 answers, 1 statements" in out.getvalue()
    assert load_parameters(tmp_path / PARAMETER_FILE.name).hash != load_parameters().hash
    before = (tmp_path / ADAPTER_FILE.name).read_bytes()
    call_command("train_grader", data=tmp_path, out=tmp_path, limit=12, keep_adapters=True, stdout=out)
    assert (tmp_path / ADAPTER_FILE.name).read_bytes() == before


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no .*beetle"):
        call_command("train_grader", data=tmp_path)


def test_a_parameter_file_of_other_features_or_signs_is_refused(tmp_path: Path) -> None:
    data = json.loads(PARAMETER_FILE.read_text())
    path = tmp_path / "p.json"
    path.write_text(json.dumps(data | {"coefficients": data["coefficients"] | {"news": -1.0}}))
    with pytest.raises(ValueError, match="wrong sign: news"):
        load_parameters(path)
    path.write_text(json.dumps(data | {"coefficients": {"similarity": 1.0}}))
    with pytest.raises(ValueError, match="other features"):
        load_parameters(path)
