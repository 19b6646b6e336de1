"""Takes graphs in and gives them out, as files that other tools know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import networkx as nx
from django.utils.text import slugify

from accounts.models import User
from concepts.errors import ConceptsError, GraphFileTooLarge
from concepts.models import Concept, Origin, Prerequisite, Subject
from concepts.services.acyclicity import check_acyclic, names_of
from concepts.services.graphs_of import display_graph
from concepts.services.journalling import Journal
from concepts.services.quoting import define
from concepts.services.revising import revise
from graphs.building import PrerequisiteGraph, check_addition
from graphs.errors import ARROW, GraphError, ImportRefused, PrerequisiteCycle, RefusedRow
from graphs.formats import read_graph, write_graph
from graphs.layout import lay_out
from graphs.reduction import reduce_graph
from research.models import Passage
from research.spans import Span, locate_quote

MAX_FILE_BYTES = 10_000_000
LONGEST_QUOTE = 2_000


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
    revision: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def export_graph(
    subject: Subject, *, format_name: str, with_proposals: bool = False, layout: bool = False
) -> str:
    """Write the graph with concept keys as ids, so that it can be taken in elsewhere."""
    return write_graph(
        exchange_graph(subject, with_proposals=with_proposals, layout=layout), format_name=format_name
    )


def exchange_graph(
    subject: Subject, *, with_proposals: bool = False, layout: bool = False
) -> PrerequisiteGraph:
    """The display graph by concept keys, each with its ``concept_id``; with places and corners if asked."""
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
    A definition is taken only where its very words stand in one of the subject's sources.
    """
    if len(text) > MAX_FILE_BYTES:
        raise GraphFileTooLarge(limit_bytes=MAX_FILE_BYTES)
    graph = read_graph(text, format_name=format_name)
    with revise(
        subject, author=author, reason=reason or f"Imported as {format_name}", expected=expected
    ) as journal:
        merge = _Merge(journal, author=author)
        merge.take(graph)
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
        self.tally = dict.fromkeys(list(Imported.__dataclass_fields__)[:5], 0)

    def take(self, graph: PrerequisiteGraph) -> None:
        """Take every concept, then every edge; all or nothing."""
        held = {
            concept.key: concept for concept in self.journal.subject.concepts.select_related("merged_into")
        }
        nodes: Iterable[Any] = graph.nodes(data=True)
        for number, (node, data) in enumerate(nodes, start=1):
            self._try(f"concept {number}", node, self._take_concept, node, data, held)
        # A rejected concept that the file publishes brings its edges back.
        check_acyclic(self.journal.subject, through=[concept.pk for concept in self.concepts.values()])
        standing = self.journal.graph()
        edges = {
            (edge.prerequisite_id, edge.dependent_id): edge
            for edge in self.journal.subject.prerequisites.all()
        }
        for number, (source, target, data) in enumerate(graph.edges(data=True), start=1):
            what = f"{source}{ARROW}{target}"
            self._try(
                f"prerequisite {number}", what, self._take_edge, (source, target), data, standing, edges
            )
        if self.refused:
            raise ImportRefused(self.refused)
        if any(self.tally[name] for name in self.tally if name != "definitions_not_found"):
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

    def _take_concept(self, node: str, data: Mapping[str, Any], held: dict[str, Concept]) -> None:
        key = slugify(node)[:120]
        if not key:
            raise RowNotTaken("the id holds no letter or digit to make a key of")
        if any(taken.key == key for taken in self.concepts.values()):
            raise RowNotTaken(f"another concept of this file has the same key “{key}”")
        values = _concept_values(data)
        concept = held.get(key)
        if concept is None:
            values = {"name": node[:200], "status": Concept.Status.PUBLISHED, "position": len(held), **values}
            fixed = {"subject": self.journal.subject, "key": key, "origin": Origin.EDUCATOR}
            concept = held[key] = Concept(**fixed, decided_by=self.author, **values)
            self.journal.create(concept)
            self.tally["concepts_added"] += 1
        elif concept.merged_into:
            raise RowNotTaken(f"it was merged into “{concept.merged_into.name}”; name that one instead")
        elif self.journal.change(concept, **values):
            self.journal.change(concept, decided_by=self.author)
            self.tally["concepts_changed"] += 1
        self.concepts[node] = concept
        self._define(concept, data.get("summary"))

    def _define(self, concept: Concept, summary: Any) -> None:
        if not isinstance(summary, str) or not summary.strip() or summary == concept.summary:
            return
        span = _find_in_sources(self.journal.subject, summary)
        if span is None:
            self.tally["definitions_not_found"] += 1
        else:
            define(self.journal, concept, span=span)

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


def _check_link(graph: PrerequisiteGraph, *, source: str, target: str) -> None:
    try:
        check_addition(graph, source=source, target=target)
    except PrerequisiteCycle as cycle:
        raise cycle.named(names_of(cycle.cycle)) from None


def _concept_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of a concept that is ours to keep, each checked."""
    values: dict[str, Any] = {}
    if "name" in data:
        values["name"] = _text(data["name"], what="name", longest=200)
    if "status" in data:
        values["status"] = _one_of(data["status"], Concept.Status.values)
    if "aliases" in data:
        aliases = data["aliases"]
        if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
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
    if isinstance(data.get("reason"), str):
        values["reason"] = data["reason"]
    return values


def _text(value: Any, *, what: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise RowNotTaken(f"its {what} is not a text of 1 to {longest} characters")
    return value.strip()


def _one_of(value: Any, known: list[str]) -> str:
    if value not in known:
        raise RowNotTaken(f"its status “{value}” is none of {', '.join(known)}")
    return str(value)


def _find_in_sources(subject: Subject, quote: str) -> Span | None:
    if len(quote) > LONGEST_QUOTE:
        return None
    passages = Passage.objects.current().filter(document__source__library=subject.library_id)
    for passage in passages.filter(text__contains=quote.strip())[:5]:
        found = locate_quote(passage.text, quote)
        if found:
            return Span(str(passage.pk), *found, passage.text[slice(*found)])
    return None


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
