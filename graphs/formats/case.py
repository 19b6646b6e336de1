"""CASE 1.1: competency frameworks, as a CFPackage with a CFDocument, CFItems and CFAssociations.

A concept is a CFItem: its id the `humanCodingScheme`, its name the `abbreviatedStatement` and (with the
definition, where there is one) the `fullStatement`, its aliases the `conceptKeywords`. A prerequisite is a
CFAssociation `precedes`. Everything else goes into `extensions`, so that every attribute that JSON can carry
comes back.

CASE wants a UUID, an address and a date for each thing. The UUID is that of the concept (`concept_id`) or
is made of the subject and the id, the same every time; the address is that UUID as a URN; the date is the
graph attribute `changed_at`, or else the beginning of 1970.

Source: 1EdTech Competencies and Academic Standards Exchange Service 1.1, information model, 2025-01-24.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph
from graphs.formats import json_text
from graphs.formats.rows import ConceptRow, EdgeRow, Rows, called_by_name

NAME = "CASE"
OURS = "cairn"
NAMESPACE = uuid.UUID("4bb0f0a5-0c4e-5a43-8a8c-0c6f3a3f9d52")
UNDATED = "1970-01-01T00:00:00+00:00"
LONGEST_NAME = 200


def write(graph: PrerequisiteGraph) -> str:
    """Write a CFPackage.

    Raises
    ------
    UnwritableGraph
        If an attribute is nothing that JSON can carry.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> read(write(build_graph("ab", edges=[Edge("a", "b", 0.5)]))).edges[0].attributes
    {'confidence': 0.5}
    """
    framework = _Framework(graph)
    return json_text.dump(
        {
            "CFDocument": framework.document(),
            "CFItems": [framework.item(concept, data) for concept, data in graph.nodes(data=True)],
            "CFAssociations": [framework.association(*edge) for edge in graph.edges(data=True)],
        },
        name=NAME,
    )


def read(text: str) -> Rows:
    """Read a CFPackage: every CFItem is a concept, every `precedes` a prerequisite.

    Other associations are passed over: that one thing is a part of another says nothing about which comes
    first. A framework of another publisher goes by its printed codes where each has one of its own, or else
    by its statements; a long statement becomes the definition, and its beginning the name.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> read('{"CFDocument": {}, "CFItems": [{"identifier": "1", "fullStatement": "Counts"}]}').concepts[0].id
    'Counts'
    """
    package = json_text.load_object(text, name=NAME, holds="“CFDocument”, “CFItems” and “CFAssociations”")
    if "CFItems" not in package:
        raise UnreadableGraph(NAME, "it holds no “CFItems”; export the whole package (CFPackage)")
    items = json_text.entries(package, "CFItems", name=NAME)
    links = json_text.entries({"CFAssociations": [], **package}, "CFAssociations", name=NAME)
    rows = Rows(
        tuple(
            ConceptRow(f"CFItems[{number}]", json_text.id_in(item, "identifier"), _said_of(item))
            for number, item in enumerate(items)
        ),
        tuple(
            EdgeRow(
                f"CFAssociations[{number}]",
                json_text.id_in(json_text.object_in(link, "originNodeURI"), "identifier"),
                json_text.id_in(json_text.object_in(link, "destinationNodeURI"), "identifier"),
                _extension(link),
            )
            for number, link in enumerate(links)
            if link.get("associationType") == "precedes"
        ),
        _extension(json_text.object_in(package, "CFDocument")),
    )
    return called_by_name(rows, _names(items, rows))


class _Framework:
    """One graph on its way to CASE: knows the UUID of each thing."""

    def __init__(self, graph: PrerequisiteGraph) -> None:
        self.graph = graph
        self.subject = str(graph.graph.get("subject", ""))
        self.changed_at = str(graph.graph.get("changed_at", UNDATED))
        self.ids = {
            concept: _uuid(data.get("concept_id"), self.subject, "concept", concept)
            for concept, data in graph.nodes(data=True)
        }

    def document(self) -> dict[str, Any]:
        title = str(self.graph.graph.get("name") or self.subject or "Prerequisites")
        return {
            **self._head(_uuid(None, self.subject, "document")),
            "caseVersion": "1.1",
            "creator": "Cairn",
            "title": title,
            "frameworkType": "Prerequisite graph",
            "extensions": {OURS: dict(self.graph.graph)},
        }

    def item(self, concept: str, data: Mapping[str, Any]) -> dict[str, Any]:
        name = _title(concept, data)
        entry = {
            **self._head(self.ids[concept]),
            "fullStatement": f"{name}: {data['summary']}" if _is_text(data.get("summary")) else name,
            "abbreviatedStatement": name,
            "humanCodingScheme": concept,
            "extensions": {OURS: dict(data)},
        }
        aliases = data.get("aliases")
        if isinstance(aliases, list) and aliases and all(isinstance(alias, str) for alias in aliases):
            entry["conceptKeywords"] = aliases
        return entry

    def association(self, source: str, target: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **self._head(_uuid(data.get("prerequisite_id"), self.subject, "edge", source, target)),
            "associationType": "precedes",
            "originNodeURI": self._link(source),
            "destinationNodeURI": self._link(target),
            "extensions": {OURS: dict(data)},
        }

    def _head(self, identifier: str) -> dict[str, Any]:
        return {
            "identifier": identifier,
            "uri": f"urn:uuid:{identifier}",
            "lastChangeDateTime": self.changed_at,
        }

    def _link(self, concept: str) -> dict[str, str]:
        identifier = self.ids[concept]
        title = _title(concept, self.graph.nodes[concept])
        return {"title": title, "identifier": identifier, "uri": f"urn:uuid:{identifier}"}


def _title(concept: str, data: Mapping[str, Any]) -> str:
    return data["name"] if _is_text(data.get("name")) else concept


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _uuid(known: Any, *parts: str) -> str:
    try:
        return str(uuid.UUID(known))
    except (ValueError, TypeError, AttributeError):
        # The length before each part: ("a", "bc") and ("ab", "c") must not meet.
        return str(uuid.uuid5(NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts)))


def _extension(thing: Mapping[str, Any]) -> dict[str, Any]:
    return json_text.object_in(json_text.object_in(thing, "extensions"), OURS)


def _is_ours(thing: Mapping[str, Any]) -> bool:
    return OURS in json_text.object_in(thing, "extensions")


def _said_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """What an item says; where ours was edited elsewhere, the fields of CASE win."""
    said = _extension(item)
    statement, short = item.get("fullStatement"), item.get("abbreviatedStatement")
    if _is_ours(item):
        if _is_text(short) and short != _title(json_text.id_in(item, "humanCodingScheme"), said):
            return {**said, "name": short}
        return said
    full = statement.strip() if isinstance(statement, str) else ""
    name = short.strip() if isinstance(short, str) and short.strip() else full
    said["name"] = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
    if full and full != said["name"]:
        said["summary"] = full
    keywords = item.get("conceptKeywords")
    if isinstance(keywords, list) and keywords and all(isinstance(keyword, str) for keyword in keywords):
        said["aliases"] = keywords
    return said


def _names(items: list[dict[str, Any]], rows: Rows) -> dict[str, str]:
    """What to call each item instead of its UUID."""
    codes = Counter(json_text.id_in(item, "humanCodingScheme") for item in items)
    names = {}
    for item, row in zip(items, rows.concepts, strict=True):
        code = json_text.id_in(item, "humanCodingScheme")
        if _is_ours(item) or (code and codes[code] == 1):
            names[row.id] = code
        elif row.attributes["name"]:
            names[row.id] = row.attributes["name"]
    return names
