"""Score labelled graphs with weights that have not seen them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from concepts.extraction.candidates import CandidateFinder, merge_variants
from concepts.extraction.labelled import LabelledGraph, pair_table
from concepts.extraction.material import MaterialDocument
from concepts.extraction.measuring import area_under_curve, calibration_error, concept_f1, f1, graph_scores
from concepts.extraction.merging import merge_near
from concepts.extraction.pairs import PairTable
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.reading import Reading
from concepts.extraction.scoring import EdgeWeights, committed_weights
from concepts.extraction.training import fit_left_out, graph_edges, prepare
from vectorstore.ports import Embedder

FEWEST_TO_TRAIN = 3


@dataclass(frozen=True, slots=True)
class GraphMeasure:
    """The figures of one file; None where the file cannot show them.

    Attributes
    ----------
    mention_f1, all_positive_f1
        What two trivial predictors reach on the same pairs: "the first is named more in the second's text
        than the other way round", and "every pair is an edge".
    """

    name: str
    pairs: int
    weights_from: str
    pair_auc: float | None = None
    pair_f1: float | None = None
    direction: float | None = None
    graph_precision: float | None = None
    graph_f1: float | None = None
    concept_f1: float | None = None
    ece: float | None = None
    mention_f1: float | None = None
    all_positive_f1: float | None = None
    edges: int = 0


def measure_graphs(
    graphs: Sequence[LabelledGraph], *, embedder: Embedder, limit: int | None = None
) -> list[GraphMeasure]:
    """Measure every file with weights fitted on the others.

    Files that may not train, and all files where fewer than three may, are scored with the committed weights.

    Parameters
    ----------
    limit
        At most so many labelled pairs of each file are scored, spread evenly over it.
    """
    trainable = [graph for graph in graphs if graph.may_train and graph.pairs]
    left_out: dict[str, EdgeWeights] = {}
    if len(trainable) >= FEWEST_TO_TRAIN:
        subjects = [prepare(graph, embedder=embedder) for graph in trainable]
        fitted = fit_left_out(subjects)
        left_out = {graph.name: weights for graph, weights in zip(trainable, fitted, strict=True)}
    return [
        _measure(
            graph,
            weights=left_out.get(graph.name, committed_weights()),
            weights_from="the other files" if graph.name in left_out else "the committed fit",
            embedder=embedder,
            limit=limit,
        )
        for graph in graphs
    ]


def mean_of(measures: Sequence[GraphMeasure], figure: str) -> float | None:
    """Return the mean of one figure over the files that show it."""
    values = [getattr(measure, figure) for measure in measures if getattr(measure, figure) is not None]
    return mean(values) if values else None


def _measure(
    graph: LabelledGraph, *, weights: EdgeWeights, weights_from: str, embedder: Embedder, limit: int | None
) -> GraphMeasure:
    table = pair_table(graph, embedder=embedder)
    figures: dict[str, float | None] = {}
    pairs = spread(graph.pairs, limit)
    if pairs:
        figures |= _pair_figures(graph, table, weights, pairs)
    figures["direction"] = _direction(graph, table, weights)
    edges: set[tuple[str, str]] = set()
    if graph.edges:
        edges = graph_edges(graph, table, weights=weights, threshold=weights.accept)
        precision, score = graph_scores(edges, gold=graph.edges, closure=graph.closure())
        figures |= {"graph_precision": precision, "graph_f1": score}
    if graph.documents:
        figures["concept_f1"] = _concepts(graph, embedder)
    return GraphMeasure(graph.name, len(pairs), weights_from, edges=len(edges), **figures)


def spread(pairs: Sequence[tuple[str, str, int]], limit: int | None) -> list[tuple[str, str, int]]:
    """Return at most ``limit`` of the pairs, evenly spread.

    Examples
    --------
    >>> spread([("a", "b", 1), ("b", "a", 0), ("a", "c", 1), ("c", "a", 0)], 2)
    [('a', 'b', 1), ('a', 'c', 1)]
    """
    if limit is None or limit >= len(pairs):
        return list(pairs)
    return [pairs[number * len(pairs) // limit] for number in range(limit)]


def _pair_figures(
    graph: LabelledGraph, table: PairTable, weights: EdgeWeights, pairs: Sequence[tuple[str, str, int]]
) -> dict[str, float | None]:
    labels = [label for _, _, label in pairs]
    rows = [table.features(graph.numbers[first], graph.numbers[second]) for first, second, _ in pairs]
    scores = [weights.probability(row) for row in rows]
    named_more = [bool(row[0] > row[1]) for row in rows]
    return {
        "pair_auc": area_under_curve(labels, scores),
        "pair_f1": f1(labels, [score >= weights.pair_threshold for score in scores]),
        "ece": calibration_error(labels, scores),
        "mention_f1": f1(labels, named_more),
        "all_positive_f1": f1(labels, [True] * len(labels)),
    }


def _direction(graph: LabelledGraph, table: PairTable, weights: EdgeWeights) -> float | None:
    """Return the share of gold edges whose right direction scores higher; a tie counts half."""
    gold = list(graph.edges) or [(first, second) for first, second, label in graph.pairs if label]
    if not gold:
        return None
    right = 0.0
    for first, second in gold:
        a, b = graph.numbers[first], graph.numbers[second]
        forward, back = weights.probability(table.features(a, b)), weights.probability(table.features(b, a))
        right += 1.0 if forward > back else 0.5 if forward == back else 0.0
    return right / len(gold)


def _concepts(graph: LabelledGraph, embedder: Embedder) -> float:
    readings = [
        Reading(MaterialDocument(str(order), title, text, ()), order=order)
        for order, (title, text) in enumerate(graph.documents)
    ]
    parameters = ConceptParameters(propose=0.0)
    found = merge_near(merge_variants(CandidateFinder(parameters).find(readings)), embedder=embedder)
    gold = [[name, *aliases] for name, aliases in zip(graph.names, graph.aliases, strict=True)]
    return concept_f1([candidate.name for candidate in found], gold=gold)
