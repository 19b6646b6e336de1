"""Courses for the choice of a gate: labelled graphs beside what the engines make of their texts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from concepts.extraction.believing import answers_about, is_confirmed
from concepts.extraction.benchmarking import LONGEST_TEXT, ScoredGraph
from concepts.extraction.doubting import Band
from concepts.extraction.labelled import LabelledGraph, pair_table
from concepts.extraction.pairs import PairTable
from concepts.extraction.scoring import EdgeWeights, ScoredPair
from concepts.extraction.selection import select_edges
from concepts.extraction.simulated_judge import SimulatedJudge
from concepts.extraction.training import fit_left_out, prepare
from concepts.gating.choosing import Course, WeighedEdge
from concepts.gating.learners import TrueGraph, numbered
from concepts.gating.teaching_orders import simulated_positions
from vectorstore.ports import Embedder

SEED = 20


def scored_courses(graphs: Sequence[LabelledGraph], *, embedder: Embedder) -> list[ScoredGraph]:
    """Return each graph scored by weights that have not seen it, in a simulated teaching order."""
    subjects = [prepare(graph, embedder=embedder) for graph in graphs]
    return [
        ScoredGraph(
            subject.graph,
            _ordered_table(subject.graph, embedder=embedder),
            weights,
            weights_from="the other files",
            embedder=embedder,
        )
        for subject, weights in zip(subjects, fit_left_out(subjects), strict=True)
    ]


def _ordered_table(graph: LabelledGraph, *, embedder: Embedder) -> PairTable:
    positions = simulated_positions(graph, rng=random.Random(f"{SEED} {graph.name}"))  # noqa: S311 - no secret
    return pair_table(graph, embedder=embedder, positions=positions)


def extracted_course(scored: ScoredGraph, *, lowest: float, accuracy: float | None = None) -> Course:
    """Return one graph with the edges that are extracted from its texts.

    Parameters
    ----------
    lowest
        The lowest threshold that will be looked at: edges down to it are kept.
    accuracy
        Of a simulated judge, asked about the pairs in doubt as a model would be; None: none is asked.
    """
    scored.forget()
    if accuracy is not None:
        judge = SimulatedJudge(scored.graph, accuracy=accuracy, longest_text=LONGEST_TEXT)
        scored.ask(judge, [], with_graph=True, band=Band())
    graph, at = scored.graph, _down_to(scored.weights, lowest)
    kept = select_edges(scored.candidates(), weights=at, names=graph.names).kept
    edges = tuple(
        WeighedEdge(
            pair.prerequisite, pair.dependent, pair.confidence, may_be_accepted(pair, scored.table, scored)
        )
        for pair in kept
    )
    return Course(graph.name, TrueGraph.of(len(graph.ids), numbered(graph.ids, graph.edges)), edges)


def may_be_accepted(pair: ScoredPair, table: PairTable, scored: ScoredGraph) -> bool:
    """Say whether the extractor may accept an edge without a person, were it believed enough.

    The same rules as the engines': shown plainly by the text, or proven by a judge that did not take it back.
    """
    plain = table.is_plain(pair.prerequisite, pair.dependent)
    told = answers_about(pair.prerequisite, pair.dependent, scored.answers.judgements)
    if not told:
        return plain
    return is_confirmed(told) and (plain or any(one.names_all for _, one in told))


def _down_to(weights: EdgeWeights, lowest: float) -> EdgeWeights:
    return replace(weights, propose=min(weights.propose, lowest))
