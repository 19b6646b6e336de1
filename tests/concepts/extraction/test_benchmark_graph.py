"""The graph benchmark prints a table and one line of figures, and refuses unusable data."""

from __future__ import annotations

import json
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from concepts.extraction.benchmarking import mean_of, measure_graphs, measure_scored, score_graphs
from concepts.extraction.doubting import Band
from concepts.extraction.labelled import LabelledGraph, load_graphs
from concepts.extraction.simulated_judge import SimulatedJudge
from concepts.management.commands.benchmark_graph import simulated
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


# A perfect little text leaves nothing in doubt.
EVERY = Band(0.0, 1.01)


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
            return {"quote": quote, "a_needed_for_b": other == first, "b_needed_for_a": other == second}
    return {"quote": "", "a_needed_for_b": False, "b_needed_for_a": False}


def test_a_model_that_knows_makes_the_scores_better_within_its_calls(data: Path) -> None:
    graphs = load_graphs(data / "graphs")
    chat = RuleChat(lambda name, text: {}, knows)
    plain = measure_graphs(graphs, embedder=HashEmbedder())
    judged = measure_graphs(graphs, embedder=HashEmbedder(), judge_of=lambda graph: chat, band=EVERY)
    assert sum(measure.calls for measure in judged) == len(chat.requests) > 0
    for before, after in zip(plain, judged, strict=True):
        assert after.pair_auc is not None
        assert before.pair_auc is not None
        assert after.pair_auc >= before.pair_auc
        assert after.direction == 1.0
        assert after.calls <= after.pairs


def test_a_model_judges_no_more_than_the_limit(data: Path) -> None:
    chat = RuleChat(lambda name, text: {}, knows)
    measure_graphs(
        load_graphs(data / "graphs"),
        embedder=HashEmbedder(),
        judge_of=lambda graph: chat,
        band=EVERY,
        limit=1,
    )
    assert sum(request.messages[-1].content.count(": A = ") for request in chat.requests) == 6


def test_unusable_data_ends_with_status_two(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        run("--data", str(tmp_path))
    assert stop.value.code == 2


def test_without_a_server_the_model_engine_is_measured_with_judges_of_stated_accuracy(
    data: Path, settings: Any
) -> None:
    settings.OLLAMA_HOSTS = ["http://127.0.0.1:9"]
    out, err = StringIO(), StringIO()
    call_command("benchmark_graph", "--data", str(data), "--engine", "ollama", stdout=out, stderr=err)
    lines = out.getvalue().splitlines()
    figures = dict(part.split("=") for part in lines[-1].split())
    assert figures["judge"] == "simulated:0.85"
    assert float(figures["calls_per_pair"]) > 0
    assert sum(line.startswith("simulated ") for line in lines) == 4
    assert "No model server answers" in err.getvalue()


def test_a_better_judge_gives_better_figures_and_a_perfect_one_the_right_direction(data: Path) -> None:
    graphs = load_graphs(data / "graphs")
    scored = score_graphs(graphs, embedder=HashEmbedder())

    def f1_with(accuracy: float) -> float:
        judged = measure_scored(scored, judge_of=simulated(accuracy), band=EVERY)
        assert all(measure.asked for measure in judged)
        value = mean_of(judged, "pair_auc")
        assert value is not None
        return value

    before = mean_of(measure_scored(scored), "pair_auc")
    assert before is not None
    assert f1_with(1.0) >= max(before, f1_with(0.55))


def test_a_simulated_judge_is_right_as_often_as_stated_and_repeats_its_errors_as_often() -> None:
    names = [f"thing{number}" for number in range(60)]
    graph = LabelledGraph(
        "made", tuple(names), tuple(names), ((),) * 60,
        tuple(f"A {name} is a small thing." for name in names), tuple(pairwise(names)), (),
    )  # fmt: skip
    judge = SimulatedJudge(graph, accuracy=0.8, repeated=0.5, longest_text=200)
    pairs = [(first, second) for first in range(60) for second in range(first + 1, 60)]
    wrong = {}
    for swapped in (False, True):
        for first, second in pairs:
            ends = (second, first) if swapped else (first, second)
            says = judge.says(first, second, f"e{ends[0]}-{ends[1]}")
            wrong[first, second, swapped] = says != (second == first + 1)
    share = sum(wrong.values()) / len(wrong)
    again = sum(wrong[pair[0], pair[1], True] for pair in pairs if wrong[pair[0], pair[1], False])
    once = sum(wrong[pair[0], pair[1], False] for pair in pairs)
    assert abs(share - 0.2) < 0.02
    # Half the errors are stubborn; of the others one in nine comes again by chance.
    assert abs(again / once - (0.5 + 0.5 / 9)) < 0.06


@pytest.mark.parametrize("value", ["0.5", "1.1", "good"])
def test_an_accuracy_that_tells_nothing_is_refused(data: Path, value: str) -> None:
    with pytest.raises(CommandError, match=r"accuracy|number"):
        run("--data", str(data), "--engine", "ollama", "--accuracy", value)


@pytest.mark.parametrize("band", ["0.9:0.1", "0.3", "low:high", "-1:0.5"])
def test_a_band_that_holds_nothing_is_refused(data: Path, band: str) -> None:
    with pytest.raises(CommandError, match="band"):
        run("--data", str(data), "--engine", "ollama", f"--band={band}")


def test_a_wider_band_asks_about_more_pairs(data: Path) -> None:
    asked = []
    for band in ("0.4:0.41", "0:1.01"):
        last = run(
            "--data", str(data), "--engine", "ollama", "--accuracy", "0.8", "--band", band
        ).splitlines()[-1]
        asked.append(int(dict(part.split("=") for part in last.split())["asked"]))
    assert asked[0] < asked[1]


def test_one_file_can_be_reported_alone_with_weights_of_the_others(data: Path) -> None:
    lines = run("--data", str(data), "--only", "n").splitlines()
    assert [line.split()[0] for line in lines if "the other files" in line] == ["n"]
    assert not [line for line in lines if line.startswith(("m ", "o "))]
    with pytest.raises(CommandError, match="There is no"):
        run("--data", str(data), "--only", "x")
