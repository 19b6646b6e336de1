"""Courses for the choice of a gate: labelled graphs beside what the embedded engine makes of their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from concepts.extraction.labelled import LabelledGraph
from concepts.extraction.pairs import PairTable
from concepts.extraction.scoring import EdgeWeights, score_pairs
from concepts.extraction.selection import select_edges
from concepts.extraction.training import fit_left_out, prepare
from concepts.gating.choosing import Course, WeighedEdge
from concepts.gating.learners import TrueGraph, numbered
from vectorstore.ports import Embedder


def extracted_courses(graphs: Sequence[LabelledGraph], *, embedder: Embedder, lowest: float) -> list[Course]:
    """Return each graph with the edges found by weights that have not seen it, in a simulated teaching order.

    Parameters
    ----------
    lowest
        The lowest threshold that will be looked at: edges down to it are kept.
    """
    subjects = [prepare(graph, embedder=embedder) for graph in graphs]
    return [
        course_of(subject.graph, subject.ordered_table, weights=weights, lowest=lowest)
        for subject, weights in zip(subjects, fit_left_out(subjects), strict=True)
    ]


def course_of(graph: LabelledGraph, table: PairTable, *, weights: EdgeWeights, lowest: float) -> Course:
    """Return one graph with the edges that are extracted from its texts."""
    at = replace(weights, propose=min(weights.propose, lowest))
    selection = select_edges(score_pairs(table, weights=at), weights=at, names=graph.names)
    edges = tuple(
        WeighedEdge(
            pair.prerequisite,
            pair.dependent,
            pair.confidence,
            table.is_plain(pair.prerequisite, pair.dependent),
        )
        for pair in selection.kept
    )
    return Course(graph.name, TrueGraph.of(len(graph.ids), numbered(graph.ids, graph.edges)), edges)
