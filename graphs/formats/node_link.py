"""Node-link JSON: the form that networkx, D3 and most graph libraries share.

Older files call their edges `links`; they are read too. What we write says `edges` and carries a
`schema_version`. Every attribute that JSON can carry comes back as it was.
"""

from __future__ import annotations

from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph
from graphs.formats import json_text
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
    """Write node-link JSON.

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
    return json_text.dump(to_node_link(graph), name=NAME)


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
    nodes = json_text.entries(data, "nodes", name=NAME)
    edges = json_text.entries(data, edges_key, name=NAME)
    return Rows(
        tuple(
            ConceptRow(f"nodes[{number}]", json_text.id_in(node, "id"), json_text.without(node, "id"))
            for number, node in enumerate(nodes)
        ),
        tuple(
            EdgeRow(
                f"{edges_key}[{number}]",
                json_text.id_in(edge, "source"),
                json_text.id_in(edge, "target"),
                json_text.without(edge, "source", "target", "key"),
            )
            for number, edge in enumerate(edges)
        ),
        json_text.object_in(data, "graph"),
    )


def _load(text: str) -> dict[str, Any]:
    data = json_text.load_object(text, name=NAME, holds="“nodes” and “edges”")
    if data.get("directed") is False:
        raise UnreadableGraph(NAME, "it is undirected; a prerequisite has a direction")
    version = data.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise UnreadableGraph(NAME, f"its schema_version is {version}; this reader knows {SCHEMA_VERSION}")
    return data
