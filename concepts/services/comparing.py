"""Tells how a graph differs between two of its revisions, by names."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Q

from concepts.errors import UnknownRevision
from concepts.models import Concept, Evidence, Prerequisite, Revision, Subject
from concepts.services.inverting import Earlier, Key, changes_after, earlier_rows
from concepts.services.journalling import BATCH, plain_row
from concepts.services.telling import tell_revision

CONCEPTS, EDGES, EVIDENCE = (model._meta.label_lower for model in (Concept, Prerequisite, Evidence))
SHOWN_REVISIONS = 20
SHOWN_ROWS = 50
# Who decided it and which engine drew it are in the revisions; they change nothing about the graph.
NAMES = ("name", "prerequisite", "dependent", "key")
COMPARED = {
    CONCEPTS: ("name", "aliases", "summary", "status", "position", "confidence", "is_stale"),
    EDGES: ("status", "confidence", "reason", "is_stale"),
}
ENDS = ("prerequisite_id", "dependent_id")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What was added, removed and changed of one kind, each by its names."""

    added: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """How the graph after one revision differs from the graph after another."""

    start: int
    end: int
    concepts: Part
    prerequisites: Part
    evidence_added: int
    evidence_removed: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing that is compared differs."""
        parts = (self.concepts, self.prerequisites)
        listed = any(part.added or part.removed or part.changed for part in parts)
        return not (listed or self.evidence_added or self.evidence_removed)

    def as_dict(self) -> dict[str, Any]:
        return {
            "from": self.start,
            "to": self.end,
            "concepts": asdict(self.concepts),
            "prerequisites": asdict(self.prerequisites),
            "evidence": {"added": self.evidence_added, "removed": self.evidence_removed},
        }


def diff(subject: Subject, start: int, end: int) -> GraphDiff:
    """Compare the graph after revision ``start`` with that after ``end``, whichever came first.

    Rejected rows do not count as there: rejecting a concept or an edge removes it, accepting adds it.
    """
    newest = Subject.objects.values_list("revision", flat=True).get(pk=subject.pk)
    for number in (start, end):
        if not 0 <= number <= newest:
            raise UnknownRevision(number, newest=newest)
    low, high = sorted((start, end))
    between = earlier_rows(changes_after(subject, low, until=high))
    states = _States(between, earlier_rows(changes_after(subject, high)))
    names = states.names()
    is_forward = start <= end
    came, went = _evidence(states)
    return GraphDiff(
        start,
        end,
        _part(CONCEPTS, states, is_forward=is_forward, tell=_told_concept),
        _part(EDGES, states, is_forward=is_forward, tell=lambda row: _told_edge(row, names)),
        *((came, went) if is_forward else (went, came)),
    )


def changes_since(subject: Subject, number: int) -> dict[str, Any] | None:
    """What happened after a revision that someone saw: each revision in a sentence, and the difference.

    Of very much the first rows are told, and how many there are.
    """
    if not 0 <= number < subject.revision:
        return None
    later = Revision.objects.filter(subject=subject, number__gt=number).select_related("author")
    rows = later.defer("changes").order_by("number")[:SHOWN_REVISIONS]
    return {
        "revisions": [
            {"number": row.number, "reason": row.reason, "told": tell_revision(row)} for row in rows
        ],
        "diff": _cut(diff(subject, number, subject.revision).as_dict()),
    }


def _cut(told: dict[str, Any]) -> dict[str, Any]:
    for kind in ("concepts", "prerequisites"):
        parts = told[kind]
        told[kind] = {name: rows[:SHOWN_ROWS] for name, rows in parts.items()}
        told[kind]["count"] = sum(len(rows) for rows in parts.values())
    return told


class _States:
    """The rows that differ, as they were at the earlier and at the later of two revisions."""

    def __init__(self, between: Mapping[Key, Earlier | None], later: Mapping[Key, Earlier | None]) -> None:
        self._between, self._later = between, later
        self.low: dict[Key, Row | None] = {}
        self.high: dict[Key, Row | None] = {}
        self._read(between)
        self._read(_edges_of(self._coming_and_going()))
        self._read({(CONCEPTS, end) for end in self._ends()})

    def names(self) -> dict[str, str]:
        """What every concept is called, by id."""
        sides = (self.low, self.high)
        return {
            key: str(row["name"])
            for side in sides
            for (table, key), row in side.items()
            if table == CONCEPTS and row
        }

    def standing(self, side: Mapping[Key, Row | None], key: Key) -> Row | None:
        """The row if it is part of the graph: not rejected, nor between concepts of which one is."""
        row = side[key]
        if row is None or row["status"] == "rejected":
            return None
        ends = [side.get((CONCEPTS, str(row[end]))) for end in ENDS if end in row]
        return row if all(end and end["status"] != "rejected" for end in ends) else None

    def _read(self, keys: Iterable[Key]) -> None:
        new = [key for key in keys if key not in self.high]
        now = _rows_now(new)
        for key in new:
            self.high[key] = _rolled_back(now.get(key), self._later, key)
            self.low[key] = _rolled_back(self.high[key], self._between, key)

    def _coming_and_going(self) -> list[uuid.UUID]:
        """The concepts that take their edges with them, out of the graph or back into it."""
        return [
            uuid.UUID(key[1])
            for key in self.high
            if key[0] == CONCEPTS
            and (self.standing(self.low, key) is None) != (self.standing(self.high, key) is None)
        ]

    def _ends(self) -> set[str]:
        rows = [
            row
            for side in (self.low, self.high)
            for (table, _), row in side.items()
            if table == EDGES and row
        ]
        return {str(row[end]) for row in rows for end in ENDS}


def _edges_of(concepts: list[uuid.UUID]) -> list[Key]:
    keys: set[uuid.UUID] = set()
    for start in range(0, len(concepts), BATCH):
        some = concepts[start : start + BATCH]
        at_either_end = Q(prerequisite__in=some) | Q(dependent__in=some)
        keys |= set(Prerequisite.objects.filter(at_either_end).values_list("pk", flat=True))
    return [(EDGES, str(key)) for key in keys]


def _rows_now(keys: Collection[Key]) -> dict[Key, Row]:
    rows: dict[Key, Row] = {}
    for model in (Concept, Prerequisite, Evidence):
        table = model._meta.label_lower
        wanted = [uuid.UUID(key) for name, key in keys if name == table]
        for start in range(0, len(wanted), BATCH):
            found: Any = model._base_manager.filter(pk__in=wanted[start : start + BATCH])
            rows |= {(table, str(row.pk)): plain_row(row) for row in found}
    return rows


def _rolled_back(row: Row | None, earlier: Mapping[Key, Earlier | None], key: Key) -> Row | None:
    if key not in earlier:
        return row
    was = earlier[key]
    if was is None:
        return None
    return dict(was.values) if was.is_whole else {**(row or {}), **was.values}


def _part(table: str, states: _States, *, is_forward: bool, tell: Callable[[Row], Row]) -> Part:
    part = Part()
    sides = (states.low, states.high) if is_forward else (states.high, states.low)
    for key in states.high:
        if key[0] != table:
            continue
        old, new = (states.standing(side, key) for side in sides)
        if old is None and new is not None:
            part.added.append(tell(new))
        elif old is not None and new is None:
            part.removed.append(tell(old))
        elif old is not None and new is not None:
            fields = [name for name in COMPARED[table] if old[name] != new[name]]
            if fields:
                values = [{name: row[name] for name in fields} for row in (old, new)]
                part.changed.append(tell(new) | {"before": values[0], "after": values[1]})
    for rows in (part.added, part.removed, part.changed):
        rows.sort(key=lambda row: tuple(str(row[name]) for name in NAMES if name in row))
    return part


def _evidence(states: _States) -> tuple[int, int]:
    """How many spans are there only later, and how many only earlier."""
    keys = [key for key in states.high if key[0] == EVIDENCE]
    came = sum(1 for key in keys if states.low[key] is None and states.high[key] is not None)
    return came, sum(1 for key in keys if states.low[key] is not None and states.high[key] is None)


def _told_concept(row: Row) -> Row:
    return {"key": row["key"], "name": row["name"], "status": row["status"]}


def _told_edge(row: Row, names: Mapping[str, str]) -> Row:
    ends = {end: names.get(str(row[f"{end}_id"]), "?") for end in ("prerequisite", "dependent")}
    return ends | {"status": row["status"], "confidence": row["confidence"]}
