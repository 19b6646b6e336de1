"""A subject's graph as networkx sees it; the database is the truth, these are frozen copies."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

import networkx as nx

from concepts.models import Concept, ConceptQuerySet, Prerequisite, PrerequisiteQuerySet, Subject
from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge

KEPT_GRAPHS = 32


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
    return _load(subject.concepts.standing(), subject.prerequisites.standing())


def gating_graph_anew(subject: Subject) -> PrerequisiteGraph:
    """What `gating_graph` gives, read anew and not kept: for a transaction that will be rolled back."""
    concepts = Concept.objects.published().filter(subject=subject)
    return _load(concepts, Prerequisite.objects.gating().filter(subject=subject))


def place_concept(graph: PrerequisiteGraph, concept: Concept) -> None:
    """Add a concept to a graph that was loaded, as loading it again would."""
    graph.add_node(str(concept.pk), **_concept_attributes(concept))


def place_edge(graph: PrerequisiteGraph, edge: Prerequisite) -> None:
    """Add an edge to a graph that was loaded, if it holds both ends."""
    source, target = str(edge.prerequisite_id), str(edge.dependent_id)
    if source in graph and target in graph:
        graph.add_edge(source, target, confidence=edge.confidence, **_edge_attributes(edge))


def names_in(graph: PrerequisiteGraph) -> dict[str, str]:
    """What to call each concept of a loaded graph in an error."""
    return {concept: str(name) for concept, name in graph.nodes(data="name")}


@lru_cache(maxsize=KEPT_GRAPHS)
def _gating_graph(subject_id: uuid.UUID, revision: int, gate_confidence: float) -> PrerequisiteGraph:
    concepts = Concept.objects.published().filter(subject=subject_id)
    return _frozen(_load(concepts, Prerequisite.objects.gating().filter(subject=subject_id)))


@lru_cache(maxsize=KEPT_GRAPHS)
def _display_graph(
    subject_id: uuid.UUID, revision: int, gate_confidence: float, with_proposals: bool
) -> PrerequisiteGraph:
    concepts = Concept.objects.filter(subject=subject_id)
    edges = Prerequisite.objects.filter(subject=subject_id)
    if with_proposals:
        return _frozen(_load(concepts.standing(), edges.standing()))
    return _frozen(_load(concepts.published(), edges.accepted().between_published()))


def _frozen(graph: PrerequisiteGraph) -> PrerequisiteGraph:
    frozen: PrerequisiteGraph = nx.freeze(graph)
    return frozen


def _load(concepts: ConceptQuerySet, edges: PrerequisiteQuerySet) -> PrerequisiteGraph:
    nodes = {str(concept.pk): _concept_attributes(concept) for concept in concepts}
    links = {
        (str(edge.prerequisite_id), str(edge.dependent_id)): edge
        for edge in edges.select_related("subject").order_by("pk")
    }
    graph = build_graph(
        nodes,
        edges=[Edge(*ends, edge.confidence) for ends, edge in links.items()],
        names={concept: attributes["name"] for concept, attributes in nodes.items()},
    )
    for concept, attributes in nodes.items():
        graph.nodes[concept].update(attributes)
    for (source, target), edge in links.items():
        graph.edges[source, target].update(_edge_attributes(edge))
    return graph


def _concept_attributes(concept: Concept) -> dict[str, Any]:
    return {
        "key": concept.key,
        "name": concept.name,
        "aliases": list(concept.aliases),
        "summary": concept.summary,
        "status": concept.status,
        "origin": concept.origin,
        "confidence": concept.confidence,
        "position": concept.position,
        "is_stale": concept.is_stale,
    }


def _edge_attributes(edge: Prerequisite) -> dict[str, Any]:
    return {
        "id": str(edge.pk),
        "status": edge.status,
        "origin": edge.origin,
        "reason": edge.reason,
        "is_stale": edge.is_stale,
        "gates": edge.gates,
    }
