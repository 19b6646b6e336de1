from __future__ import annotations

from pathlib import Path

import pytest

from tests.tutor.embedded.graded import write_rows, write_sets
from tutor.embedded.grading_data import (
    NoGradedAnswers,
    backgrounds,
    plain_statements,
    read_graded,
    read_sets,
)


def test_sets_are_found_in_the_folder_or_in_its_grading(tmp_path: Path) -> None:
    write_sets(tmp_path)
    for folder in (tmp_path, tmp_path / "grading"):
        sets = read_sets(folder)
        assert [one.name for one in sets] == ["beetle", "scientsbank"]
        assert [list(one.files) for one in sets] == [["train", "unseen-answers"]] * 2
        assert len(sets[0].training_rows) == 32


def test_a_set_may_have_no_training_file(tmp_path: Path) -> None:
    write_sets(tmp_path)
    (tmp_path / "grading" / "beetle" / "train.jsonl.gz").unlink()
    first = read_sets(tmp_path)[0]
    assert (first.training_file, list(first.training_rows)) == ("", [])


@pytest.mark.parametrize(
    "row",
    [
        {"question": "?"},
        {"question_id": "a", "question": "?", "references": [], "answer": "", "score": 1},
        {"question_id": "a", "question": "?", "references": ["x"], "answer": "", "score": "much"},
    ],
)
def test_a_row_of_another_form_is_named(tmp_path: Path, row: dict[str, object]) -> None:
    write_rows(tmp_path / "a.jsonl.gz", [row])
    with pytest.raises(NoGradedAnswers, match="line 1"):
        read_graded(tmp_path / "a.jsonl.gz", group="a")


def test_what_is_no_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoGradedAnswers, match="no set of graded answers"):
        read_sets(tmp_path)
    with pytest.raises(NoGradedAnswers, match="saf"):
        read_sets(write_sets(tmp_path), names=["saf"])
    (tmp_path / "bad.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(NoGradedAnswers, match=r"bad\.jsonl"):
        read_graded(tmp_path / "bad.jsonl.gz", group="a")
    write_rows(tmp_path / "empty.jsonl.gz", [])
    with pytest.raises(NoGradedAnswers, match="empty"):
        read_graded(tmp_path / "empty.jsonl.gz", group="a")


def test_a_background_is_what_other_questions_are_answered_with(tmp_path: Path) -> None:
    rows = read_sets(write_sets(tmp_path))[0].training_rows
    found = backgrounds(rows)
    assert len(found["beetle", "gap"]) == 7
    assert not any("The gap" in text for text in found["beetle", "gap"])


def test_statements_are_plain_sentences(tmp_path: Path) -> None:
    assert plain_statements(write_sets(tmp_path)) == ["The tide rises because the moon pulls on the sea."]
    assert plain_statements(tmp_path / "grading") == []
    (tmp_path / "graphs" / "bad.json").write_text("[]")
    with pytest.raises(NoGradedAnswers, match=r"bad\.json"):
        plain_statements(tmp_path)
