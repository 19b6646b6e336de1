"""Weights come from labelled graphs, fitted on subjects other than the one they score."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from concepts.extraction.errors import BenchmarkDataUnusable
from concepts.extraction.labelled import LabelledGraph, load_graph, load_graphs, simulated_positions
from concepts.extraction.measuring import area_under_curve, calibration_error, fit_logistic
from concepts.extraction.pairs import FEATURES
from concepts.extraction.training import fit, fit_left_out, prepare
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
        scores = [weights.probability(row) for row in subject.features]
        assert area_under_curve([int(label) for label in subject.labels], scores) > 0.8
    assert fit(subjects).weights["mention"] > 0


def test_the_fit_is_the_same_every_time(folder: Path) -> None:
    subjects = [prepare(graph, embedder=HashEmbedder()) for graph in load_graphs(folder)]
    assert fit(subjects) == fit(subjects)


def test_a_simulated_order_agrees_with_most_but_not_all_prerequisites(folder: Path) -> None:
    graph = graph_in(folder, "o")
    for seed in range(20):
        positions = simulated_positions(graph, rng=random.Random(seed), reliability=0.75)
        assert sorted(positions) == list(range(len(graph.ids)))
        rank = dict(zip(graph.ids, positions, strict=True))
        assert sum(rank[a] < rank[b] for a, b in graph.edges) / len(graph.edges) <= 0.75


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
    assert len(FEATURES) > 2


def test_perfect_and_hopeless_scores_measure_as_such() -> None:
    assert area_under_curve([1, 1, 0, 0], [4, 3, 2, 1]) == 1.0
    assert area_under_curve([0, 0, 1, 1], [4, 3, 2, 1]) == 0.0
    assert area_under_curve([1, 1], [0.5, 0.6]) == 0.5
    assert calibration_error([1, 0], [1.0, 1.0]) == 0.5
