"""DOT: what Graphviz draws.

The name of a concept is the label of its node, a prerequisite that is only proposed is dashed, and every
other attribute goes through `graphs.formats.typed_attributes` as an attribute that Graphviz leaves alone. An
id, a name or an attribute with a zero byte is refused; Graphviz ends every text there.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph, UnwritableGraph
from graphs.formats.dot_syntax import NAME, Statements, parse
from graphs.formats.rows import ConceptRow, EdgeRow, Rows, called_by_name, one_line
from graphs.formats.typed_attributes import JSON_ATTRIBUTES, decoded, encoded, names_for_json, read_names

MARK = "cairn"
"""The prefix of our own attributes: a bare `color` or `weight` of ours would change the picture."""

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LINE_BREAKS = {"n": "\n", "l": "\n", "r": "\n"}


def write(graph: PrerequisiteGraph) -> str:
    """Write a directed graph in DOT.

    Raises
    ------
    UnwritableGraph
        If a text holds a zero byte, or an attribute is nothing that JSON can carry.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph(["count", "add"], edges=[Edge("count", "add", 0.5)])
    >>> graph.nodes["count"]["name"] = "Count"
    >>> print(write(graph), end="")
    digraph {
      graph [cairn_json_attributes="[\\"confidence\\"]"];
      "count" [label="Count"];
      "add";
      "count" -> "add" [cairn_confidence="0.5"];
    }
    """
    names = names_for_json(graph, fits=lambda value: isinstance(value, str))
    head = encoded(graph.graph, names, format_name=NAME)
    is_plain = "name" not in names
    lines = [
        f"  graph [{_listed({**head, JSON_ATTRIBUTES: json.dumps(sorted(names))})}];",
        *(
            f"  {_quoted(concept)}{_node(encoded(data, names, format_name=NAME), is_plain=is_plain)};"
            for concept, data in graph.nodes(data=True)
        ),
        *(
            f"  {_quoted(source)} -> {_quoted(target)}{_edge(encoded(data, names, format_name=NAME), data)};"
            for source, target, data in graph.edges(data=True)
        ),
    ]
    text = "\n".join(["digraph {", *lines, "}"]) + "\n"
    if "\x00" in text:
        raise UnwritableGraph(NAME, "a name or an attribute holds a zero byte")
    return text


def read(text: str) -> Rows:
    """Read DOT: what people and programs write, and what Graphviz makes of it.

    In a file that is not ours a node goes by its label, where it has one of its own, and what stands on an
    edge is the reason for it. Sizes, colours and places are passed over.

    Raises
    ------
    UnreadableGraph
        With the line.

    Examples
    --------
    >>> read('digraph { n1 [label="Count on"]; n1 -> n2 }').edges[0].what
    'Count on → n2'
    """
    said = parse(text)
    if not said.is_directed:
        raise UnreadableGraph(NAME, "it is undirected (“graph”); a prerequisite has a direction (“digraph”)")
    return _ours(said) if f"{MARK}_{JSON_ATTRIBUTES}" in said.attributes else _foreign(said)


def _ours(said: Statements) -> Rows:
    head = _own(said.attributes)
    names = read_names(head.pop(JSON_ATTRIBUTES), format_name=NAME)

    def concept(attributes: Mapping[str, str]) -> dict[str, Any]:
        own = _own(attributes)
        label = attributes.get("label", r"\N")
        if label != r"\N":
            own["name"] = html.unescape(_unescaped(label))
        return decoded(own, names - {"name"} if "label" in attributes else names, format_name=NAME)

    return Rows(
        tuple(
            ConceptRow(f"line {line}", _unescaped(node), concept(attributes))
            for node, (line, attributes) in said.nodes.items()
        ),
        tuple(
            EdgeRow(
                f"line {line}",
                _unescaped(source),
                _unescaped(target),
                decoded(_own(attributes), names, format_name=NAME),
            )
            for line, source, target, attributes in said.edges
        ),
        decoded(head, names, format_name=NAME),
    )


def _foreign(said: Statements) -> Rows:
    labels = {
        node: label
        for node, (_, attributes) in said.nodes.items()
        if (label := _shown(attributes.get("label", ""), node=node))
    }
    rows = Rows(
        tuple(
            ConceptRow(f"line {line}", node, {"name": labels.get(node, one_line(_unescaped(node)))})
            for node, (line, _) in said.nodes.items()
        ),
        tuple(
            EdgeRow(f"line {line}", source, target, {"reason": reason} if reason else {})
            for line, source, target, attributes in said.edges
            for reason in [_shown(attributes.get("label", ""), node="")]
        ),
    )
    return called_by_name(rows, {node: labels.get(node, one_line(_unescaped(node))) for node in said.nodes})


def _shown(label: str, *, node: str) -> str:
    """Return a label as it is drawn, in one line: escapes and entities resolved, tags of HTML left out."""
    text = label.replace(r"\N", node)
    return one_line(html.unescape(text[1:-1] if text.startswith("<") else _unescaped(text)))


def _node(data: Mapping[str, Any], *, is_plain: bool) -> str:
    rest = {name: value for name, value in data.items() if name != "name" or not is_plain}
    label = f"label={_quoted(html.escape(data['name'], quote=False))}" if is_plain and "name" in data else ""
    listed = ", ".join(part for part in (label, _listed(rest)) if part)
    return f" [{listed}]" if listed else ""


def _edge(data: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    style = "style=dashed" if told.get("status") == "proposed" else ""
    listed = ", ".join(part for part in (style, _listed(data)) if part)
    return f" [{listed}]" if listed else ""


def _listed(data: Mapping[str, Any]) -> str:
    return ", ".join(f"{_attribute_name(name)}={_quoted(value)}" for name, value in data.items())


def _attribute_name(name: str) -> str:
    """Bare where it may stand bare, which is how people expect to read it."""
    own = f"{MARK}_{name}"
    return own if own.isidentifier() and own.isascii() else _quoted(own)


def _own(attributes: Mapping[str, str]) -> dict[str, Any]:
    prefix = f"{MARK}_"
    return {
        _unescaped(name.removeprefix(prefix)): _unescaped(value)
        for name, value in attributes.items()
        if name.startswith(prefix)
    }


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _LINE_BREAKS.get(match[1], match[1]), text)
