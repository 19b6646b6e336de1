"""GraphML: what yEd, Gephi and Cytoscape open.

GraphML carries text, numbers and truth values only; every other attribute goes through
`graphs.formats.typed_attributes`. An id, or an attribute name, with characters that XML cannot carry is
refused. The name `label` is what other programs call a thing by: a node with a label and no name goes by it.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable
from typing import Any, cast
from xml.etree.ElementTree import ParseError

import networkx as nx

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph, UnwritableGraph
from graphs.formats.rows import ConceptRow, EdgeRow, Rows, called_by_name, one_line
from graphs.formats.typed_attributes import JSON_ATTRIBUTES, decoded, encoded, names_for_json, read_names

NAME = "GraphML"

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
    names = names_for_json(graph, fits=_is_plain)
    plain: PrerequisiteGraph = nx.DiGraph(**encoded(graph.graph, names, format_name=NAME))
    if names:
        plain.graph[JSON_ATTRIBUTES] = json.dumps(sorted(names))
    plain.add_nodes_from(
        (concept, encoded(data, names, format_name=NAME)) for concept, data in graph.nodes(data=True)
    )
    plain.add_edges_from(
        (source, target, encoded(data, names, format_name=NAME))
        for source, target, data in graph.edges(data=True)
    )
    return "\n".join(nx.generate_graphml(plain)) + "\n"


def read(text: str) -> Rows:
    """Read GraphML, that of yEd and Gephi too.

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
    names = read_names(graph.graph.pop(JSON_ATTRIBUTES, "[]"), format_name=NAME)
    graph.graph.pop("node_default", None)
    graph.graph.pop("edge_default", None)
    concepts: Iterable[Any] = graph.nodes(data=True)
    links: Iterable[Any] = graph.edges(data=True)
    rows = Rows(
        tuple(
            ConceptRow(f"node {number}", str(concept), _concept(decoded(data, names, format_name=NAME)))
            for number, (concept, data) in enumerate(concepts, start=1)
        ),
        tuple(
            EdgeRow(f"edge {number}", str(source), str(target), _edge(decoded(data, names, format_name=NAME)))
            for number, (source, target, data) in enumerate(links, start=1)
        ),
        decoded(graph.graph, names, format_name=NAME),
    )
    labelled = {str(concept): _label(data) for concept, data in concepts if _is_labelled(data)}
    return called_by_name(rows, labelled)


def _parse(text: str) -> nx.MultiDiGraph[str]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnreadableGraph(NAME, "it holds a document type declaration; leave that out")
    try:
        with warnings.catch_warnings():
            # yEd's ports and untyped keys are not of interest here.
            warnings.simplefilter("ignore", UserWarning)
            # As a multigraph, so that an edge given twice is seen and refused rather than merged.
            graph = cast("nx.MultiDiGraph[str]", nx.parse_graphml(text, force_multigraph=True))
    except ParseError as exc:
        raise UnreadableGraph(NAME, f"it is not XML ({exc})") from exc
    except (nx.NetworkXError, ValueError, KeyError, TypeError, AttributeError) as exc:
        reason = "it holds no graph" if "not successfully read" in str(exc) else str(exc)
        raise UnreadableGraph(NAME, reason) from exc
    if not graph.is_directed():
        raise UnreadableGraph(NAME, "it is undirected; a prerequisite has a direction")
    return graph


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return not NOT_FOR_XML.search(value)
    return type(value) in (bool, int, float) and value == value  # NaN is not itself


def _is_labelled(data: dict[str, Any]) -> bool:
    return "name" not in data and bool(_label(data))


def _label(data: dict[str, Any]) -> str:
    return one_line(str(data.get("label") or ""))


def _concept(data: dict[str, Any]) -> dict[str, Any]:
    if not _is_labelled(data):
        return data
    return {
        **{key: value for key, value in data.items() if key != "label"},
        "name": _label(data),
    }


def _edge(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out the id that a file gave its edge, which is not ours; what yEd writes on it is a reason."""
    said = {key: value for key, value in data.items() if key not in {"id", "label"}}
    label = data.get("label")
    return {"reason": label, **said} if isinstance(label, str) and label.strip() else said
