"""Takes graphs in and gives them out, as files that other tools know."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import networkx as nx
from django.utils.text import slugify

from accounts.models import User
from concepts.errors import ConceptsError, GraphFileTooLarge
from concepts.models import Concept, Origin, Prerequisite, Subject
from concepts.services.acyclicity import check_acyclic, names_of
from concepts.services.exchanged_evidence import add_evidence, find_in_sources, take_evidence
from concepts.services.graphs_of import display_graph
from concepts.services.journalling import Journal
from concepts.services.quoting import define
from concepts.services.revising import revise
from graphs.building import PrerequisiteGraph, check_addition
from graphs.errors import ARROW, GraphError, ImportRefused, PrerequisiteCycle, RefusedRow
from graphs.formats import find_format, write_graph
from graphs.formats.rows import Rows, assemble
from graphs.layout import lay_out
from graphs.reduction import reduce_graph

MAX_FILE_BYTES = 10_000_000
_HALF = re.compile("[\ud800-\udfff]")


class RowNotTaken(ConceptsError):
    """Why one row of an import cannot be taken into this subject."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many concepts and edges were new, changed, or there already."""

    concepts_added: int
    concepts_changed: int
    prerequisites_added: int
    prerequisites_changed: int
    definitions_not_found: int
    quotes_added: int
    quotes_not_found: int
    revision: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def export_graph(
    subject: Subject,
    *,
    format_name: str,
    with_proposals: bool = False,
    layout: bool = False,
    with_evidence: bool = False,
) -> str:
    """Write the graph with concept keys as ids, so that it can be taken in elsewhere."""
    known = find_format(format_name)
    graph = exchange_graph(
        subject,
        with_proposals=with_proposals,
        layout=layout or known.is_drawn,
        with_evidence=with_evidence,
    )
    if known.is_dated:
        changed = subject.revisions.filter(number=subject.revision).values_list("created_at", flat=True)
        graph.graph["changed_at"] = (changed.first() or subject.created_at).isoformat()
    return write_graph(graph, format_name=format_name)


def exchange_graph(
    subject: Subject, *, with_proposals: bool = False, layout: bool = False, with_evidence: bool = False
) -> PrerequisiteGraph:
    """The display graph by concept keys, each with its ``concept_id``; with places and quotes if asked."""
    graph = display_graph(subject, with_proposals=with_proposals)
    named: PrerequisiteGraph = nx.DiGraph(subject=subject.key, name=subject.name, revision=subject.revision)
    keys = {concept: str(key) for concept, key in graph.nodes(data="key")}
    named.add_nodes_from(
        (keys[concept], {"concept_id": concept, **_without(data, "key")})
        for concept, data in graph.nodes(data=True)
    )
    named.add_edges_from(
        (keys[source], keys[target], {"prerequisite_id": data["id"], **_without(data, "id")})
        for source, target, data in graph.edges(data=True)
    )
    if layout:
        _place(named)
    if with_evidence:
        add_evidence(named, subject=subject)
    return named


def import_graph(
    subject: Subject,
    *,
    text: str,
    format_name: str,
    author: User | None,
    expected: int | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> Imported:
    """Merge a file into the graph in one revision, or refuse it with the reason for every wrong row.

    Concepts are matched by key (made of their id), edges by their ends; what the file does not name stays.
    A definition or quote is taken only where its very words stand in one of the subject's sources.
    """
    if len(text) > MAX_FILE_BYTES:
        raise GraphFileTooLarge(limit_bytes=MAX_FILE_BYTES)
    rows = find_format(format_name).read(text)
    graph = assemble(rows)
    with revise(
        subject, author=author, reason=reason or f"Imported as {format_name}", expected=expected
    ) as journal:
        merge = _Merge(journal, author=author)
        merge.take(graph, rows)
        if dry_run:
            raise _RolledBack(merge.counts(subject.revision))
    return merge.counts(subject.revision)


def try_import(subject: Subject, *, text: str, format_name: str) -> Imported:
    """What `import_graph` would do, without doing it."""
    try:
        return import_graph(subject, text=text, format_name=format_name, author=None, dry_run=True)
    except _RolledBack as done:
        return done.imported


class _RolledBack(Exception):
    """Carries the result out of a transaction that must not last."""

    def __init__(self, imported: Imported) -> None:
        self.imported = imported
        super().__init__("dry run")


class _Merge:
    """One import in the making: takes rows, counts them, and remembers every refusal."""

    def __init__(self, journal: Journal, *, author: User | None) -> None:
        self.journal = journal
        self.author = author
        self.refused: list[RefusedRow] = []
        self.concepts: dict[str, Concept] = {}
        self.taken: set[str] = set()
        self.tally = dict.fromkeys((name for name in Imported.__dataclass_fields__ if name != "revision"), 0)

    def take(self, graph: PrerequisiteGraph, rows: Rows) -> None:
        """Take every concept, then every edge; all or nothing. ``rows`` say where in the file each stands."""
        held = {
            concept.key: concept for concept in self.journal.subject.concepts.select_related("merged_into")
        }
        named = {concept.name.casefold(): concept for concept in held.values()}
        concept_places = {row.id: row.where for row in rows.concepts}
        edge_places = {(row.source, row.target): row.where for row in rows.edges}
        nodes: Iterable[Any] = graph.nodes(data=True)
        for node, data in nodes:
            self._try(concept_places[node], node, self._take_concept, node, data, held, named)
        # A rejected concept that the file publishes brings its edges back.
        check_acyclic(self.journal.subject, through=[concept.pk for concept in self.concepts.values()])
        standing = self.journal.graph()
        edges = {
            (edge.prerequisite_id, edge.dependent_id): edge
            for edge in self.journal.subject.prerequisites.all()
        }
        for source, target, data in graph.edges(data=True):
            what, where = f"{source}{ARROW}{target}", edge_places[source, target]
            self._try(where, what, self._take_edge, (source, target), data, standing, edges)
        if self.refused:
            raise ImportRefused(self.refused)
        if any(self.tally[name] for name in self.tally if not name.endswith("not_found")):
            self.journal.record("import_graph", **self.tally)

    def counts(self, revision: int) -> Imported:
        return Imported(**self.tally, revision=revision)

    def _try(self, where: str, what: str, take: Any, *row: Any) -> None:
        try:
            take(*row)
        except PrerequisiteCycle as cycle:
            self.refused.append(RefusedRow(where, what, f"closes the circle {cycle.path}"))
        except (RowNotTaken, GraphError) as reason:
            self.refused.append(RefusedRow(where, what, str(reason)))

    def _take_concept(
        self, node: str, data: Mapping[str, Any], held: dict[str, Concept], named: dict[str, Concept]
    ) -> None:
        key = _key_of(node)
        values = _concept_values(data)
        name = str(values.get("name", node[:200]))
        concept = held.get(key) or named.get(name.casefold())
        key = concept.key if concept else key
        if key in self.taken:
            raise RowNotTaken(f"another concept of this file has the same key “{key}”")
        if named.get(name.casefold(), concept) is not concept and "name" in values:
            raise RowNotTaken(f"another concept is called “{name}” already")
        self.taken.add(key)
        is_new = concept is None
        if concept is None:
            values = {"name": name, "status": Concept.Status.PUBLISHED, "position": len(held), **values}
            fixed = {"subject": self.journal.subject, "key": key, "origin": Origin.EDUCATOR}
            concept = held[key] = named[name.casefold()] = Concept(**fixed, decided_by=self.author, **values)
            self.journal.create(concept)
            self.tally["concepts_added"] += 1
        elif concept.merged_into:
            raise RowNotTaken(f"it was merged into “{concept.merged_into.name}”; name that one instead")
        elif concept.status == Concept.Status.REJECTED and concept.origin == Origin.EDUCATOR:
            # Not a finding that was turned down: a person added it, and names it again.
            values.setdefault("status", Concept.Status.PUBLISHED)
        self.concepts[node] = concept
        is_renewed = bool(self.journal.change(concept, **values))
        is_defined = self._define(concept, data.get("summary"))
        if (is_renewed or is_defined) and not is_new:
            self.journal.change(concept, decided_by=self.author)
            self.tally["concepts_changed"] += 1
        self._count_quotes(take_evidence(self.journal, data, concept=concept))

    def _count_quotes(self, counts: tuple[int, int]) -> None:
        self.tally["quotes_added"] += counts[0]
        self.tally["quotes_not_found"] += counts[1]

    def _define(self, concept: Concept, summary: Any) -> bool:
        """Quote the words that define a concept; returns whether they are other words than before."""
        if not isinstance(summary, str) or not summary.strip() or summary == concept.summary:
            return False
        span = find_in_sources(self.journal.subject, summary)
        if span is None:
            self.tally["definitions_not_found"] += 1
            return False
        if span.quote == concept.summary:
            return False
        define(self.journal, concept, span=span)
        return True

    def _take_edge(
        self,
        ends: tuple[str, str],
        data: Mapping[str, Any],
        standing: PrerequisiteGraph,
        edges: dict[tuple[Any, Any], Prerequisite],
    ) -> None:
        if not all(end in self.concepts for end in ends):
            raise RowNotTaken("one of its concepts was refused")
        source, target = (self.concepts[end] for end in ends)
        values = _edge_values(data)
        if values["status"] != Prerequisite.Status.REJECTED and {str(source.pk), str(target.pk)} <= set(
            standing
        ):
            _check_link(standing, source=str(source.pk), target=str(target.pk))
            standing.add_edge(str(source.pk), str(target.pk), confidence=values["confidence"])
        edge = edges.get((source.pk, target.pk))
        decider = None if values["status"] == Prerequisite.Status.PROPOSED else self.author
        if edge is None:
            fixed: dict[str, Any] = {"subject": self.journal.subject, "origin": Origin.EDUCATOR}
            edge = Prerequisite(prerequisite=source, dependent=target, decided_by=decider, **fixed, **values)
            self.journal.create(edge)
            self.tally["prerequisites_added"] += 1
        elif self.journal.change(edge, **values):
            self.journal.change(edge, decided_by=decider)
            self.tally["prerequisites_changed"] += 1
        self._count_quotes(take_evidence(self.journal, data, prerequisite=edge))


def _check_link(graph: PrerequisiteGraph, *, source: str, target: str) -> None:
    try:
        check_addition(graph, source=source, target=target)
    except PrerequisiteCycle as cycle:
        raise cycle.named(names_of(cycle.cycle)) from None


def _key_of(node: str) -> str:
    """A readable key; a name in letters that keys cannot hold gets one that is at least always the same."""
    key = slugify(node)[:120]
    if key:
        return key
    if not any(character.isalnum() for character in node):
        raise RowNotTaken("the id holds no letter or digit to make a key of")
    return f"concept-{hashlib.sha256(node.encode('utf-8', 'replace')).hexdigest()[:10]}"


def _concept_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of a concept that is ours to keep, each checked."""
    values: dict[str, Any] = {}
    if "name" in data:
        values["name"] = _text(data["name"], what="name", longest=200)
    if "status" in data:
        values["status"] = _one_of(data["status"], Concept.Status.values)
    if "aliases" in data:
        aliases = data["aliases"]
        if not isinstance(aliases, list) or not all(_is_storable(alias) for alias in aliases):
            raise RowNotTaken("its aliases are not a list of texts")
        values["aliases"] = aliases
    if "position" in data:
        if type(data["position"]) is not int or not 0 <= data["position"] < 2**31:
            raise RowNotTaken("its position is not a whole number from 0")
        values["position"] = data["position"]
    return values


def _edge_values(data: Mapping[str, Any]) -> dict[str, Any]:
    values = {"confidence": data["confidence"], "status": str(Prerequisite.Status.ACCEPTED)}
    if "status" in data:
        values["status"] = _one_of(data["status"], Prerequisite.Status.values)
    if _is_storable(data.get("reason")):
        values["reason"] = data["reason"]
    return values


def _text(value: Any, *, what: str, longest: int) -> str:
    if not isinstance(value, str) or not _is_storable(value) or not 1 <= len(value.strip()) <= longest:
        raise RowNotTaken(f"its {what} is not a text of 1 to {longest} characters")
    return value.strip()


def _one_of(value: Any, known: list[str]) -> str:
    if value not in known:
        raise RowNotTaken(f"its status “{value}” is none of {', '.join(known)}")
    return str(value)


def _is_storable(value: Any) -> bool:
    """Whether a value is text that every database takes: no zero bytes, no halves of characters."""
    return isinstance(value, str) and "\x00" not in value and not _HALF.search(value)


def _place(graph: PrerequisiteGraph) -> None:
    """Write places and corners on the graph; what is redundant is said, and has no corners."""
    reduced = reduce_graph(graph).graph
    places: Iterable[Any] = graph.nodes(data="position")
    positions = {concept: float(place) for concept, place in places}
    layout = lay_out(reduced, position=positions)
    graph.graph.update(width=layout.width, height=layout.height)
    for concept, place in layout.places.items():
        graph.nodes[concept].update(x=place.x, y=place.y, layer=place.layer)
    for link in graph.edges:
        route = layout.routes.get(link)
        graph.edges[link]["redundant"] = route is None
        if route:
            graph.edges[link]["route"] = [list(corner) for corner in route]


def _without(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}
