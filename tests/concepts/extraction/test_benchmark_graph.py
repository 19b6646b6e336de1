"""The graph benchmark prints a table and one line of figures, and refuses unusable data."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from concepts.extraction.benchmarking import measure_graphs
from concepts.extraction.labelled import load_graphs
from tests.concepts.extraction.models import RuleChat
from tests.concepts.extraction.test_training import chain
from vectorstore.hash_embedder import HashEmbedder


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


def test_what_was_said_stands_beside_what_held(data: Path) -> None:
    lines = run("--data", str(data)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("labelled pairs"))
    said, held, count = ([float(cell) for cell in line.split()[1:]] for line in lines[start + 1 : start + 4])
    assert sum(count) == 3 * 8 + 2
    assert said == sorted(said)
    assert sum(share * many for share, many in zip(held, count, strict=True)) == pytest.approx(10, abs=0.2)
    report = json.loads(run("--data", str(data), "--json"))
    assert sum(one["count"] for one in report["reliability"]["pair_scores"]) == 26
    assert not any("pair_scores" in file for file in report["files"])


def test_json_holds_the_same_for_programs(data: Path) -> None:
    report = json.loads(run("--data", str(data), "--json", "--limit", "2"))
    assert {file["name"] for file in report["files"]} == {"n", "m", "o", "book"}
    assert all(file["pairs"] == 2 for file in report["files"])
    assert report["mean"]["concept_f1"] is not None


def knows(first: str, second: str, text: str) -> dict[str, Any]:
    """Judge a pair of a chain by the one sentence that shows it."""
    shown = {name: f"A {name.casefold()} is a thing. It needs a " in text for name in (first, second)}
    for name, other in ((first, second), (second, first)):
        quote = f"A {name.casefold()} is a thing. It needs a {other.casefold()}."
        if shown[name] and quote in text:
            return {"quote": quote, "first_needed": other == first, "second_needed": other == second}
    return {"quote": "", "first_needed": False, "second_needed": False}


def test_a_model_that_knows_makes_the_scores_better_within_its_calls(data: Path) -> None:
    graphs = load_graphs(data / "graphs")
    chat = RuleChat(lambda name, text: {}, knows)
    plain = measure_graphs(graphs, embedder=HashEmbedder())
    judged = measure_graphs(graphs, embedder=HashEmbedder(), chat_model=chat)
    assert sum(measure.calls for measure in judged) == len(chat.requests) > 0
    for before, after in zip(plain, judged, strict=True):
        assert after.pair_auc is not None
        assert before.pair_auc is not None
        assert after.pair_auc >= before.pair_auc
        assert after.direction == 1.0
        assert after.calls <= after.pairs


def test_a_model_judges_no_more_than_the_limit(data: Path) -> None:
    chat = RuleChat(lambda name, text: {}, knows)
    measure_graphs(load_graphs(data / "graphs"), embedder=HashEmbedder(), chat_model=chat, limit=1)
    assert sum(request.messages[-1].content.count(": A = ") for request in chat.requests) == 3


def test_unusable_data_ends_with_status_two(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        run("--data", str(tmp_path))
    assert stop.value.code == 2
