"""Checks a new edge of a large graph without reading the graph: each process keeps it, in order.

What is kept is everything that stands, proposals too, as of one revision. When the subject is at a later one,
the row changes of the revisions between say which concepts were touched; only those are read again. Where
they are many the whole graph is read anew, and so it is after a revision that this process saw and that was
rolled back: revisions are told apart by their ids, not by their numbers.
"""

from __future__ import annotations

import itertools
import uuid
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from concepts.models import Concept, Prerequisite, Subject
from concepts.services.acyclicity import names_of
from concepts.services.compiled_graphs import with_dashes
from graphs import ordering
from graphs.errors import Edge, PrerequisiteCycle
from graphs.ordering import OrderedGraph

KEPT_ORDERS = 8
REVISIONS_FOLLOWED = 50
CONCEPTS_FOLLOWED = 200

_CONCEPTS = Concept._meta.label_lower
_EDGES = Prerequisite._meta.label_lower
Change = Mapping[str, Any]


@dataclass(slots=True)
class _Kept:
    """A graph in order and the revision it is of; `revision` is None before the first."""

    number: int
    revision: uuid.UUID | None
    graph: OrderedGraph


_kept: OrderedDict[uuid.UUID, _Kept] = OrderedDict()
_lock = RLock()


def check_addition(subject: Subject, *, source: str, target: str) -> None:
    """Refuse an edge that would close a circle with what stands; the circle's concepts are named.

    For the first edit of a transaction: what it has done already is not seen. An edge of which one end does
    not stand is let pass: it is checked when the end comes back.
    """
    with _lock:
        try:
            _check(subject, source=source, target=target)
        except PrerequisiteCycle as cycle:
            if _stands(subject, cycle.cycle):
                raise cycle.named(names_of(cycle.cycle)) from None
            # Rows were changed without a revision: what is kept says something else than the database.
            _kept.pop(subject.pk, None)
            check_addition(subject, source=source, target=target)


def forget_orders() -> None:
    """Drop what this process keeps."""
    with _lock:
        _kept.clear()


def _check(subject: Subject, *, source: str, target: str) -> None:
    try:
        graph = (_up_to_date(subject) or _keep(subject)).graph
    except BaseException:
        _kept.pop(subject.pk, None)
        raise
    if source in graph and target in graph:
        ordering.check_addition(graph, source=source, target=target)


def _up_to_date(subject: Subject) -> _Kept | None:
    """What is kept, brought to the newest revision; None where it has to be read anew."""
    kept = _kept.get(subject.pk)
    if kept is None or not _follow(subject, kept):
        return None
    _kept.move_to_end(subject.pk)
    return kept


def _keep(subject: Subject) -> _Kept:
    number, revision = subject.revisions.order_by("-number").values_list("number", "pk").first() or (0, None)
    kept = _kept[subject.pk] = _Kept(number, revision, _read(subject))
    _kept.move_to_end(subject.pk)
    while len(_kept) > KEPT_ORDERS:
        _kept.popitem(last=False)
    return kept


def _follow(subject: Subject, kept: _Kept) -> bool:
    """Bring what is kept to the newest revision; False where it has to be read anew."""
    since = subject.revisions.filter(number__gte=kept.number).order_by("number")
    rows = list(since.values_list("number", "pk", "changes")[: REVISIONS_FOLLOWED + 2])
    if kept.revision is not None:
        if not rows or rows[0][1] != kept.revision:
            return False
        rows = rows[1:]
    numbers = [number for number, _, _ in rows]
    if numbers != list(range(kept.number + 1, kept.number + 1 + len(rows))) or len(rows) > REVISIONS_FOLLOWED:
        return False
    if kept.number + len(rows) < subject.revision:
        return False
    touched = _touched_by([one for _, _, changes in rows for one in changes])
    if touched is None:
        return False
    if rows:
        _read_again(subject, kept.graph, touched)
        kept.number, kept.revision = rows[-1][:2]
    return True


def _touched_by(changes: Iterable[Change]) -> set[str] | None:
    """Return the ids of the concepts that row changes touch, or None where they are too many to follow."""
    concepts: set[str] = set()
    edges: set[str] = set()
    for change in changes:
        keys = {*change.get("created", ()), *(row[0] for row in change.get("changed", ()))}
        deleted = change.get("deleted", ())
        if change["table"] == _CONCEPTS:
            concepts |= keys | {row["id"] for row in deleted}
        elif change["table"] == _EDGES:
            edges |= keys
            concepts |= {row[end] for row in deleted for end in ("prerequisite_id", "dependent_id")}
    if len(concepts) + len(edges) > CONCEPTS_FOLLOWED:
        return None
    ends = _ends(Prerequisite.objects.filter(pk__in=edges)) if edges else ()
    return concepts | {with_dashes(end) for row in ends for end in row[:2]}


def _read(subject: Subject) -> OrderedGraph:
    """Read everything that stands, as text: making UUID objects would take longer than all the rest."""
    concepts = Concept.objects.standing().filter(subject=subject).order_by()
    ids = {text: with_dashes(text) for text in concepts.values_list(Cast("pk", TextField()), flat=True)}
    rows = Prerequisite.objects.filter(subject=subject).exclude(status=Prerequisite.Status.REJECTED)
    return OrderedGraph(
        ids.values(),
        edges=(
            Edge(ids[source], ids[target], confidence)
            for source, target, confidence in _ends(rows).iterator(chunk_size=5000)
            if source in ids and target in ids
        ),
    )


def _read_again(subject: Subject, graph: OrderedGraph, touched: Collection[str]) -> None:
    """Bring some concepts and all their edges to what the database says."""
    if not touched:
        return
    standing = subject.concepts.standing().filter(pk__in=touched).order_by().values_list("pk", flat=True)
    rows = subject.prerequisites.standing().filter(Q(prerequisite__in=touched) | Q(dependent__in=touched))
    edges = [Edge(with_dashes(row[0]), with_dashes(row[1]), row[2]) for row in _ends(rows)]
    _put(graph, touched, standing={str(concept) for concept in standing}, edges=edges)


def _ends(rows: Any) -> Any:
    ends = (Cast("prerequisite_id", TextField()), Cast("dependent_id", TextField()))
    return rows.order_by().values_list(*ends, "confidence")


def _put(
    graph: OrderedGraph, touched: Collection[str], *, standing: Collection[str], edges: Iterable[Edge]
) -> None:
    """Make the touched concepts stand or not, with these edges and no others; leaving before coming."""
    wanted = set(edges)
    held = {edge for concept in touched for edge in graph.edges_of(concept)}
    for edge in held - wanted:
        graph.remove_edge(edge.source, edge.target)
    for concept in touched:
        if concept in standing:
            graph.add_concept(concept)
        else:
            graph.remove_concept(concept)
    for edge in wanted - held:
        if edge.source in graph and edge.target in graph:
            graph.add_edge(edge)


def _stands(subject: Subject, way: Sequence[str]) -> bool:
    """Say whether each concept of a way is required by the next in the database too."""
    ids = [uuid.UUID(concept) for concept in way]
    rows = subject.prerequisites.standing().filter(prerequisite__in=ids, dependent__in=ids)
    links = {(str(source), str(target)) for source, target in rows.values_list("prerequisite", "dependent")}
    return links.issuperset(itertools.pairwise(way))
