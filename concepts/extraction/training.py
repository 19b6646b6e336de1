"""Fit the edge weights on labelled graphs whose licence lets the result ship.

Run from the project's root::

    python -m concepts.extraction.training --data PATH --write

Every threshold is chosen on subjects that the scoring weights have not seen (leave one subject out);
the weights that ship are then fitted on all of them.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from concepts.extraction.labelled import (
    LabelledGraph,
    embed_concepts,
    load_graphs,
    pair_table,
    simulated_positions,
)
from concepts.extraction.measuring import f1, f_beta, fit_logistic
from concepts.extraction.pairs import FEATURES, SIGNS, PairTable
from concepts.extraction.parameters import PARAMETER_FILE
from concepts.extraction.scoring import EdgeWeights, score_pairs
from concepts.extraction.selection import select_edges
from vectorstore.ports import Embedder

RIDGE = 3.0
SEED = 20
_GRID = tuple(round(0.05 * step, 2) for step in range(2, 19))
# Recall counts twice for what is shown to an educator: missing prerequisites cost learners far more than
# spurious ones.
_PROPOSE_BETA = 2.0


@dataclass(frozen=True, slots=True)
class TrainingSubject:
    """One labelled graph with its features, with and without a simulated teaching order."""

    graph: LabelledGraph
    table: PairTable
    ordered_table: PairTable
    features: NDArray[np.float64]
    labels: NDArray[np.float64]


def prepare(graph: LabelledGraph, *, embedder: Embedder) -> TrainingSubject:
    """Return a graph with the features of its labelled pairs.

    Each pair stands twice, once without order and once in a simulated teaching order.
    """
    vectors = embed_concepts(graph, embedder=embedder)
    plain = pair_table(graph, embedder=embedder, vectors=vectors)
    positions = simulated_positions(graph, rng=random.Random(f"{SEED} {graph.name}"))  # noqa: S311 - no secret
    ordered = pair_table(graph, embedder=embedder, vectors=vectors, positions=positions)
    rows = [
        table.features(graph.numbers[first], graph.numbers[second])
        for table in (plain, ordered)
        for first, second, _ in graph.pairs
    ]
    labels = [float(label) for _ in range(2) for _, _, label in graph.pairs]
    return TrainingSubject(graph, plain, ordered, np.array(rows), np.array(labels))


def fit_weights(
    subjects: Sequence[TrainingSubject], *, thresholds: tuple[float, float, float]
) -> EdgeWeights:
    """Fit one logistic model in which every subject counts the same.

    Parameters
    ----------
    thresholds
        For pairs, for accepting and for proposing an edge of a graph.
    """
    features = np.vstack([subject.features for subject in subjects])
    labels = np.concatenate([subject.labels for subject in subjects])
    mean = len(labels) / len(subjects)
    weights = np.concatenate(
        [np.full(len(subject.labels), mean / len(subject.labels)) for subject in subjects]
    )
    solution = fit_logistic(features, labels, weights, ridge=RIDGE, signs=[SIGNS[name] for name in FEATURES])
    named = dict(zip(FEATURES, map(float, solution[1:]), strict=True))
    return EdgeWeights(float(solution[0]), named, *thresholds)


def fit_left_out(subjects: Sequence[TrainingSubject]) -> list[EdgeWeights]:
    """Return, for each subject, weights fitted on all the others, with thresholds chosen on those."""
    found = []
    for number in range(len(subjects)):
        others = [subject for other, subject in enumerate(subjects) if other != number]
        found.append(fit(others))
    return found


def fit(subjects: Sequence[TrainingSubject]) -> EdgeWeights:
    """Fit weights, and choose thresholds on subjects left out in turn."""
    if len(subjects) < 2:
        return fit_weights(subjects, thresholds=(0.5, 0.5, 0.25))
    folds = [
        (
            subject,
            fit_weights([other for other in subjects if other is not subject], thresholds=(0.5, 0.5, 0.25)),
        )
        for subject in subjects
    ]
    pair = _best(
        lambda threshold: _mean([_pair_f1(subject, weights, threshold) for subject, weights in folds])
    )
    accept = _best(
        lambda threshold: _mean([_graph_f(subject, weights, threshold, 1.0) for subject, weights in folds])
    )
    propose = _best(
        lambda threshold: _mean(
            [_graph_f(subject, weights, threshold, _PROPOSE_BETA) for subject, weights in folds]
        )
    )
    return fit_weights(subjects, thresholds=(pair, accept, min(propose, accept)))


def _best(measure: Callable[[float], float]) -> float:
    return max(_GRID, key=lambda threshold: (round(measure(threshold), 6), threshold))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _pair_f1(subject: TrainingSubject, weights: EdgeWeights, threshold: float) -> float:
    scores = [weights.probability(row) for row in subject.features]
    return f1([int(label) for label in subject.labels], [score >= threshold for score in scores])


def _graph_f(subject: TrainingSubject, weights: EdgeWeights, threshold: float, beta: float) -> float:
    # Real sources have an order, so the thresholds for whole graphs are chosen where there is one.
    edges = graph_edges(subject.graph, subject.ordered_table, weights=weights, threshold=threshold)
    right = len(edges & set(subject.graph.edges))
    return f_beta(len(edges), right=right, gold=len(subject.graph.edges), beta=beta)


def graph_edges(
    graph: LabelledGraph, table: PairTable, *, weights: EdgeWeights, threshold: float
) -> set[tuple[str, str]]:
    """Return the edges of the graph built from the texts, at one threshold."""
    at = EdgeWeights(weights.intercept, weights.weights, weights.pair_threshold, threshold, threshold)
    selection = select_edges(score_pairs(table, weights=at), weights=at, names=graph.names)
    return {(graph.ids[pair.prerequisite], graph.ids[pair.dependent]) for pair in selection.kept}


def write_parameters(weights: EdgeWeights, *, graphs: Sequence[LabelledGraph]) -> None:
    """Write the weights to the parameter file that ships, with what they were fitted on."""
    data = {
        "about": "Written by concepts/extraction/training.py; do not edit by hand.",
        "fitted_on": [graph.name for graph in graphs],
        "edges": weights.as_json(),
    }
    PARAMETER_FILE.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on the labelled graphs under ``--data`` and print, or with ``--write`` commit, the weights."""
    parser = argparse.ArgumentParser(description="Fit the edge weights of the embedded engine.")
    parser.add_argument("--data", required=True, type=Path, help="folder with graphs/*.json")
    parser.add_argument("--write", action="store_true", help=f"write {PARAMETER_FILE.name}")
    options = parser.parse_args(arguments)
    from vectorstore.minilm import MiniLmEmbedder

    embedder = MiniLmEmbedder()
    graphs = [graph for graph in load_graphs(options.data) if graph.may_train and graph.pairs]
    weights = fit([prepare(graph, embedder=embedder) for graph in graphs])
    print(json.dumps(weights.as_json(), indent=2))
    if options.write:
        write_parameters(weights, graphs=graphs)
    print(f"graphs={len(graphs)}")


if __name__ == "__main__":
    main()
