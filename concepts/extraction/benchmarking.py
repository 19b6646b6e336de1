"""Score labelled graphs with weights that have not seen them, with or without a model's judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import mean

from concepts.extraction.believing import DEFAULT_TRUST, Trust, pair_id, rescored
from concepts.extraction.candidates import CandidateFinder, merge_variants
from concepts.extraction.doubting import Band, doubtful, most_pair_calls, within_budget
from concepts.extraction.excerpts import Excerpt
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
from concepts.extraction.training import TrainingSubject, fit, fit_left_out, prepare
from llm.ports import ChatModel
from vectorstore.ports import Embedder

FEWEST_TO_TRAIN = 3
TEXTS_PER_CALL = 9
LONGEST_TEXT = 1200

Scores = tuple[tuple[float, int], ...]
JudgeOf = Callable[[LabelledGraph], ChatModel]


@dataclass(frozen=True, slots=True)
class GraphMeasure:
    """The figures of one file; None where the file cannot show them.

    Attributes
    ----------
    mention_f1, all_positive_f1
        What two trivial predictors reach on the same pairs: "the first is named more in the second's text
        than the other way round", and "every pair is an edge".
    candidates, asked
        Unordered pairs that might have been put to the model, and those that were.
    pair_scores, edge_scores
        What was said of each labelled pair, and of each edge of the engine's own graph, and whether it held
        (for an edge: whether it lies in the gold closure).
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
    candidates: int = 0
    asked: int = 0
    pair_scores: Scores = ()
    edge_scores: Scores = ()


def measure_graphs(
    graphs: Sequence[LabelledGraph],
    *,
    embedder: Embedder,
    judge_of: JudgeOf | None = None,
    limit: int | None = None,
    band: Band | None = None,
) -> list[GraphMeasure]:
    """Measure every file with weights fitted on the others: see `score_graphs` and `measure_scored`."""
    scored = score_graphs(graphs, embedder=embedder)
    return measure_scored(scored, judge_of=judge_of, limit=limit, band=band)


def score_graphs(
    graphs: Sequence[LabelledGraph], *, embedder: Embedder, only: str | None = None
) -> list[ScoredGraph]:
    """Return every file, or ``only`` the one of this name, with weights fitted on the others.

    Files that may not train, and all files where fewer than three may, are scored with the committed weights.
    """
    trainable = [graph for graph in graphs if graph.may_train and graph.pairs]
    left_out: dict[str, EdgeWeights] = {}
    tables: dict[str, PairTable] = {}
    if len(trainable) >= FEWEST_TO_TRAIN:
        subjects = [prepare(graph, embedder=embedder) for graph in trainable]
        left_out = _fitted_on_others(subjects, only)
        tables = {subject.graph.name: subject.table for subject in subjects}
    return [
        ScoredGraph(
            graph,
            tables.get(graph.name) or pair_table(graph, embedder=embedder),
            left_out.get(graph.name, committed_weights()),
            weights_from="the other files" if graph.name in left_out else "the committed fit",
            embedder=embedder,
        )
        for graph in graphs
        if only in (None, graph.name)
    ]


def _fitted_on_others(subjects: Sequence[TrainingSubject], only: str | None) -> dict[str, EdgeWeights]:
    if only is None:
        fitted = fit_left_out(subjects)
        return {subject.graph.name: weights for subject, weights in zip(subjects, fitted, strict=True)}
    others = [subject for subject in subjects if subject.graph.name != only]
    return {only: fit(others)} if len(others) < len(subjects) else {}


def measure_scored(
    scored: Iterable[ScoredGraph],
    *,
    judge_of: JudgeOf | None = None,
    limit: int | None = None,
    band: Band | None = None,
    trust: Trust = DEFAULT_TRUST,
) -> list[GraphMeasure]:
    """Measure scored files, alone or after a judge was asked about the pairs in doubt.

    Parameters
    ----------
    judge_of
        Gives the chat model that judges a file's pairs after the text was weighed; None for the text alone.
    limit
        At most so many labelled pairs of each file are scored, spread evenly over it, and a model judges
        no others.
    band, trust
        Which pairs are put to the model, and how far its answers move them.
    """
    measures = []
    for scorer in scored:
        pairs = spread(scorer.graph.pairs, limit)
        scorer.forget()
        scorer.trust = trust
        if judge_of is not None:
            scorer.ask(judge_of(scorer.graph), pairs, with_graph=limit is None, band=band or Band())
        measures.append(_measure(scorer, pairs))
    return measures


def mean_of(measures: Sequence[GraphMeasure], figure: str) -> float | None:
    """Return the mean of one figure over the files that show it."""
    values = [getattr(measure, figure) for measure in measures if getattr(measure, figure) is not None]
    return mean(values) if values else None


def calls_per_pair(measures: Sequence[GraphMeasure]) -> float | None:
    """Return the model calls for each candidate pair over all files; None where there were no candidates."""
    candidates = sum(measure.candidates for measure in measures)
    return sum(measure.calls for measure in measures) / candidates if candidates else None


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


class ScoredGraph:
    """The probability of any ordered pair of one subject, as the text and perhaps a model see it."""

    def __init__(
        self,
        graph: LabelledGraph,
        table: PairTable,
        weights: EdgeWeights,
        *,
        weights_from: str,
        embedder: Embedder,
    ) -> None:
        self.graph, self.table, self.weights = graph, table, weights
        self.weights_from = weights_from
        self.trust = DEFAULT_TRUST
        self._embedder = embedder
        self._raw = pair_probabilities(table, weights=weights)
        self._probabilities = asked_probabilities(self._raw, weights=weights)
        self.forget()

    def forget(self) -> None:
        """Drop what a model said."""
        self.answers = Answers()
        self.candidate_count = self.asked = 0

    def of(self, first: int, second: int) -> float:
        """Return the probability that ``second`` requires ``first``."""
        judged = rescored(self._scored(first, second), self.answers.judgements, trust=self.trust)
        return judged.confidence if judged.prerequisite == first else judged.reverse_confidence

    def _scored(self, first: int, second: int) -> ScoredPair:
        forward, back = self._probabilities[first, second], self._probabilities[second, first]
        return ScoredPair(first, second, float(forward), float(back))

    @cached_property
    def concept_f1(self) -> float | None:
        """How well the book's concepts are found; None where there is no book."""
        return _concepts(self.graph, self._embedder) if self.graph.documents else None

    @cached_property
    def _candidates(self) -> list[ScoredPair]:
        return score_pairs(self.table, weights=self.weights, probabilities=self._raw)

    def candidates(self) -> list[ScoredPair]:
        """Return the candidate pairs of the whole graph, judged where they were asked about."""
        return [rescored(pair, self.answers.judgements, trust=self.trust) for pair in self._candidates]

    def edges(self) -> dict[tuple[str, str], float]:
        """Return the edges of the whole graph, as concept ids, with their confidence."""
        ids = self.graph.ids
        at = replace(self.weights, propose=self.weights.accept)
        selection = select_edges(self.candidates(), weights=at, names=self.graph.names)
        return {(ids[pair.prerequisite], ids[pair.dependent]): pair.confidence for pair in selection.kept}

    def ask(
        self,
        chat_model: ChatModel,
        pairs: Sequence[tuple[str, str, int]],
        *,
        with_graph: bool,
        band: Band,
    ) -> None:
        """Let the model judge, in both orders, the pairs in doubt.

        Those are among the labelled pairs and, ``with_graph``, among what might become an edge.
        """
        numbers = self.graph.numbers
        ends = {tuple(sorted((numbers[first], numbers[second]))) for first, second, _ in pairs}
        if with_graph:
            ends |= {tuple(sorted((pair.prerequisite, pair.dependent))) for pair in self._candidates}
        candidates = [_likelier_first(self._scored(first, second)) for first, second in sorted(ends)]
        self.candidate_count = len(candidates)
        made, left_out = within_budget(
            doubtful(candidates, band=band),
            most_calls=most_pair_calls(len(candidates)),
            places_of=lambda pair: (pair.prerequisite, pair.dependent),
            most_places=TEXTS_PER_CALL,
        )
        self.asked = sum(len(batch.items) for batch in made)
        if left_out:
            self.answers.dropped["pair over the budget of calls"] += left_out
        judge = Judge(chat_model, "judge_prerequisites")
        for swapped in (False, True):
            for batch in made:
                places = batch.places[::-1] if swapped else batch.places
                excerpts = [Excerpt(self.graph.ids[number], 0, self._text(number)) for number in places]
                items = batch.items[::-1] if swapped else batch.items
                judge.ask(
                    [self._subject(pair, places, swapped=swapped) for pair in items],
                    excerpts,
                    into=self.answers,
                )

    def _text(self, number: int) -> str:
        return self.graph.texts[number][:LONGEST_TEXT] or self.graph.names[number]

    def _subject(self, pair: ScoredPair, places: Sequence[int], *, swapped: bool) -> Subject:
        first, second = sorted((pair.prerequisite, pair.dependent), reverse=swapped)
        names = tuple((self.graph.names[number], *self.graph.aliases[number]) for number in (first, second))
        return Subject(pair_id(first, second), names, (places.index(first), places.index(second)))


def _likelier_first(pair: ScoredPair) -> ScoredPair:
    if pair.confidence >= pair.reverse_confidence:
        return pair
    return ScoredPair(pair.dependent, pair.prerequisite, pair.reverse_confidence, pair.confidence)


def _measure(scorer: ScoredGraph, pairs: Sequence[tuple[str, str, int]]) -> GraphMeasure:
    graph = scorer.graph
    figures: dict[str, float | None] = _pair_figures(scorer, pairs) if pairs else {}
    figures["direction"] = _direction(scorer)
    edges = scorer.edges() if graph.edges else {}
    closure = graph.closure() if graph.edges else set()
    if graph.edges:
        precision, score = graph_scores(edges, gold=graph.edges, closure=closure)
        figures |= {"graph_precision": precision, "graph_f1": score}
    figures["concept_f1"] = scorer.concept_f1
    return GraphMeasure(
        graph.name,
        len(pairs),
        scorer.weights_from,
        edges=len(edges),
        calls=scorer.answers.calls,
        candidates=scorer.candidate_count,
        asked=scorer.asked,
        pair_scores=_pair_scores(scorer, pairs),
        edge_scores=tuple((confidence, int(edge in closure)) for edge, confidence in edges.items()),
        **figures,
    )


def _pair_scores(scorer: ScoredGraph, pairs: Sequence[tuple[str, str, int]]) -> Scores:
    numbers = scorer.graph.numbers
    return tuple((scorer.of(numbers[first], numbers[second]), label) for first, second, label in pairs)


def _pair_figures(scorer: ScoredGraph, pairs: Sequence[tuple[str, str, int]]) -> dict[str, float | None]:
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


def _direction(scorer: ScoredGraph) -> float | None:
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
