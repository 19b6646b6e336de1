"""Brings what an extractor found into a subject's graph, beside what people have decided there.

What an educator added, confirmed or rejected stays as it is; of everything else the newest extraction
is believed. A finding that is already there changes nothing, so running twice makes one revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from concepts.extraction.findings import (
    EdgeStatus,
    EvidenceItem,
    EvidenceKind,
    Extraction,
    FoundConcept,
    FoundEdge,
)
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.terms import term_key
from concepts.models import Concept, Evidence, Origin, Prerequisite
from concepts.services.quoting import ENGINE as EDUCATOR
from concepts.services.revising import Draft
from concepts.services.scoping import Scope
from graphs.building import build_directed
from graphs.cycles import break_cycles
from graphs.errors import Edge

_LONGEST_NAME = 200
# What stands and is not looked at again outlasts whatever is found now, however sure that is.
_OUTLASTS = 1.0
_EvidenceKey = tuple[str, int, int, str, str, bool, str]


@dataclass(slots=True)
class Adoption:
    """What changed in the graph.

    Attributes
    ----------
    kept
        Rows that lay outside the scope of the extraction and stayed as they were.
    concepts
        The rows that findings became, by found key.
    made
        Ids of the concepts that are new.
    touched
        Ids of the rows that the extraction had a say in.
    """

    created: int = 0
    changed: int = 0
    stale: int = 0
    kept: int = 0
    concepts: dict[str, Concept] = field(default_factory=dict)
    made: set[Any] = field(default_factory=set)
    touched: set[Any] = field(default_factory=set)


def adopt(extraction: Extraction, *, draft: Draft, scope: Scope | None = None) -> Adoption:
    """Merge ``extraction`` into the subject whose row ``draft`` holds locked, as far as ``scope`` lets it."""
    adoption = Adoption()
    _Concepts(draft, extraction.engine, adoption, scope).adopt(extraction.concepts)
    _Edges(draft, extraction.engine, adoption, scope).adopt(extraction.edges)
    return adoption


def is_decided(row: Concept | Prerequisite) -> bool:
    """Say whether a person made or judged this row."""
    return row.origin == Origin.EDUCATOR or row.decided_by_id is not None


class _Concepts:
    """The half of the merge that is about concepts."""

    def __init__(self, draft: Draft, engine: str, adoption: Adoption, scope: Scope | None) -> None:
        self._draft, self._engine, self._adoption, self._scope = draft, engine, adoption, scope
        rows = draft.subject.concepts.prefetch_related("evidence")
        self._rows: list[Concept] = list(rows.order_by("position", "key"))
        self._by_key = {row.key: row for row in self._rows}
        self._by_name: dict[tuple[str, ...], Concept] = {}
        for row in self._rows:
            self._by_name.setdefault(term_key(row.name), row)
        for row in self._rows:
            for alias in row.aliases:
                self._by_name.setdefault(term_key(str(alias)), row)

    def adopt(self, found: Sequence[FoundConcept]) -> None:
        open_rows = [row for row in self._rows if not _is_kept(row, self._scope)]
        self._adoption.kept += len(self._rows) - len(open_rows)
        self._adoption.touched.update(row.pk for row in open_rows)
        taken: set[Any] = set()
        for concept in found:
            row = self._by_name.get(term_key(concept.name)) or self._by_key.get(concept.key)
            if row is None or row.pk in taken:
                if not _is_news(_concept_evidence(concept, self._engine), self._scope):
                    continue
                row = self._create(concept)
            elif not _is_kept(row, self._scope):
                self._update(row, concept)
            taken.add(row.pk)
            self._adoption.concepts[concept.key] = row
        _mark_stale(self._draft, open_rows, but=taken, kind="concept", adoption=self._adoption)

    def _create(self, found: FoundConcept) -> Concept:
        values = _concept_values(found)
        row = Concept.objects.create(subject=self._draft.subject, key=self._free_key(found.key), **values)
        self._by_key[row.key] = row
        _replace_evidence([], _concept_evidence(found, self._engine), concept=row)
        self._draft.record("extract_concept", concept=str(row.pk), key=row.key, before=None, after=values)
        self._adoption.created += 1
        self._adoption.made.add(row.pk)
        self._adoption.touched.add(row.pk)
        return row

    def _update(self, row: Concept, found: FoundConcept) -> None:
        values = {"is_stale": False} if is_decided(row) else _concept_values(found)
        before = _changes(row, values)
        if row.status == Concept.Status.REJECTED:
            return
        renewed = _replace_evidence(row.evidence.all(), _concept_evidence(found, self._engine), concept=row)
        _write(self._draft, row, before, renewed=renewed, kind="concept", adoption=self._adoption)

    def _free_key(self, key: str) -> str:
        free, number = key, 2
        while free in self._by_key:
            free, number = f"{key}-{number}", number + 1
        return free


class _Edges:
    """The half of the merge that is about prerequisites; what stands afterwards has no cycle."""

    def __init__(self, draft: Draft, engine: str, adoption: Adoption, scope: Scope | None) -> None:
        self._draft, self._engine, self._adoption, self._scope = draft, engine, adoption, scope
        rows = draft.subject.prerequisites.select_related("prerequisite", "dependent")
        self._rows: list[Prerequisite] = list(rows.prefetch_related("evidence"))
        self._by_ends = {(row.prerequisite_id, row.dependent_id): row for row in self._rows}

    def adopt(self, found: Sequence[FoundEdge]) -> None:
        wanted = self._wanted(found)
        circles = self._circles(wanted)
        seen = {row.pk for row in self._rows if _is_kept(row, self._scope)}
        self._adoption.kept += len(seen)
        self._adoption.touched.update(row.pk for row in self._rows if row.pk not in seen)
        for ends, edge in wanted.items():
            row = self._by_ends.get(ends)
            values = _edge_values(edge, circle=circles.get(ends, ""))
            if row is None:
                self._create(ends, edge, values)
                continue
            seen.add(row.pk)
            self._update(row, edge, values)
        _mark_stale(self._draft, self._rows, but=seen, kind="prerequisite", adoption=self._adoption)
        in_circles = circles.keys()
        self._withdraw(
            [
                row
                for row in self._rows
                if row.pk not in seen or (row.prerequisite_id, row.dependent_id) in in_circles
            ],
            circles,
        )

    def _wanted(self, found: Sequence[FoundEdge]) -> dict[tuple[Any, Any], FoundEdge]:
        """Return the found edges by the rows of their ends; of the same ends the surest."""
        wanted: dict[tuple[Any, Any], FoundEdge] = {}
        for edge in sorted(found, key=lambda edge: (-edge.confidence, edge.prerequisite, edge.dependent)):
            first = self._adoption.concepts.get(edge.prerequisite)
            last = self._adoption.concepts.get(edge.dependent)
            if first and last and first.pk != last.pk and self._is_open((first.pk, last.pk), edge):
                wanted.setdefault((first.pk, last.pk), edge)
        return wanted

    def _is_open(self, ends: tuple[Any, Any], edge: FoundEdge) -> bool:
        """Say whether the extraction has a say in this edge."""
        row = self._by_ends.get(ends)
        if row is not None:
            return not _is_kept(row, self._scope)
        has_new_end = not self._adoption.made.isdisjoint(ends)
        return has_new_end or _is_news(_edge_evidence(edge, self._engine), self._scope)

    def _circles(self, wanted: dict[tuple[Any, Any], FoundEdge]) -> dict[tuple[Any, Any], str]:
        """Return the edges that cannot stand beside decided and surer ones, with the reason."""
        names = {str(pk): name for pk, name in self._draft.subject.concepts.values_list("pk", "name")}
        edges: dict[tuple[str, str], Edge] = {}
        protected: set[tuple[str, str]] = set()
        for row in self._rows:
            ends = (str(row.prerequisite_id), str(row.dependent_id))
            if is_decided(row) and row.status != Prerequisite.Status.REJECTED:
                protected.add(ends)
                edges[ends] = Edge(*ends, row.confidence)
            elif _is_kept(row, self._scope) and row.status != Prerequisite.Status.REJECTED:
                edges[ends] = Edge(*ends, _OUTLASTS + row.confidence)
            elif self._stays(row, wanted):
                edges[ends] = Edge(*ends, row.confidence)
        for (first, last), found in wanted.items():
            known = self._by_ends.get((first, last))
            if found.status is not EdgeStatus.REJECTED and not (known and is_decided(known)):
                edges[str(first), str(last)] = Edge(str(first), str(last), found.confidence)
        _, dropped = break_cycles(build_directed(names, edges=edges.values()), protected=protected)
        by_text = {(str(first), str(last)): (first, last) for first, last in [*wanted, *self._by_ends]}
        return {
            by_text[fall.edge.source, fall.edge.target]: "the weakest link of a circle: "
            + " → ".join(names[end] for end in (*fall.cycle, fall.cycle[0]))
            for fall in dropped
        }

    def _stays(self, row: Prerequisite, wanted: dict[tuple[Any, Any], FoundEdge]) -> bool:
        """Say whether an edge that no one decided stands on although it was not found again."""
        found_again = (row.prerequisite_id, row.dependent_id) in wanted
        return not found_again and row.status != Prerequisite.Status.REJECTED and not _has_current(row)

    def _create(self, ends: tuple[Any, Any], edge: FoundEdge, values: dict[str, Any]) -> None:
        row = Prerequisite.objects.create(
            subject=self._draft.subject, prerequisite_id=ends[0], dependent_id=ends[1], **values
        )
        _replace_evidence([], _edge_evidence(edge, self._engine), prerequisite=row)
        keys = {"prerequisite": edge.prerequisite, "dependent": edge.dependent}
        self._draft.record("extract_prerequisite", edge=str(row.pk), **keys, before=None, after=values)
        self._adoption.created += 1
        self._adoption.touched.add(row.pk)

    def _update(self, row: Prerequisite, edge: FoundEdge, values: dict[str, Any]) -> None:
        if is_decided(row):
            values = {"is_stale": False}
            if row.status == Prerequisite.Status.REJECTED:
                return
        before = _changes(row, values)
        renewed = _replace_evidence(row.evidence.all(), _edge_evidence(edge, self._engine), prerequisite=row)
        _write(self._draft, row, before, renewed=renewed, kind="prerequisite", adoption=self._adoption)

    def _withdraw(self, rows: Iterable[Prerequisite], circles: dict[tuple[Any, Any], str]) -> None:
        """Reject what no one decided and the same current sources no longer show."""
        for row in rows:
            if is_decided(row) or row.status == Prerequisite.Status.REJECTED:
                continue
            circle = circles.get((row.prerequisite_id, row.dependent_id), "")
            if _has_current(row) or circle:
                reason = circle or f"not found again by {self._engine}"
                before = _changes(row, {"status": Prerequisite.Status.REJECTED, "reason": reason})
                _write(self._draft, row, before, renewed=False, kind="prerequisite", adoption=self._adoption)


def _is_kept(row: Concept | Prerequisite, scope: Scope | None) -> bool:
    return scope is not None and scope.keeps(row)


def _is_news(evidence: set[_EvidenceKey], scope: Scope | None) -> bool:
    return scope is None or scope.is_news(key[0] for key in evidence)


def _concept_values(found: FoundConcept) -> dict[str, Any]:
    published = found.confidence >= ConceptParameters().publish
    return {
        "name": found.name[:_LONGEST_NAME],
        "aliases": list(found.aliases),
        "summary": found.definition.quote if found.definition else "",
        "status": (Concept.Status.PUBLISHED if published else Concept.Status.PROPOSED).value,
        "confidence": found.confidence,
        "position": found.position,
        "is_stale": False,
    }


def _edge_values(edge: FoundEdge, *, circle: str) -> dict[str, Any]:
    status = Prerequisite.Status.REJECTED.value if circle else edge.status.value
    return {
        "status": status,
        "confidence": edge.confidence,
        "reverse_confidence": edge.reverse_confidence,
        "reason": circle or edge.reason,
        "is_stale": False,
    }


def _concept_evidence(found: FoundConcept, engine: str) -> set[_EvidenceKey]:
    items = list(found.mentions)
    if found.definition:
        items.append(EvidenceItem(EvidenceKind.DEFINITION, found.definition))
    return {_key(item, engine) for item in items}


def _edge_evidence(found: FoundEdge, engine: str) -> set[_EvidenceKey]:
    return {_key(item, engine) for item in found.evidence}


def _key(item: EvidenceItem, engine: str) -> _EvidenceKey:
    span = item.span
    return span.passage_id, span.start, span.end, span.quote, item.kind.value, item.supports, engine


def _replace_evidence(old: Iterable[Evidence], new: set[_EvidenceKey], **of: Concept | Prerequisite) -> bool:
    """Make ``new`` the engine's evidence in place of any engine's; what educators quoted stays."""
    engines = [row for row in old if row.engine != EDUCATOR]
    held = {
        (str(row.passage_id), row.start, row.end, row.quote, row.kind, row.supports, row.engine): row
        for row in engines
    }
    gone = [row.pk for key, row in held.items() if key not in new]
    made = [
        Evidence(
            passage_id=key[0], start=key[1], end=key[2], quote=key[3], kind=key[4], supports=key[5],
            engine=key[6], **of,
        )
        for key in sorted(new - set(held))
    ]  # fmt: skip
    if gone:
        Evidence.objects.filter(pk__in=gone).delete()
    if made:
        Evidence.objects.bulk_create(made)
    return bool(gone or made)


def _changes(row: Concept | Prerequisite, values: dict[str, Any]) -> dict[str, Any]:
    """Set ``values`` on the row and return what they were where they differ."""
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    for name in before:
        setattr(row, name, values[name])
    return before


def _write(
    draft: Draft,
    row: Concept | Prerequisite,
    before: dict[str, Any],
    *,
    renewed: bool,
    kind: str,
    adoption: Adoption,
) -> None:
    if before:
        row.save(update_fields=list(before))
    if before or renewed:
        after = {name: getattr(row, name) for name in before}
        draft.record(f"extract_{kind}", **{kind: str(row.pk)}, before=before, after=after, evidence=renewed)
        adoption.changed += 1


def _mark_stale(
    draft: Draft,
    rows: Sequence[Concept] | Sequence[Prerequisite],
    *,
    but: set[Any],
    kind: str,
    adoption: Adoption,
) -> None:
    """Flag what was not found again and has lost all its evidence."""
    for row in rows:
        if row.pk in but or row.is_stale or not row.evidence.all() or _has_current(row):
            continue
        before = _changes(row, {"is_stale": True})
        _write(draft, row, before, renewed=False, kind=kind, adoption=adoption)
        adoption.stale += 1


def _has_current(row: Concept | Prerequisite) -> bool:
    return row.evidence.filter(passage__document__is_current=True).exists()
