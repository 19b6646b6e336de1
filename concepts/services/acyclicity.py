"""Keeps what stands in a graph free of circles, reading no more than ends and confidences."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import networkx as nx

from concepts.models import Concept, Subject
from graphs.building import PrerequisiteGraph, check_addition, find_cycle, weakest_edge
from graphs.errors import PrerequisiteCycle


def load_links(subject: Subject) -> PrerequisiteGraph:
    """Return everything that is not rejected, without names: ids of concepts, edges with ``confidence``."""
    graph: PrerequisiteGraph = nx.DiGraph()
    graph.add_nodes_from(str(key) for key in subject.concepts.standing().values_list("pk", flat=True))
    columns = ("prerequisite_id", "dependent_id", "confidence")
    graph.add_edges_from(
        (str(source), str(target), {"confidence": confidence})
        for source, target, confidence in subject.prerequisites.standing()
        .order_by()
        .values_list(*columns)
        .iterator()
    )
    return graph


def check_acyclic(subject: Subject) -> None:
    """Raise ``PrerequisiteCycle`` with the concepts' names if what stands holds a circle."""
    graph = load_links(subject)
    cycle = find_cycle(graph)
    if cycle:
        raise PrerequisiteCycle(cycle, weakest=weakest_edge(graph, cycle=cycle), names=names_of(cycle))


def check_new_edge(subject: Subject, *, prerequisite: uuid.UUID, dependent: uuid.UUID) -> None:
    """Raise ``PrerequisiteCycle`` if this edge would close a circle; at a rejected concept it cannot yet."""
    graph = load_links(subject)
    source, target = str(prerequisite), str(dependent)
    if source not in graph or target not in graph:
        return
    try:
        check_addition(graph, source=source, target=target)
    except PrerequisiteCycle as cycle:
        raise cycle.named(names_of(cycle.cycle)) from None


def names_of(concepts: Iterable[str]) -> dict[str, str]:
    """What a few concepts are called, by id."""
    found = Concept.objects.filter(pk__in=list(concepts)).values_list("pk", "name")
    return {str(key): name for key, name in found}
