"""Keeps what stands in a graph free of circles; the database follows the edges, few are read."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

import networkx as nx
from django.db import connection

from concepts.models import Concept, Prerequisite, Subject
from graphs.building import PrerequisiteGraph, check_addition, find_cycle, weakest_edge
from graphs.errors import PrerequisiteCycle

# From so many concepts on it is quicker to read the whole graph once.
MANY = 8
_REACH = """
WITH RECURSIVE reached(id) AS (
    SELECT e.dependent_id FROM {edges} e JOIN {concepts} c ON c.id = e.dependent_id
    WHERE e.prerequisite_id = %s AND e.status <> 'rejected' AND c.status <> 'rejected'
    UNION
    SELECT e.dependent_id FROM reached r
    JOIN {edges} e ON e.prerequisite_id = r.id JOIN {concepts} c ON c.id = e.dependent_id
    WHERE e.status <> 'rejected' AND c.status <> 'rejected'
)
SELECT 1 FROM reached WHERE id = %s LIMIT 1
"""


def load_links(subject: Subject) -> PrerequisiteGraph:
    """Return everything that is not rejected, without names: ids of concepts, edges with ``confidence``."""
    graph: PrerequisiteGraph = nx.DiGraph()
    graph.add_nodes_from(str(key) for key in subject.concepts.standing().values_list("pk", flat=True))
    columns = ("prerequisite_id", "dependent_id", "confidence")
    rows = subject.prerequisites.standing().order_by().values_list(*columns)
    graph.add_edges_from(
        (str(source), str(target), {"confidence": confidence})
        for source, target, confidence in rows.iterator()
    )
    return graph


def check_acyclic(subject: Subject, *, through: Collection[uuid.UUID]) -> None:
    """Raise ``PrerequisiteCycle``, with names, if a circle leads through one of these concepts.

    A change can close a circle only through the concepts whose edges it brought.
    """
    few = len(through) <= MANY
    if few and not any(_leads(concept, to=concept) for concept in _standing(through)):
        return
    graph = load_links(subject)
    cycle = find_cycle(graph)
    if cycle:
        raise PrerequisiteCycle(cycle, weakest=weakest_edge(graph, cycle=cycle), names=names_of(cycle))


def check_new_edge(subject: Subject, *, prerequisite: uuid.UUID, dependent: uuid.UUID) -> None:
    """Raise ``PrerequisiteCycle`` if this edge would close a circle; at a rejected concept it cannot yet."""
    if len(_standing((prerequisite, dependent))) < 2 or not _leads(dependent, to=prerequisite):
        return
    try:
        check_addition(load_links(subject), source=str(prerequisite), target=str(dependent))
    except PrerequisiteCycle as cycle:
        raise cycle.named(names_of(cycle.cycle)) from None


def check_turning(subject: Subject, *, prerequisite: uuid.UUID, dependent: uuid.UUID) -> None:
    """Raise ``PrerequisiteCycle`` if this edge, turned round, would close a circle."""
    graph = load_links(subject)
    source, target = str(dependent), str(prerequisite)
    if graph.has_edge(target, source):
        graph.remove_edge(target, source)
    if source not in graph or target not in graph or graph.has_edge(source, target):
        return
    try:
        check_addition(graph, source=source, target=target)
    except PrerequisiteCycle as cycle:
        raise cycle.named(names_of(cycle.cycle)) from None


def names_of(concepts: Iterable[str]) -> dict[str, str]:
    """What a few concepts are called, by id."""
    found = Concept.objects.filter(pk__in=list(concepts)).values_list("pk", "name")
    return {str(key): name for key, name in found}


def _standing(concepts: Collection[uuid.UUID]) -> list[uuid.UUID]:
    return list(Concept.objects.standing().filter(pk__in=concepts).order_by().values_list("pk", flat=True))


def _leads(start: uuid.UUID, *, to: uuid.UUID) -> bool:
    """Whether edges that stand lead from a concept to another, or back to itself."""
    statement = _REACH.format(edges=Prerequisite._meta.db_table, concepts=Concept._meta.db_table)
    as_stored = [Concept._meta.pk.get_db_prep_value(key, connection) for key in (start, to)]
    with connection.cursor() as cursor:
        cursor.execute(statement, as_stored)
        return cursor.fetchone() is not None
