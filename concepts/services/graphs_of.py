"""A subject's graph as networkx sees it; the database is the truth, these are frozen copies."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

import networkx as nx

from concepts.models import Concept, ConceptQuerySet, Origin, Prerequisite, PrerequisiteQuerySet, Subject
from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge

KEPT_GRAPHS = 32
CONCEPT_COLUMNS = (
    "key",
    "name",
    "aliases",
    "summary",
    "status",
    "origin",
    "confidence",
    "position",
    "is_stale",
)
EDGE_COLUMNS = ("status", "origin", "reason", "is_stale", "confidence", "decided_by_id")


def gating_graph(subject: Subject) -> PrerequisiteGraph:
    """What decides who may learn what: published concepts and the edges that may lock one.

    Nodes are concept ids as text, with ``key``, ``name`` and ``position``; edges have ``confidence``.
    Frozen, and kept per process until the subject's next revision.
    """
    return _gating_graph(subject.pk, subject.revision, subject.gate_confidence)


def display_graph(subject: Subject, *, with_proposals: bool = False) -> PrerequisiteGraph:
    """What a map shows: published concepts and accepted edges, or with the proposals beside them.

    Nodes are concept ids as text; every edge says whether it ``gates``. Frozen, and kept like the other.
    """
    return _display_graph(subject.pk, subject.revision, subject.gate_confidence, with_proposals)


def standing_graph(subject: Subject) -> PrerequisiteGraph:
    """Everything that is not rejected, read anew: what an edit is checked against."""
    return _load(subject.concepts.standing(), subject.prerequisites.standing(), gate=subject.gate_confidence)


def names_in(graph: PrerequisiteGraph) -> dict[str, str]:
    """What to call each concept of a loaded graph in an error."""
    return {concept: str(name) for concept, name in graph.nodes(data="name")}


@lru_cache(maxsize=KEPT_GRAPHS)
def _gating_graph(subject_id: uuid.UUID, revision: int, gate_confidence: float) -> PrerequisiteGraph:
    concepts = Concept.objects.published().filter(subject=subject_id)
    edges = Prerequisite.objects.gating().filter(subject=subject_id)
    return _frozen(_load(concepts, edges, gate=gate_confidence))


@lru_cache(maxsize=KEPT_GRAPHS)
def _display_graph(
    subject_id: uuid.UUID, revision: int, gate_confidence: float, with_proposals: bool
) -> PrerequisiteGraph:
    concepts = Concept.objects.filter(subject=subject_id)
    edges = Prerequisite.objects.filter(subject=subject_id)
    if with_proposals:
        return _frozen(_load(concepts.standing(), edges.standing(), gate=gate_confidence))
    return _frozen(_load(concepts.published(), edges.accepted().between_published(), gate=gate_confidence))


def _frozen(graph: PrerequisiteGraph) -> PrerequisiteGraph:
    frozen: PrerequisiteGraph = nx.freeze(graph)
    return frozen


def _load(concepts: ConceptQuerySet, edges: PrerequisiteQuerySet, *, gate: float) -> PrerequisiteGraph:
    """Read plain columns: rows as model instances would cost most of the time."""
    nodes = {str(row["pk"]): row for row in concepts.values("pk", *CONCEPT_COLUMNS)}
    links = {
        (str(row["prerequisite_id"]), str(row["dependent_id"])): row
        for row in edges.order_by("pk").values("pk", "prerequisite_id", "dependent_id", *EDGE_COLUMNS)
    }
    graph = build_graph(
        nodes,
        edges=[Edge(*ends, row["confidence"]) for ends, row in links.items()],
        names={concept: row["name"] for concept, row in nodes.items()},
    )
    for concept, row in nodes.items():
        graph.nodes[concept].update((name, row[name]) for name in CONCEPT_COLUMNS)
    for (source, target), row in links.items():
        graph.edges[source, target].update(_edge_attributes(row, gate=gate))
    return graph


def _edge_attributes(row: dict[str, Any], *, gate: float) -> dict[str, Any]:
    confirmed = row["decided_by_id"] is not None or row["origin"] == Origin.EDUCATOR
    gates = row["status"] == Prerequisite.Status.ACCEPTED and (confirmed or row["confidence"] >= gate)
    told = ("status", "origin", "reason", "is_stale")
    return {"id": str(row["pk"]), "gates": gates} | {name: row[name] for name in told}
