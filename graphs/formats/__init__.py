"""Write and read prerequisite graphs as files that other tools know.

A new format is one module with `write(graph) -> str` and `read(text) -> Rows`, and one line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from graphs.building import PrerequisiteGraph
from graphs.errors import UnknownFormat
from graphs.formats import (
    case,
    cytoscape,
    dot,
    edge_list,
    graphml,
    json_canvas,
    json_text,
    mermaid,
    node_link,
    skos,
)
from graphs.formats.rows import Rows, assemble


class Writer(Protocol):
    """Turns an acyclic graph with node and edge attributes into text."""

    def __call__(self, graph: PrerequisiteGraph) -> str: ...


class Reader(Protocol):
    """Turns text into rows that have not been judged yet."""

    def __call__(self, text: str) -> Rows: ...


class Format(NamedTuple):
    """One exchange format: how it is written and read, what it is called, and what it carries.

    `concept_fields` and `edge_fields` are the attributes that come back as they were; None: every one.
    `is_drawn` says that it shows each concept at a place (`x`, `y`), `is_dated` that it wants the graph
    attribute `changed_at`.
    """

    write: Writer
    read: Reader
    title: str
    content_type: str
    suffix: str
    concept_fields: frozenset[str] | None = None
    edge_fields: frozenset[str] | None = None
    is_drawn: bool = False
    is_dated: bool = False


_NONE: frozenset[str] = frozenset()
_TEXTS = frozenset({"confidence", "origin", "prerequisite_id", "reason", "status"})

FORMATS: dict[str, Format] = {
    "node-link": Format(node_link.write, node_link.read, "node-link JSON", "application/json", ".json"),
    "graphml": Format(graphml.write, graphml.read, "GraphML", "application/graphml+xml", ".graphml"),
    "csv": Format(edge_list.write, edge_list.read, "CSV", "text/csv", ".csv", _NONE, _TEXTS),
    "cytoscape": Format(
        cytoscape.write, cytoscape.read, "Cytoscape JSON", "application/json", ".cyjs", is_drawn=True
    ),
    "dot": Format(dot.write, dot.read, "DOT (Graphviz)", "text/vnd.graphviz", ".dot"),
    "mermaid": Format(
        mermaid.write,
        mermaid.read,
        "Mermaid",
        "text/vnd.mermaid",
        ".mmd",
        mermaid.CONCEPT_FIELDS,
        mermaid.EDGE_FIELDS,
    ),
    "canvas": Format(
        json_canvas.write, json_canvas.read, "JSON Canvas", "application/json", ".canvas", is_drawn=True
    ),
    "case": Format(case.write, case.read, "CASE 1.1", "application/json", ".json", is_dated=True),
    "skos": Format(skos.write, skos.read, "SKOS JSON-LD", "application/ld+json", ".jsonld"),
}

OTHER_SUFFIXES = {".gv": "dot", ".mermaid": "mermaid", ".md": "mermaid", ".tsv": "csv", ".xml": "graphml"}
OTHER_CONTENT_TYPES = {
    "text/tab-separated-values": "csv",
    "application/vnd.ms-excel": "csv",
    "text/xml": "graphml",
    "application/xml": "graphml",
}
TOP_LEVEL_KEYS = {
    "CFItems": "case",
    "CFDocument": "case",
    "elements": "cytoscape",
    "@context": "skos",
    "@graph": "skos",
}


def guess_format(text: str, *, suffix: str = "", content_type: str = "") -> str:
    """Return the name of the format that a file is in, by what it is called and, for JSON, what it holds.

    Parameters
    ----------
    text : str
    suffix : str, optional
        With its dot.
    content_type : str, optional
        Without parameters.

    Raises
    ------
    UnknownFormat
        If neither says anything.

    Examples
    --------
    >>> guess_format('{"CFItems": []}', suffix=".json")
    'case'
    >>> guess_format("digraph {}", suffix=".gv")
    'dot'
    """
    other = OTHER_SUFFIXES.get(suffix) or OTHER_CONTENT_TYPES.get(content_type)
    named = [
        name
        for name, known in FORMATS.items()
        if suffix == known.suffix or content_type == known.content_type
    ]
    if not named and not other:
        raise UnknownFormat(suffix or content_type, known=sorted(FORMATS))
    if len(named) < 2:
        return other or named[0]
    return _guess_json(text)


def _guess_json(text: str) -> str:
    data = json_text.load(text, name="JSON")
    if not isinstance(data, Mapping):
        return "cytoscape" if isinstance(data, list) else "node-link"
    told = next((name for key, name in TOP_LEVEL_KEYS.items() if key in data), None)
    return told or ("canvas" if _is_canvas(data) else "node-link")


def _is_canvas(data: Mapping[str, Any]) -> bool:
    nodes, edges = data.get("nodes"), data.get("edges")
    return any(
        isinstance(entry, Mapping) and key in entry
        for entries, key in ((nodes, "width"), (edges, "fromNode"))
        if isinstance(entries, list)
        for entry in entries[:1]
    )


def find_format(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    UnknownFormat
        The message lists the known ones.

    Examples
    --------
    >>> find_format("csv").content_type
    'text/csv'
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise UnknownFormat(name, known=sorted(FORMATS)) from None


def write_graph(graph: PrerequisiteGraph, *, format_name: str) -> str:
    """Write a graph as text.

    Parameters
    ----------
    graph : networkx.DiGraph
        With any node and edge attributes that JSON can carry.
    format_name : str
        A key of `FORMATS`.

    Raises
    ------
    UnknownFormat, UnwritableGraph

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> print(write_graph(build_graph("ab", edges=[Edge("a", "b", 0.5)]), format_name="csv"), end="")
    source,target,confidence
    a,b,0.5
    """
    return find_format(format_name).write(graph)


def read_graph(text: str, *, format_name: str) -> PrerequisiteGraph:
    """Read a graph from text, wholly or not at all.

    Parameters
    ----------
    text : str
    format_name : str
        A key of `FORMATS`.

    Returns
    -------
    networkx.DiGraph
        Acyclic, every edge with a `confidence`.

    Raises
    ------
    UnknownFormat
    UnreadableGraph
        If the text is not in this format at all.
    ImportRefused
        If any row is wrong; it lists all that are, each with its reason.

    Examples
    --------
    >>> sorted(read_graph("source,target\\na,b\\n", format_name="csv").edges)
    [('a', 'b')]
    >>> read_graph("source,target\\na,b\\nb,a\\n", format_name="csv")
    Traceback (most recent call last):
        ...
    graphs.errors.ImportRefused: Nothing was imported: 1 row was refused. Correct it and try again.
    line 3: b → a: closes the circle a → b → a
    """
    return assemble(find_format(format_name).read(text))
