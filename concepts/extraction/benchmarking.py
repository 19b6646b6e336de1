"""Score labelled graphs with weights that have not seen them, with or without a model's judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean

from concepts.extraction.batching import batches
from concepts.extraction.candidates import CandidateFinder, merge_variants
from concepts.extraction.excerpts import Excerpt
from concepts.extraction.judged import pair_id, rescored
from concepts.extraction.judging import Answers, Judge, Subject
from concepts.extraction.labelled import LabelledGraph, pair_table
from concepts.extraction.material import MaterialDocument
from concepts.extraction.measuring import area_under_curve, calibration_error, concept_f1, f1, graph_scores
from concepts.extraction.merging import merge_near
from concepts.extraction.pairs import PairTable
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.reading import Reading
from concepts.extraction.scoring import (
    EdgeWeights,
    ScoredPair,
    asked_probabilities,
    committed_weights,
    pair_probabilities,
    score_pairs,
)
from concepts.extraction.selection import select_edges
from concepts.extraction.training import fit_left_out, prepare
from llm.ports import ChatModel
from vectorstore.ports import Embedder

Scores = tuple[tuple[float, int], ...]

FEWEST_TO_TRAIN = 3
_PAIRS_PER_CALL = 6
_TEXTS_PER_CALL = 6
_LONGEST_TEXT = 1200


@dataclass(frozen=True, slots=True)
class GraphMeasure:
    """The figures of one file; None where the file cannot show them.

    Attributes
    ----------
    pair_scores, edge_scores
        What was said of each labelled pair, and of each edge of the engine's own graph, and whether it held
        (for an edge: whether it lies in the gold closure).
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
    calls: int = 0
    pair_scores: Scores = ()
    edge_scores: Scores = ()


def measure_graphs(
    graphs: Sequence[LabelledGraph],
    *,
    embedder: Embedder,
    chat_model: ChatModel | None = None,
    limit: int | None = None,
) -> list[GraphMeasure]:
    """Measure every file with weights fitted on the others.

    Files that may not train, and all files where fewer than three may, are scored with the committed weights.

    Parameters
    ----------
    chat_model
        Judges the pairs after the text was weighed; None for the embedded engine.
    limit
        At most so many labelled pairs of each file are scored, spread evenly over it, and a model judges
        no others.
    """
    trainable = [graph for graph in graphs if graph.may_train and graph.pairs]
    left_out: dict[str, EdgeWeights] = {}
    tables: dict[str, PairTable] = {}
    if len(trainable) >= FEWEST_TO_TRAIN:
        subjects = [prepare(graph, embedder=embedder) for graph in trainable]
        fitted = fit_left_out(subjects)
        left_out = {graph.name: weights for graph, weights in zip(trainable, fitted, strict=True)}
        tables = {subject.graph.name: subject.table for subject in subjects}
    measures = []
    for graph in graphs:
        weights = left_out.get(graph.name, committed_weights())
        scorer = _Scorer(graph, tables.get(graph.name) or pair_table(graph, embedder=embedder), weights)
        pairs = spread(graph.pairs, limit)
        if chat_model is not None:
            scorer.ask(chat_model, pairs, with_graph=limit is None)
        source = "the other files" if graph.name in left_out else "the committed fit"
        measures.append(_measure(graph, scorer, pairs, weights_from=source, embedder=embedder))
    return measures


def mean_of(measures: Sequence[GraphMeasure], figure: str) -> float | None:
    """Return the mean of one figure over the files that show it."""
    values = [getattr(measure, figure) for measure in measures if getattr(measure, figure) is not None]
    return mean(values) if values else None


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


class _Scorer:
    """The probability of any ordered pair of one subject, as the text and perhaps a model see it."""

    def __init__(self, graph: LabelledGraph, table: PairTable, weights: EdgeWeights) -> None:
        self.graph, self.table, self.weights = graph, table, weights
        self.answers = Answers()
        self._raw = pair_probabilities(table, weights=weights)
        self._asked = asked_probabilities(self._raw, weights=weights)

    def of(self, first: int, second: int) -> float:
        """Return the probability that ``second`` requires ``first``."""
        pair = ScoredPair(first, second, float(self._asked[first, second]), float(self._asked[second, first]))
        judged = rescored(pair, self.answers.judgements.get(pair_id(pair)))
        return judged.confidence if judged.prerequisite == first else judged.reverse_confidence

    def candidates(self) -> list[ScoredPair]:
        """Return the candidate pairs of the whole graph, judged where they were asked about."""
        scored = score_pairs(self.table, weights=self.weights, probabilities=self._raw)
        return [rescored(pair, self.answers.judgements.get(pair_id(pair))) for pair in scored]

    def edges(self) -> dict[tuple[str, str], float]:
        """Return the edges of the whole graph, as concept ids, with their confidence."""
        ids = self.graph.ids
        at = replace(self.weights, propose=self.weights.accept)
        selection = select_edges(self.candidates(), weights=at, names=self.graph.names)
        return {(ids[pair.prerequisite], ids[pair.dependent]): pair.confidence for pair in selection.kept}

    def ask(self, chat_model: ChatModel, pairs: Sequence[tuple[str, str, int]], *, with_graph: bool) -> None:
        """Let the model judge the labelled pairs and, ``with_graph``, what might become an edge."""
        numbers = self.graph.numbers
        wanted = {tuple(sorted((numbers[first], numbers[second]))) for first, second, _ in pairs}
        if with_graph:
            likely = [pair for pair in self.candidates() if pair.confidence >= self.weights.propose / 2]
            wanted |= {tuple(sorted((pair.prerequisite, pair.dependent))) for pair in likely}
        judge = Judge(chat_model, "judge_prerequisites")
        placed = [((first, second), (first, second)) for first, second in sorted(wanted)]
        for batch in batches(placed, most_items=_PAIRS_PER_CALL, most_places=_TEXTS_PER_CALL):
            excerpts = [Excerpt(self.graph.ids[number], 0, self._text(number)) for number in batch.places]
            subjects = [self._subject(*ends, batch.places) for ends in batch.items]
            judge.ask(subjects, excerpts, into=self.answers)

    def _text(self, number: int) -> str:
        return self.graph.texts[number][:_LONGEST_TEXT] or self.graph.names[number]

    def _subject(self, first: int, second: int, places: Sequence[int]) -> Subject:
        names = tuple((self.graph.names[number], *self.graph.aliases[number]) for number in (first, second))
        return Subject(
            pair_id(ScoredPair(first, second, 0.0, 0.0)), names, (places.index(first), places.index(second))
        )


def _measure(
    graph: LabelledGraph,
    scorer: _Scorer,
    pairs: Sequence[tuple[str, str, int]],
    *,
    weights_from: str,
    embedder: Embedder,
) -> GraphMeasure:
    figures: dict[str, float | None] = _pair_figures(scorer, pairs) if pairs else {}
    figures["direction"] = _direction(scorer)
    edges = scorer.edges() if graph.edges else {}
    closure = graph.closure() if graph.edges else set()
    if graph.edges:
        precision, score = graph_scores(edges, gold=graph.edges, closure=closure)
        figures |= {"graph_precision": precision, "graph_f1": score}
    if graph.documents:
        figures["concept_f1"] = _concepts(graph, embedder)
    return GraphMeasure(
        graph.name,
        len(pairs),
        weights_from,
        edges=len(edges),
        calls=scorer.answers.calls,
        pair_scores=_pair_scores(scorer, pairs),
        edge_scores=tuple((confidence, int(edge in closure)) for edge, confidence in edges.items()),
        **figures,
    )


def _pair_scores(scorer: _Scorer, pairs: Sequence[tuple[str, str, int]]) -> Scores:
    numbers = scorer.graph.numbers
    return tuple((scorer.of(numbers[first], numbers[second]), label) for first, second, label in pairs)


def _pair_figures(scorer: _Scorer, pairs: Sequence[tuple[str, str, int]]) -> dict[str, float | None]:
    numbers = scorer.graph.numbers
    ends = [(numbers[first], numbers[second]) for first, second, _ in pairs]
    labels = [label for _, _, label in pairs]
    scores = [scorer.of(*pair) for pair in ends]
    return {
        "pair_auc": area_under_curve(labels, scores),
        "pair_f1": f1(labels, [score >= scorer.weights.pair_threshold for score in scores]),
        "ece": calibration_error(labels, scores),
        "mention_f1": f1(labels, [scorer.table.is_named_more(*pair) for pair in ends]),
        "all_positive_f1": f1(labels, [True] * len(labels)),
    }


def _direction(scorer: _Scorer) -> float | None:
    """Return the share of gold edges whose right direction scores higher; a tie counts half."""
    graph = scorer.graph
    gold = list(graph.edges) or [(first, second) for first, second, label in graph.pairs if label]
    if not gold:
        return None
    right = 0.0
    for first, second in gold:
        a, b = graph.numbers[first], graph.numbers[second]
        forward, back = scorer.of(a, b), scorer.of(b, a)
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
