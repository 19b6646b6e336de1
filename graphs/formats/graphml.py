"""GraphML: what yEd, Gephi and Cytoscape open.

GraphML carries text, numbers and truth values only. Every attribute with any other value (a list of aliases,
say) is written as JSON text, and the graph attribute `json_attributes` names it, so that it is read back as
it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast
from xml.etree.ElementTree import ParseError

import networkx as nx

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph, UnwritableGraph
from graphs.formats.rows import ConceptRow, EdgeRow, Rows

NAME = "GraphML"
JSON_ATTRIBUTES = "json_attributes"

# XML 1.0 cannot carry these characters, turns a carriage return into a line feed, and drops empty text.
NOT_FOR_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|^\\s*$|^\\s|\\s$")


def write(graph: PrerequisiteGraph) -> str:
    """Write GraphML.

    Raises
    ------
    UnwritableGraph
        If a concept id holds characters that XML cannot carry, or an attribute is nothing that JSON can.

    Examples
    --------
    >>> from graphs.building import build_graph
    >>> graph = build_graph(["count"], edges=[])
    >>> graph.nodes["count"]["aliases"] = ["tell", "number"]
    >>> read(write(graph)).concepts[0].attributes
    {'aliases': ['tell', 'number']}
    """
    wrong = next((concept for concept in graph if NOT_FOR_XML.search(concept)), None)
    if wrong is not None:
        raise UnwritableGraph(NAME, f"the id {wrong!r} holds characters that XML cannot carry")
    names = _names_for_json(graph)
    plain: PrerequisiteGraph = nx.DiGraph(**_encoded(graph.graph, names))
    if names:
        plain.graph[JSON_ATTRIBUTES] = json.dumps(sorted(names))
    plain.add_nodes_from((concept, _encoded(data, names)) for concept, data in graph.nodes(data=True))
    plain.add_edges_from(
        (source, target, _encoded(data, names)) for source, target, data in graph.edges(data=True)
    )
    return "\n".join(nx.generate_graphml(plain)) + "\n"


def read(text: str) -> Rows:
    """Read GraphML.

    A document type declaration is refused: a graph needs none, and entities can be made to blow up.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> read("<html/>")
    Traceback (most recent call last):
        ...
    graphs.errors.UnreadableGraph: This is not a graph as GraphML: it holds no graph
    """
    graph = _parse(text)
    names = _read_names(graph.graph.pop(JSON_ATTRIBUTES, "[]"))
    graph.graph.pop("node_default", None)
    graph.graph.pop("edge_default", None)
    concepts: Iterable[Any] = graph.nodes(data=True)
    links: Iterable[Any] = graph.edges(data=True)
    return Rows(
        tuple(
            ConceptRow(f"node {number}", str(concept), _decoded(data, names))
            for number, (concept, data) in enumerate(concepts, start=1)
        ),
        tuple(
            EdgeRow(f"edge {number}", str(source), str(target), _decoded(data, names))
            for number, (source, target, data) in enumerate(links, start=1)
        ),
        _decoded(graph.graph, names),
    )


def _parse(text: str) -> nx.MultiDiGraph[str]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnreadableGraph(NAME, "it holds a document type declaration; leave that out")
    try:
        # As a multigraph, so that an edge given twice is seen and refused rather than merged.
        graph = cast("nx.MultiDiGraph[str]", nx.parse_graphml(text, force_multigraph=True))
    except ParseError as exc:
        raise UnreadableGraph(NAME, f"it is not XML ({exc})") from exc
    except (nx.NetworkXError, ValueError, KeyError, TypeError) as exc:
        reason = "it holds no graph" if "not successfully read" in str(exc) else str(exc)
        raise UnreadableGraph(NAME, reason) from exc
    if not graph.is_directed():
        raise UnreadableGraph(NAME, "it is undirected; a prerequisite has a direction")
    return graph


def _names_for_json(graph: PrerequisiteGraph) -> set[str]:
    """Return the attributes of which any value cannot stand in GraphML as it is."""
    groups: Iterable[Mapping[str, Any]] = [
        graph.graph,
        *(data for _, data in graph.nodes(data=True)),
        *(data for *_, data in graph.edges(data=True)),
    ]
    kinds: dict[str, set[type]] = {}
    names = set()
    for data in groups:
        for name, value in data.items():
            kinds.setdefault(name, set()).add(type(value))
            if not _is_plain(value):
                names.add(name)
    return names | {name for name, types in kinds.items() if len(types) > 1}


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return not NOT_FOR_XML.search(value)
    return type(value) in (bool, int, float) and value == value  # NaN is not itself


def _encoded(data: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    try:
        return {
            name: json.dumps(value, allow_nan=False) if name in names else value
            for name, value in data.items()
        }
    except (TypeError, ValueError) as exc:
        raise UnwritableGraph(NAME, str(exc)) from exc


def _decoded(data: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Turn JSON text back; networkx adds the id that a file gave its edge, which is not ours."""
    try:
        return {
            name: json.loads(value) if name in names else value
            for name, value in data.items()
            if name != "id"
        }
    except (TypeError, ValueError) as exc:
        raise UnreadableGraph(NAME, f"an attribute said to be JSON is not ({exc})") from exc


def _read_names(text: Any) -> set[str]:
    try:
        names = json.loads(text)
    except (TypeError, ValueError) as exc:
        raise UnreadableGraph(NAME, f"its “{JSON_ATTRIBUTES}” is not JSON") from exc
    return {str(name) for name in names} if isinstance(names, list) else set()
