"""Cytoscape JSON: what Cytoscape.js draws and the Cytoscape desktop program opens.

Every attribute that JSON can carry comes back as it was, but for the names that Cytoscape keeps to itself:
`id`, `source`, `target`, `parent`, `SUID` and `shared_name`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph
from graphs.formats import json_text
from graphs.formats.rows import ConceptRow, EdgeRow, Rows, called_by_name

NAME = "Cytoscape JSON"
ACROSS, DOWN = 180, 90
"""How far apart neighbours are drawn, in the pixels of Cytoscape."""

_OF_THE_TOOL = ("id", "source", "target", "parent", "SUID", "shared_name", "shared_interaction", "selected")


def write(graph: PrerequisiteGraph) -> str:
    """Write Cytoscape JSON; where the graph has places (`x`, `y`), they are the positions.

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
    nodes = [_node(concept, data) for concept, data in graph.nodes(data=True)]
    edges = [
        {"data": {**data, "id": f"e{number}", "source": source, "target": target}}
        for number, (source, target, data) in enumerate(graph.edges(data=True))
    ]
    return json_text.dump(
        {
            "format_version": "1.0",
            "generated_by": "cairn",
            "data": dict(graph.graph),
            "elements": {"nodes": nodes, "edges": edges},
        },
        name=NAME,
    )


def read(text: str) -> Rows:
    """Read Cytoscape JSON: `elements` as two lists or as one, or that one list alone.

    A node that is only there to hold others is no concept. In files of the desktop program ids are numbers
    of its own, so that names are taken for them.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> rows = read('[{"data": {"id": 1}}, {"data": {"id": 2}}, {"data": {"source": 1, "target": 2}}]')
    >>> len(rows.concepts), rows.edges[0].what
    (2, '1 → 2')
    """
    document = json_text.load(text, name=NAME)
    nodes, edges = _elements(document)
    joined = {json_text.id_in(data, end) for _, data in edges for end in ("source", "target")}
    boxes = {json_text.id_in(data, "parent") for _, data in nodes} - joined - {""}
    concepts = [
        (where, json_text.id_in(data, "id"), data)
        for where, data in nodes
        if json_text.id_in(data, "id") not in boxes
    ]
    rows = Rows(
        tuple(
            ConceptRow(where, node, json_text.without(data, *_OF_THE_TOOL)) for where, node, data in concepts
        ),
        tuple(
            EdgeRow(
                where,
                json_text.id_in(data, "source"),
                json_text.id_in(data, "target"),
                json_text.without(data, *_OF_THE_TOOL),
            )
            for where, data in edges
        ),
        json_text.object_in(document, "data") if isinstance(document, dict) else {},
    )
    names = {node: data["name"] for _, node, data in concepts if _is_numbered(data)}
    return called_by_name(rows, names)


def _node(concept: str, data: dict[str, Any]) -> dict[str, Any]:
    element: dict[str, Any] = {"data": {**data, "id": concept}}
    if type(data.get("x")) in (int, float) and type(data.get("y")) in (int, float):
        element["position"] = {"x": data["x"] * ACROSS, "y": data["y"] * DOWN}
    return element


def _is_numbered(data: dict[str, Any]) -> bool:
    """Whether the desktop program numbered this node, which then has a name of its own."""
    return "SUID" in data and isinstance(data.get("name"), str) and bool(data["name"])


_Elements = list[tuple[str, dict[str, Any]]]


def _elements(document: Any) -> tuple[_Elements, _Elements]:
    elements = document.get("elements") if isinstance(document, dict) else document
    if isinstance(elements, dict):
        return tuple(  # type: ignore[return-value]
            list(_data(elements.get(group, []), at=f"elements.{group}")) for group in ("nodes", "edges")
        )
    if not isinstance(elements, list):
        raise UnreadableGraph(NAME, "it holds no “elements”")
    found = list(_data(elements, at="elements"))
    return (
        [entry for entry in found if not _is_edge(entry[1])],
        [entry for entry in found if _is_edge(entry[1])],
    )


def _is_edge(data: dict[str, Any]) -> bool:
    return "source" in data or "target" in data


def _data(elements: Any, *, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(elements, list) or not all(isinstance(element, dict) for element in elements):
        raise UnreadableGraph(NAME, f"“{at}” must be a list of objects")
    for number, element in enumerate(elements):
        yield f"{at}[{number}]", json_text.object_in(element, "data")
