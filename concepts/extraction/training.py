"""Fit the edge weights on labelled graphs whose licence lets the result ship.

Run from the project's root::

    python -m concepts.extraction.training --data PATH --write

Every threshold, and the second look, is fitted on first looks at subjects that their weights have not seen
(leave one subject out); the weights that ship are then fitted on all of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from concepts.extraction.labelled import LabelledGraph, load_graphs, pair_table
from concepts.extraction.measuring import f1, f_beta, fit_logistic
from concepts.extraction.pairs import DIRECTED, DIRECTED_NAMES, RELATED, RELATED_NAMES, PairTable
from concepts.extraction.parameters import PARAMETER_FILE
from concepts.extraction.scoring import (
    EdgeWeights,
    Head,
    Look,
    ScoredPair,
    asked_probabilities,
    holding_signals,
    log_odds,
    pair_probabilities,
    score_pairs,
)
from concepts.extraction.selection import select_edges
from concepts.extraction.signals import Matrix
from concepts.extraction.structure import second_signals
from vectorstore.ports import Embedder

RIDGE, RIDGE_AGAIN, RIDGE_HOLDS = 10.0, 20.0, 1.0
RELATED_AGAIN = (*RELATED, "steps_apart", "low_levels", "chains")
DIRECTED_AGAIN = (*DIRECTED, "level")
HOLDS = ("log_odds", "closeness")
# Each subject counts as so many rows, however many it has.
_ROWS = 200.0
# In ordered textbooks the order agrees with 0.88 of the prerequisites; labelled graphs come without one.
ORDER_HOLDS = 0.88
_GRID = tuple(round(0.02 * step, 2) for step in range(5, 41))
# Recall counts twice for what is shown to an educator: missing prerequisites cost learners far more than
# spurious ones.
_PROPOSE_BETA = 2.0

# The graph's probabilities are calibrated where edges are found, and not on the many pairs that have
# nothing to do with each other.
_LIKELY_LOG_ODDS = -2.0

_Ends = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TrainingSubject:
    """One labelled graph with its signals, and its gold edges as numbers.

    Attributes
    ----------
    edges, closure
        Direct, and direct or indirect prerequisites ``(prerequisite, dependent)``.
    pairs
        Labelled ordered pairs ``(prerequisite, dependent, label)``.
    asked
        Whether each pair is one that a person would ask about, and no random one.
    """

    graph: LabelledGraph
    table: PairTable
    edges: tuple[tuple[int, int], ...]
    closure: tuple[tuple[int, int], ...]
    pairs: tuple[tuple[int, int, int], ...]
    asked: tuple[bool, ...]


def prepare(graph: LabelledGraph, *, embedder: Embedder) -> TrainingSubject:
    """Return a graph with its signals."""
    number = graph.numbers
    return TrainingSubject(
        graph,
        pair_table(graph, embedder=embedder),
        edges=tuple((number[first], number[second]) for first, second in graph.edges),
        closure=tuple(sorted((number[first], number[second]) for first, second in graph.closure())),
        pairs=tuple((number[first], number[second], label) for first, second, label in graph.pairs),
        asked=tuple((first, second) not in graph.random_pairs for first, second, _ in graph.pairs),
    )


class Fitter:
    """Fits weights on any of some subjects; the fit on the same ones is made once.

    Parameters
    ----------
    subjects
        Each counts the same, however many concepts it has.
    """

    def __init__(self, subjects: Sequence[TrainingSubject]) -> None:
        self.subjects = subjects
        self._first: dict[tuple[int, ...], Look] = {}
        self._both: dict[tuple[int, ...], EdgeWeights] = {}

    def fit(self, members: tuple[int, ...]) -> EdgeWeights:
        """Return weights fitted on the subjects of these numbers, with thresholds chosen on left out ones."""
        folds = [(self.subjects[number], self._looks(_without(members, number))) for number in members]
        seen = [(subject, pair_probabilities(subject.table, weights=weights)) for subject, weights in folds]
        weights = replace(self._looks(members), asked=_fit_asked(seen), holds=_fit_holds(seen))
        asked = [
            (subject, asked_probabilities(probabilities, weights=weights)) for subject, probabilities in seen
        ]
        graphs = [
            (subject, score_pairs(subject.table, weights=weights, probabilities=probabilities))
            for subject, probabilities in seen
        ]
        pair = _best(lambda at: _mean([_pair_f1(*known, at) for known in asked]))
        accept = _best(lambda at: _mean([_graph_f(*known, weights, at, 1.0) for known in graphs]))
        propose = _best(lambda at: _mean([_graph_f(*known, weights, at, _PROPOSE_BETA) for known in graphs]))
        return replace(weights, pair_threshold=pair, accept=accept, propose=min(propose, accept))

    def _looks(self, members: tuple[int, ...]) -> EdgeWeights:
        if members not in self._both:
            first = self._first_look(members)
            second = self._fit_look(members, self._second_signals(members), RELATED_AGAIN, DIRECTED_AGAIN)
            names = self._names_look(members)
            order = float(np.log(ORDER_HOLDS / (1.0 - ORDER_HOLDS)))
            asked, holds = Head(0.0, {"log_odds": 1.0}), Head(0.0, dict.fromkeys(HOLDS, 0.0))
            self._both[members] = EdgeWeights(
                first, second, names, order, asked, holds, pair_threshold=0.5, accept=0.5, propose=0.25
            )
        return self._both[members]

    def _first_look(self, members: tuple[int, ...]) -> Look:
        if members not in self._first:
            signals = [self.subjects[number].table.signals for number in members]
            self._first[members] = self._fit_look(members, signals, RELATED, DIRECTED, ridge=RIDGE)
        return self._first[members]

    def _second_signals(self, members: tuple[int, ...]) -> list[Mapping[str, Matrix]]:
        """Return each subject's signals after a first look that has not seen it."""
        found: list[Mapping[str, Matrix]] = []
        for number in members:
            table = self.subjects[number].table
            look = self._first_look(_without(members, number))
            first = look.probability(table.signals, order=np.zeros_like(table.order))
            found.append(table.signals | second_signals(first))
        return found

    def _names_look(self, members: tuple[int, ...]) -> Look:
        """Return the look at names alone, fitted on pairs that someone might ask about.

        Nobody asks about two names that have nothing to do with each other, and without a text nothing
        tells which those are.
        """
        signals = [self.subjects[number].table.signals for number in members]
        return self._fit_look(members, signals, RELATED_NAMES, DIRECTED_NAMES, ridge=RIDGE, only_asked=True)

    def _fit_look(
        self,
        members: tuple[int, ...],
        signals: Sequence[Mapping[str, Matrix]],
        related: tuple[str, ...],
        directed: tuple[str, ...],
        *,
        ridge: float = RIDGE_AGAIN,
        only_asked: bool = False,
    ) -> Look:
        subjects = [self.subjects[number] for number in members]
        either = [_either_way(subject, only_asked=only_asked) for subject in subjects]
        both = [_rows(read, [ends for ends, _ in labelled], related)
                for read, labelled in zip(signals, either, strict=True)]  # fmt: skip
        forward = [_rows(read, subject.closure, directed)
                   for read, subject in zip(signals, subjects, strict=True)]  # fmt: skip
        return Look(
            _fit_head(related, both, [[label for _, label in labelled] for labelled in either], ridge=ridge),
            _fit_head(
                directed,
                [np.vstack([rows, -rows]) for rows in forward],
                [[1.0] * len(rows) + [0.0] * len(rows) for rows in forward],
                ridge=ridge,
                lean=False,
            ),
        )


def fit(subjects: Sequence[TrainingSubject]) -> EdgeWeights:
    """Fit weights on all subjects."""
    return Fitter(subjects).fit(tuple(range(len(subjects))))


def fit_left_out(subjects: Sequence[TrainingSubject]) -> list[EdgeWeights]:
    """Return, for each subject, weights fitted on all the others, with thresholds chosen on those."""
    fitter, everyone = Fitter(subjects), tuple(range(len(subjects)))
    return [fitter.fit(_without(everyone, number)) for number in everyone]


def _without(members: tuple[int, ...], number: int) -> tuple[int, ...]:
    """Return the others; a lone subject has none and is left with itself."""
    return tuple(member for member in members if member != number) or members


def _either_way(subject: TrainingSubject, *, only_asked: bool) -> list[tuple[tuple[int, int], float]]:
    """Return each labelled pair once, with 1 where it is an edge in either direction."""
    found: dict[tuple[int, int], float] = {}
    for (first, second, label), asked in zip(subject.pairs, subject.asked, strict=True):
        if asked or not only_asked:
            ends = min(first, second), max(first, second)
            found[ends] = max(found.get(ends, 0.0), float(label))
    return list(found.items())


def _rows(signals: Mapping[str, Matrix], ends: _Ends, names: tuple[str, ...]) -> NDArray[np.float64]:
    if not ends:
        return np.zeros((0, len(names)))
    first, second = np.array(ends).T
    return np.stack([signals[name][first, second] for name in names], axis=1)


def _fit_head(
    names: tuple[str, ...],
    rows: Sequence[NDArray[np.float64]],
    labels: Sequence[Sequence[float]],
    *,
    ridge: float,
    lean: bool = True,
) -> Head:
    """Fit one form in which every subject counts the same; no signal may speak against its sense.

    Parameters
    ----------
    lean
        Whether it may lean one way when no signal speaks; a direction may not.
    """
    weights = [np.full(len(some), _ROWS / max(1, len(some))) for some in rows]
    solution = fit_logistic(
        np.vstack(rows), np.concatenate([np.array(some, dtype=np.float64) for some in labels]),
        np.concatenate(weights), ridge=ridge, signs=[1] * len(names),
    )  # fmt: skip
    return Head(float(solution[0]) if lean else 0.0, dict(zip(names, map(float, solution[1:]), strict=True)))


_Seen = Sequence[tuple[TrainingSubject, Matrix]]


def _fit_asked(seen: _Seen) -> Head:
    """Fit how often a pair that someone asks about holds, from its log odds on subjects not seen."""
    names = ("log_odds",)
    rows = [
        _rows({"log_odds": log_odds(probabilities)}, [pair[:2] for pair in subject.pairs], names)
        for subject, probabilities in seen
    ]
    labels = [[float(label) for *_, label in subject.pairs] for subject, _ in seen]
    return _fit_head(names, rows, labels, ridge=0.01)


def _fit_holds(seen: _Seen) -> Head:
    """Fit what makes a pair of a whole subject a direct edge, then how often such a pair holds at all."""
    rows, direct, indirect = [], [], []
    for subject, probabilities in seen:
        forward = np.argwhere(probabilities > probabilities.T)
        ends = [(int(first), int(second)) for first, second in forward]
        rows.append(_rows(holding_signals(subject.table, probabilities), ends, HOLDS))
        edges, closure = set(subject.edges), set(subject.closure)
        direct.append([float(pair in edges) for pair in ends])
        indirect.append([float(pair in closure) for pair in ends])
    ranking = _fit_head(HOLDS, rows, direct, ridge=RIDGE_HOLDS)
    weights = np.array([ranking.weights[name] for name in HOLDS])
    scores = [(some @ weights + ranking.intercept)[:, None] for some in rows]
    likely = [some[:, 0] > _LIKELY_LOG_ODDS for some in scores]
    scale = _fit_head(
        ("score",),
        [some[chosen] for some, chosen in zip(scores, likely, strict=True)],
        [list(np.array(labels)[chosen]) for labels, chosen in zip(indirect, likely, strict=True)],
        ridge=0.01,
    )
    slope = scale.weights["score"]
    return Head(
        scale.intercept + slope * ranking.intercept,
        {name: slope * weight for name, weight in ranking.weights.items()},
    )


def _best(measure: Callable[[float], float]) -> float:
    return max(_GRID, key=lambda threshold: (round(measure(threshold), 6), threshold))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _pair_f1(subject: TrainingSubject, probabilities: Matrix, threshold: float) -> float:
    called = [bool(probabilities[first, second] >= threshold) for first, second, _ in subject.pairs]
    return f1([label for _, _, label in subject.pairs], called)


def _graph_f(
    subject: TrainingSubject, pairs: Sequence[ScoredPair], weights: EdgeWeights, threshold: float, beta: float
) -> float:
    at = replace(weights, accept=threshold, propose=threshold)
    selection = select_edges(pairs, weights=at, names=subject.graph.names)
    edges = {(pair.prerequisite, pair.dependent) for pair in selection.kept}
    right = len(edges & set(subject.edges))
    return f_beta(len(edges), right=right, gold=len(subject.edges), beta=beta)


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
