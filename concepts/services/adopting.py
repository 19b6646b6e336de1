"""Brings what an extractor found into a subject's graph, beside what people have decided there.

What an educator added, confirmed or rejected stays as it is; of everything else the newest extraction
is believed. A finding that is already there changes nothing, so running twice makes one revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

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
from concepts.services.journalling import Journal
from concepts.services.quoting import ENGINE as EDUCATOR
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


def adopt(extraction: Extraction, *, journal: Journal, scope: Scope | None = None) -> Adoption:
    """Merge ``extraction`` into the subject that ``journal`` holds locked, as far as ``scope`` lets it."""
    adoption = Adoption()
    _Concepts(journal, extraction.engine, adoption, scope).adopt(extraction.concepts)
    _Edges(journal, extraction.engine, adoption, scope).adopt(extraction.edges)
    return adoption


def is_decided(row: Concept | Prerequisite) -> bool:
    """Say whether a person made or judged this row."""
    return row.origin == Origin.EDUCATOR or row.decided_by_id is not None


class _Rows:
    """What is to be written of one kind of row, in few statements at the end."""

    def __init__(self, journal: Journal, engine: str, adoption: Adoption, *, kind: str) -> None:
        self.journal, self.engine, self.adoption, self.kind = journal, engine, adoption, kind
        self._made: list[Concept | Prerequisite] = []
        self._changed: list[tuple[Concept | Prerequisite, dict[str, Any]]] = []
        self._evidence: list[Evidence] = []
        self._gone: list[Evidence] = []

    def create(self, row: Concept | Prerequisite, evidence: set[_EvidenceKey], **told: Any) -> None:
        """Take a new row with what speaks for it."""
        self._made.append(row)
        self.replace_evidence(row, [], evidence)
        self._record(row, told)
        self.adoption.created += 1

    def change(self, row: Concept | Prerequisite, values: dict[str, Any], *, renewed: bool = False) -> None:
        """Take new values of a row where they differ; ``renewed`` says that its evidence does."""
        before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        after = {name: values[name] for name in before}
        if before:
            self._changed.append((row, after))
        if before or renewed:
            self._record(row, _names(row) | {"before": before, "after": after, "evidence": renewed})
            self.adoption.changed += 1

    def replace_evidence(
        self, row: Concept | Prerequisite, old: Iterable[Evidence], new: set[_EvidenceKey]
    ) -> bool:
        """Make ``new`` the engine's evidence in place of any engine's; what educators quoted stays."""
        held = {_key_of(one): one for one in old if one.engine != EDUCATOR}
        gone = [one for key, one in held.items() if key not in new]
        of = {"concept": row} if isinstance(row, Concept) else {"prerequisite": row}
        made = [_evidence(key, of) for key in sorted(new - set(held))]
        self._gone += gone
        self._evidence += made
        return bool(gone or made)

    def mark_stale(self, rows: Iterable[Concept] | Iterable[Prerequisite], *, but: set[Any]) -> None:
        """Flag what was not found again and has lost all its evidence."""
        for row in rows:
            if row.pk in but or row.is_stale or not row.evidence.all() or _has_current(row):
                continue
            self.change(row, {"is_stale": True})
            self.adoption.stale += 1

    def _record(self, row: Concept | Prerequisite, told: dict[str, Any]) -> None:
        named = "concept" if isinstance(row, Concept) else "edge"
        self.journal.record(f"extract_{self.kind}", **{named: str(row.pk)}, **told)

    def write(self) -> None:
        """Write everything: what refers to a row after it."""
        self.journal.create(*self._made)
        self.journal.change_all(self._changed)
        self.journal.delete(*self._gone)
        self.journal.create(*self._evidence)


class _Concepts:
    """The half of the merge that is about concepts."""

    def __init__(self, journal: Journal, engine: str, adoption: Adoption, scope: Scope | None) -> None:
        self._journal, self._adoption, self._scope = journal, adoption, scope
        self._rows = _Rows(journal, engine, adoption, kind="concept")
        self._known = list(_with_evidence(journal.subject.concepts, "concept").order_by("position", "key"))
        self._by_key = {row.key: row for row in self._known}
        self._merged_names = {term_key(row.name) for row in self._known if row.merged_into_id}
        standing = [row for row in self._known if not row.merged_into_id]
        self._by_name: dict[tuple[str, ...], Concept] = {}
        for row in standing:
            self._by_name.setdefault(term_key(row.name), row)
        for row in standing:
            for alias in row.aliases:
                self._by_name.setdefault(term_key(str(alias)), row)

    def adopt(self, found: Sequence[FoundConcept]) -> None:
        open_rows = [row for row in self._known if not _is_kept(row, self._scope)]
        self._adoption.kept += len(self._known) - len(open_rows)
        self._adoption.touched.update(row.pk for row in open_rows)
        united: dict[Any, list[FoundConcept]] = {}
        for concept in found:
            row = self._row_of(concept, taken=united)
            if row is None:
                if not _is_news(_concept_evidence(concept, self._rows.engine), self._scope):
                    continue
                row = self._create(concept)
                united[row.pk] = []
            else:
                united.setdefault(row.pk, []).append(concept)
            self._adoption.concepts[concept.key] = row
        by_id = {row.pk: row for row in open_rows}
        for key, concepts in united.items():
            if concepts and key in by_id:
                self._update(by_id[key], concepts)
        self._rows.mark_stale(open_rows, but=set(united))
        self._rows.write()

    def _row_of(self, found: FoundConcept, *, taken: dict[Any, Any]) -> Concept | None:
        """The row that a finding is about; two findings share one only where people merged them."""
        name = term_key(found.name)
        row = self._by_name.get(name) or self._by_key.get(found.key)
        if row is None or row.merged_into_id:
            return None
        return row if row.pk not in taken or name in self._merged_names else None

    def _create(self, found: FoundConcept) -> Concept:
        values = _concept_values(found)
        row = Concept(subject=self._journal.subject, key=self._free_key(found.key), **values)
        self._by_key[row.key] = row
        evidence = _concept_evidence(found, self._rows.engine)
        self._rows.create(row, evidence, key=row.key, name=row.name, before=None, after=values)
        self._adoption.made.add(row.pk)
        self._adoption.touched.add(row.pk)
        return row

    def _update(self, row: Concept, found: Sequence[FoundConcept]) -> None:
        if row.status == Concept.Status.REJECTED:
            return
        values = {"is_stale": False} if is_decided(row) else _concept_values(found[0])
        evidence = set().union(*(_concept_evidence(one, self._rows.engine) for one in found))
        renewed = self._rows.replace_evidence(row, row.evidence.all(), evidence)
        self._rows.change(row, values, renewed=renewed)

    def _free_key(self, key: str) -> str:
        free, number = key, 2
        while free in self._by_key:
            free, number = f"{key}-{number}", number + 1
        return free


class _Edges:
    """The half of the merge that is about prerequisites; what stands afterwards has no cycle."""

    def __init__(self, journal: Journal, engine: str, adoption: Adoption, scope: Scope | None) -> None:
        self._journal, self._adoption, self._scope = journal, adoption, scope
        self._rows = _Rows(journal, engine, adoption, kind="prerequisite")
        edges = journal.subject.prerequisites.select_related("prerequisite", "dependent")
        self._known: list[Prerequisite] = list(_with_evidence(edges, "prerequisite"))
        self._by_ends = {(row.prerequisite_id, row.dependent_id): row for row in self._known}

    def adopt(self, found: Sequence[FoundEdge]) -> None:
        wanted = self._wanted(found)
        circles = self._circles(wanted)
        kept = {row.pk for row in self._known if _is_kept(row, self._scope)}
        self._adoption.kept += len(kept)
        self._adoption.touched.update(row.pk for row in self._known if row.pk not in kept)
        seen = set(kept)
        for ends, edge in wanted.items():
            row = self._by_ends.get(ends)
            values = _edge_values(edge, circle=circles.get(ends, ""))
            if row is None:
                self._create(ends, edge, values)
                continue
            seen.add(row.pk)
            self._update(row, edge, values)
        own = [row for row in self._known if not _is_of_merged(row)]
        unseen = [row for row in own if row.pk not in seen]
        self._rows.mark_stale(unseen, but=set())
        kept_in_circles = [
            row for row in own if row.pk in kept and (row.prerequisite_id, row.dependent_id) in circles
        ]
        self._withdraw([*unseen, *kept_in_circles], circles)
        self._rows.write()

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
        return has_new_end or _is_news(_edge_evidence(edge, self._rows.engine), self._scope)

    def _circles(self, wanted: dict[tuple[Any, Any], FoundEdge]) -> dict[tuple[Any, Any], str]:
        """Return the edges that cannot stand beside decided and surer ones, with the reason."""
        names = {str(pk): name for pk, name in self._journal.subject.concepts.values_list("pk", "name")}
        edges: dict[tuple[str, str], Edge] = {}
        protected: set[tuple[str, str]] = set()
        for row in self._known:
            ends = (str(row.prerequisite_id), str(row.dependent_id))
            if _is_of_merged(row):
                continue
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
        row = Prerequisite(
            subject=self._journal.subject, prerequisite_id=ends[0], dependent_id=ends[1], **values
        )
        keys = {"prerequisite": edge.prerequisite, "dependent": edge.dependent}
        evidence = _edge_evidence(edge, self._rows.engine)
        self._rows.create(row, evidence, **keys, before=None, after=values)
        self._adoption.touched.add(row.pk)

    def _update(self, row: Prerequisite, edge: FoundEdge, values: dict[str, Any]) -> None:
        if is_decided(row):
            values = {"is_stale": False}
            if row.status == Prerequisite.Status.REJECTED:
                return
        evidence = _edge_evidence(edge, self._rows.engine)
        self._rows.change(row, values, renewed=self._rows.replace_evidence(row, row.evidence.all(), evidence))

    def _withdraw(self, rows: Iterable[Prerequisite], circles: dict[tuple[Any, Any], str]) -> None:
        """Reject what no one decided and the same current sources no longer show."""
        for row in rows:
            if is_decided(row) or row.status == Prerequisite.Status.REJECTED:
                continue
            circle = circles.get((row.prerequisite_id, row.dependent_id), "")
            if _has_current(row) or circle:
                reason = circle or f"not found again by {self._rows.engine}"
                self._rows.change(row, {"status": Prerequisite.Status.REJECTED, "reason": reason})


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


def _key_of(row: Evidence) -> _EvidenceKey:
    return str(row.passage_id), row.start, row.end, row.quote, row.kind, row.supports, row.engine


def _evidence(key: _EvidenceKey, of: dict[str, Any]) -> Evidence:
    passage, start, end, quote, kind, supports, engine = key
    place = {"passage_id": passage, "start": start, "end": end, "quote": quote}
    return Evidence(kind=kind, supports=supports, engine=engine, **place, **of)


def _names(row: Concept | Prerequisite) -> dict[str, str]:
    if isinstance(row, Concept):
        return {"key": row.key, "name": row.name}
    return {"prerequisite_name": row.prerequisite.name, "dependent_name": row.dependent.name}


def _is_of_merged(row: Prerequisite) -> bool:
    """An edge that a merge left behind; the other concept has its like."""
    return bool(row.prerequisite.merged_into_id or row.dependent.merged_into_id)


def _with_evidence(rows: Any, kind: str) -> Any:
    """The rows with their evidence, and whether any of it stands in a current document."""
    current = Evidence.objects.filter(passage__document__is_current=True, **{kind: OuterRef("pk")})
    return rows.prefetch_related("evidence").annotate(has_current=Exists(current))


def _has_current(row: Any) -> bool:
    return bool(row.has_current)
