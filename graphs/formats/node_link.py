"""Node-link JSON: the form that networkx, D3 and most graph libraries share.

Older files call their edges `links`; they are read too. What we write says `edges` and carries a
`schema_version`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph, UnwritableGraph
from graphs.formats.rows import ConceptRow, EdgeRow, Rows

NAME = "node-link JSON"
SCHEMA_VERSION = 1


def to_node_link(graph: PrerequisiteGraph) -> dict[str, Any]:
    """Return the graph as one JSON object, for an answer that is JSON anyway.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> to_node_link(build_graph("ab", edges=[Edge("a", "b", 0.5)]))["edges"]
    [{'confidence': 0.5, 'source': 'a', 'target': 'b'}]
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "directed": True,
        "multigraph": False,
        "graph": dict(graph.graph),
        "nodes": [{**attributes, "id": concept} for concept, attributes in graph.nodes(data=True)],
        "edges": [
            {**attributes, "source": source, "target": target}
            for source, target, attributes in graph.edges(data=True)
        ],
    }


def write(graph: PrerequisiteGraph) -> str:
    """Write node-link JSON, indented so that a difference between two versions can be read.

    Raises
    ------
    UnwritableGraph
        If an attribute is nothing that JSON can carry.

    Examples
    --------
    >>> from graphs.building import build_graph
    >>> read(write(build_graph(["count"], edges=[]))).concepts[0].id
    'count'
    """
    try:
        return json.dumps(to_node_link(graph), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    except (TypeError, ValueError) as exc:
        raise UnwritableGraph(NAME, str(exc)) from exc


def read(text: str) -> Rows:
    """Read node-link JSON with `edges` or `links`; number ids become text.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> rows = read('{"nodes": [{"id": 1}, {"id": 2}], "links": [{"source": 1, "target": 2}]}')
    >>> rows.edges[0].source, rows.edges[0].target
    ('1', '2')
    """
    data = _load(text)
    edges_key = "edges" if "edges" in data else "links"
    nodes, edges = _entries(data, "nodes"), _entries(data, edges_key)
    attributes = data.get("graph", {})
    return Rows(
        tuple(
            ConceptRow(f"nodes[{number}]", _id(node, "id"), _without(node, "id"))
            for number, node in enumerate(nodes)
        ),
        tuple(
            EdgeRow(
                f"{edges_key}[{number}]",
                _id(edge, "source"),
                _id(edge, "target"),
                _without(edge, "source", "target", "key"),
            )
            for number, edge in enumerate(edges)
        ),
        attributes if isinstance(attributes, dict) else {},
    )


def _load(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise UnreadableGraph(NAME, f"it is not JSON ({exc})") from exc
    if not isinstance(data, dict):
        raise UnreadableGraph(NAME, "the outermost thing must be an object with “nodes” and “edges”")
    if data.get("directed") is False:
        raise UnreadableGraph(NAME, "it is undirected; a prerequisite has a direction")
    version = data.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise UnreadableGraph(NAME, f"its schema_version is {version}; this reader knows {SCHEMA_VERSION}")
    return data


def _entries(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    entries = data.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnreadableGraph(NAME, f"“{key}” must be a list of objects")
    return entries


def _id(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def _without(entry: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}
