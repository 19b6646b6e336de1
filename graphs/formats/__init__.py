"""Write and read prerequisite graphs as files that other tools know.

A new format is one module with `write(graph) -> str` and `read(text) -> Rows`, and one line in `FORMATS`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from graphs.building import PrerequisiteGraph
from graphs.errors import UnknownFormat
from graphs.formats import edge_list, graphml, node_link
from graphs.formats.rows import Rows, assemble


class Writer(Protocol):
    """Turns an acyclic graph with node and edge attributes into text."""

    def __call__(self, graph: PrerequisiteGraph) -> str: ...


class Reader(Protocol):
    """Turns text into rows that have not been judged yet."""

    def __call__(self, text: str) -> Rows: ...


class Format(NamedTuple):
    """One exchange format: how it is written and read, and what it is called on the wire."""

    write: Writer
    read: Reader
    content_type: str
    suffix: str


FORMATS: dict[str, Format] = {
    "node-link": Format(node_link.write, node_link.read, "application/json", ".json"),
    "graphml": Format(graphml.write, graphml.read, "application/graphml+xml", ".graphml"),
    "csv": Format(edge_list.write, edge_list.read, "text/csv", ".csv"),
}


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
