from __future__ import annotations

import gzip
import json
import random
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from tutor.embedded.calibration import SIGNS, load_parameters
from tutor.embedded.evidence import NAMES
from tutor.embedded.training import Table, figures, fit, read_graded, tampered, train
from vectorstore.hash_embedder import HashEmbedder

TOPICS = {
    "beetle": ["current", "voltage", "battery", "bulb", "switch", "terminal", "circuit", "gap"],
    "scientsbank": ["magnet", "mineral", "planet", "water", "sound", "plant", "heat", "metal"],
}


def write_sets(folder: Path) -> Path:
    for group, topics in TOPICS.items():
        rows = []
        for at, topic in enumerate(topics):
            reference = f"The {topic} is higher because the energy of the {topic} moves to the left side."
            answers = [
                (f"because energy of the {topic} is moving to the left", 1.0),
                (f"the {topic} is not higher because energy stays away from it", 0.0),
                ("I like to play football with my friends on Sunday", 0.0),
                (f"energy moves to the left so the {topic} gets higher", 1.0),
            ]
            rows += [
                {
                    "id": f"{topic}{n}",
                    "question_id": f"q{at}",
                    "question": f"Why does the {topic} change?",
                    "references": [reference],
                    "answer": answer,
                    "label": "correct" if score else "incorrect",
                    "score": score,
                }
                for n, (answer, score) in enumerate(answers)
            ]
        (folder / group).mkdir()
        with gzip.open(folder / group / "train.jsonl.gz", "wt") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def test_training_keeps_its_signs_and_tells_right_from_wrong(tmp_path: Path) -> None:
    write_sets(tmp_path)
    rows = [row for group in TOPICS for row in read_graded(tmp_path / group / "train.jsonl.gz", group=group)]
    fitted = train(rows, embedder=HashEmbedder(), rng=random.Random(1))
    assert all(value * SIGNS[name] >= 0 for name, value in fitted["coefficients"].items())
    assert set(fitted["figures"]["held_out_by_set"]) == set(TOPICS)
    assert min(one["macro_f1"] for one in fitted["figures"]["held_out_by_set"].values()) > 0.7
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps(fitted))
    assert load_parameters(path).intercept == fitted["intercept"]


def test_the_command_writes_the_file_and_ends_with_a_count(tmp_path: Path) -> None:
    write_sets(tmp_path)
    out, path = StringIO(), tmp_path / "new.json"
    call_command("train_grader", data=tmp_path, out=path, limit=0, stdout=out)
    assert "tested on beetle" in out.getvalue()
    assert out.getvalue().rstrip().endswith("common stems.")
    assert load_parameters(path).hash != load_parameters().hash


def test_data_that_is_not_there_or_not_readable_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no .*beetle"):
        call_command("train_grader", data=tmp_path)
    write_sets(tmp_path)
    with gzip.open(tmp_path / "beetle" / "train.jsonl.gz", "wt") as out:
        out.write('{"question": "?"}\n')
    with pytest.raises(CommandError, match="line 1"):
        call_command("train_grader", data=tmp_path)


def test_a_weight_can_only_help_or_only_hurt() -> None:
    rng = np.random.default_rng(3)
    features = rng.random((200, len(NAMES)))
    truth = (features[:, NAMES.index("negation")] > 0.5).astype(float)  # as if negation were a merit
    table = Table(features, truth, np.ones(200), ("a",) * 200)
    _, coefficients = fit(table, table)
    assert coefficients[NAMES.index("negation")] == 0


def test_tampered_answers_are_wrong_in_known_ways() -> None:
    made = tampered("The pitch is higher because the string is under more tension.", rng=random.Random(2))
    assert any("is not higher" in one for one in made)
    assert any("lower" in one for one in made)
    assert any("," in one and "the" not in one.split() for one in made)


def test_figures_of_a_perfect_and_of_a_useless_prediction() -> None:
    truth = np.array([0.0, 1.0, 1.0, 0.0])
    assert figures(truth, truth)["macro_f1"] == 1.0
    assert figures(np.full(4, 0.5), truth)["ece"] == 0.0


def test_a_parameter_file_of_other_features_or_signs_is_refused(tmp_path: Path) -> None:
    from tutor.embedded.calibration import PARAMETER_FILE

    data = json.loads(PARAMETER_FILE.read_text())
    path = tmp_path / "p.json"
    path.write_text(json.dumps(data | {"coefficients": data["coefficients"] | {"negation": 1.0}}))
    with pytest.raises(ValueError, match="wrong sign: negation"):
        load_parameters(path)
    path.write_text(json.dumps(data | {"coefficients": {"similarity": 1.0}}))
    with pytest.raises(ValueError, match="other features"):
        load_parameters(path)
