"""Weights come from labelled graphs, fitted on subjects other than the one they score."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from concepts.extraction.errors import BenchmarkDataUnusable
from concepts.extraction.labelled import LabelledGraph, load_graph, load_graphs
from concepts.extraction.measuring import area_under_curve, calibration_error, fit_logistic
from concepts.extraction.scoring import EdgeWeights, pair_probabilities
from concepts.extraction.training import fit, fit_left_out, prepare, write_parameters
from vectorstore.hash_embedder import HashEmbedder


def chain(name: str, words: list[str]) -> dict[str, object]:
    """Return a labelled graph in which each concept's text names the one before it."""
    concepts = [
        {
            "id": word,
            "name": word.capitalize(),
            "text": f"# {word}\n\nA {word} is a thing. It is built on a {base}.",
        }
        for base, word in zip(["wall", *words], words, strict=False)
    ]
    edges = [[first, second] for first, second in pairwise(words)]
    pairs = [[a, b, 1, "edge"] for a, b in edges] + [[b, a, 0, "reversed"] for a, b in edges]
    pairs += [[words[0], words[-1], 0, "random"], [words[-1], words[0], 0, "random"]]
    return {"name": name, "licence": "MIT", "concepts": concepts, "edges": edges, "eval_pairs": pairs}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    graphs = tmp_path / "graphs"
    graphs.mkdir()
    lines = {
        "n": "atom molecule crystal rock",
        "m": "letter word phrase verse",
        "o": "spark flame fire hearth",
    }
    for name, words in ((name, line.split()) for name, line in lines.items()):
        (graphs / f"{name}.json").write_text(json.dumps(chain(name, words)))
    return tmp_path


def graph_in(folder: Path, name: str) -> LabelledGraph:
    return load_graph(folder / "graphs" / f"{name}.json")


def test_the_fit_learns_that_what_is_named_comes_first(folder: Path) -> None:
    embedder = HashEmbedder()
    subjects = [prepare(graph, embedder=embedder) for graph in load_graphs(folder)]
    for subject, weights in zip(subjects, fit_left_out(subjects), strict=True):
        found = pair_probabilities(subject.table, weights=weights)
        scores = [float(found[first, second]) for first, second, _ in subject.pairs]
        assert area_under_curve([label for *_, label in subject.pairs], scores) > 0.8
    assert fit(subjects).first.directed.weights["named_by_many"] > 0


def test_the_fit_is_the_same_every_time(folder: Path) -> None:
    subjects = [prepare(graph, embedder=HashEmbedder()) for graph in load_graphs(folder)]
    assert fit(subjects) == fit(subjects)


def test_the_committed_form_gives_the_same_weights_back(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs = load_graphs(folder)
    weights = fit([prepare(graph, embedder=HashEmbedder()) for graph in graphs])
    monkeypatch.setattr("concepts.extraction.training.PARAMETER_FILE", tmp_path / "parameters.json")
    write_parameters(weights, graphs=graphs)
    written = json.loads((tmp_path / "parameters.json").read_text())
    assert written["fitted_on"] == ["m", "n", "o"]
    assert EdgeWeights.from_json(written["edges"]).as_json() == weights.as_json()


def test_random_pairs_do_not_teach_what_names_alone_say(folder: Path) -> None:
    graph = graph_in(folder, "o")
    assert graph.random_pairs == {("spark", "hearth"), ("hearth", "spark")}
    subject = prepare(graph, embedder=HashEmbedder())
    assert sum(subject.asked) == len(graph.pairs) - 2


@pytest.mark.parametrize(("name", "spelt"), [("Trees/RedBlack", "Red Black"), ("Red Black", "Red Black")])
def test_a_path_is_read_as_the_words_it_was_made_of(tmp_path: Path, name: str, spelt: str) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"concepts": [{"id": "a", "name": name}], "edges": []}))
    assert load_graph(path).names == (spelt,)


def test_the_closure_holds_indirect_prerequisites(folder: Path) -> None:
    closure = graph_in(folder, "m").closure()
    assert ("letter", "verse") in closure
    assert nx.is_directed_acyclic_graph(nx.DiGraph(list(closure)))


@pytest.mark.parametrize(
    "content", ["", "[]", '{"concepts": [{"id": "a", "name": "A"}], "edges": [["a", "b"]]}', '{"name": "x"}']
)
def test_unusable_data_is_refused_with_the_file_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(content)
    with pytest.raises(BenchmarkDataUnusable, match=r"broken\.json"):
        load_graph(path)


def test_a_folder_without_graphs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkDataUnusable, match="graphs"):
        load_graphs(tmp_path)


def test_a_coefficient_against_its_sign_is_left_out() -> None:
    features = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 0.0], [3.0, 0.0]])
    labels = np.array([0.0, 0.0, 1.0, 1.0])
    free = fit_logistic(features, labels, np.ones(4), ridge=0.1)
    held = fit_logistic(features, labels, np.ones(4), ridge=0.1, signs=[1, 1])
    assert free[2] < 0
    assert held[2] == 0
    assert held[1] > 0


def test_perfect_and_hopeless_scores_measure_as_such() -> None:
    assert area_under_curve([1, 1, 0, 0], [4, 3, 2, 1]) == 1.0
    assert area_under_curve([0, 0, 1, 1], [4, 3, 2, 1]) == 0.0
    assert area_under_curve([1, 1], [0.5, 0.6]) == 0.5
    assert calibration_error([1, 0], [1.0, 1.0]) == 0.5
