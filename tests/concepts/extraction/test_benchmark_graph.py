"""The graph benchmark prints a table and one line of figures, and refuses unusable data."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.concepts.extraction.test_training import chain


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "pairs").mkdir()
    words = {
        "n": "atom molecule crystal rock",
        "m": "letter word phrase verse",
        "o": "spark flame fire hearth",
    }
    for name, line in words.items():
        (tmp_path / "graphs" / f"{name}.json").write_text(json.dumps(chain(name, line.split())))
    book = {
        "name": "book",
        "licence": "CC BY-NC-SA 4.0",
        "concepts": [{"id": "t", "name": "Triangle", "aliases": ["triangles"]}, {"id": "a", "name": "Angle"}],
        "labelled_pairs": [["a", "t", 1], ["t", "a", 0]],
        "documents": [
            {
                "title": "Angles",
                "text": "An angle is a figure of two rays. A triangle is a figure with three angles.",
            }
        ],
    }
    (tmp_path / "pairs" / "book.json").write_text(json.dumps(book))
    return tmp_path


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("benchmark_graph", *arguments, stdout=out)
    return out.getvalue()


def test_the_last_line_holds_the_figures(data: Path) -> None:
    lines = run("--data", str(data)).splitlines()
    figures = dict(part.split("=") for part in lines[-1].split())
    assert list(figures) == [
        "pair_auc", "pair_f1", "direction", "graph_precision", "graph_f1",
        "concept_f1", "ece", "cycles", "calls",
    ]  # fmt: skip
    assert 0.5 < float(figures["pair_auc"]) <= 1
    assert figures["cycles"] == figures["calls"] == "0"
    assert any(line.startswith("book") and "the committed fit" in line for line in lines)
    assert any(line.startswith("n ") and "the other files" in line for line in lines)


def test_json_holds_the_same_for_programs(data: Path) -> None:
    report = json.loads(run("--data", str(data), "--json", "--limit", "2"))
    assert {file["name"] for file in report["files"]} == {"n", "m", "o", "book"}
    assert all(file["pairs"] == 2 for file in report["files"])
    assert report["mean"]["concept_f1"] is not None


def test_unusable_data_ends_with_status_two(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        run("--data", str(tmp_path))
    assert stop.value.code == 2
