"""Mermaid flowcharts: what GitHub, GitLab, Obsidian and Notion draw inside a page of text.

A flowchart holds little: of a concept its id, its name and whether it is only proposed; of a prerequisite
its confidence and whether it is only proposed. Definitions, aliases, reasons and quotes are not carried.
Ids are written in letters that Mermaid accepts. Mermaid itself draws no more than 500 prerequisites unless
its `maxEdges` is raised.

Source: Mermaid documentation, "Flowcharts Syntax".
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import ARROW, RefusedRow
from graphs.formats.mermaid_syntax import Flowchart, Link, parse
from graphs.formats.rows import NO_HEAD, TWO_HEADS, ConceptRow, EdgeRow, Rows, called_by_name, one_line

OURS = "Written by Cairn"
CONCEPT_FIELDS = frozenset({"name", "status"})
EDGE_FIELDS = frozenset({"confidence", "status"})

_ID_PREFIX = "k_"
_IN_ID = re.compile(r"_([0-9a-f]+)_")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9-]|^-|-(?=-)|-$")
_ENTITY = re.compile(r"#(\w+);")
_PROPOSED = "proposed"


def write(graph: PrerequisiteGraph) -> str:
    """Write a flowchart from the top down.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph(["count", "add"], edges=[Edge("count", "add", 0.5)])
    >>> graph.nodes["count"]["name"] = 'Count "on"'
    >>> print(write(graph), end="")
    flowchart TD
      %% Written by Cairn; an id is k_ and the key, other characters as _hex_
      k_count["Count #34;on#34;"]
      k_add
      k_count -->|0.5| k_add
    """
    lines = [
        "flowchart TD",
        f"  %% {OURS}; an id is {_ID_PREFIX} and the key, other characters as _hex_",
        *(f"  {_node(concept, data)}" for concept, data in graph.nodes(data=True)),
        *(f"  {_link(source, target, data)}" for source, target, data in graph.edges(data=True)),
    ]
    if any(f":::{_PROPOSED}" in line for line in lines):
        lines.append(f"  classDef {_PROPOSED} stroke-dasharray: 4")
    return "\n".join(lines) + "\n"


def read(text: str) -> Rows:
    """Read a flowchart, also one inside a page of Markdown.

    In a file that is not ours a node goes by the text in its box. A line without an arrow, or with two, is
    refused; so is an arrow to or from a subgraph. What stands on an arrow is its confidence if it is a number
    from 0 to 1, and its reason otherwise.

    Raises
    ------
    UnreadableGraph
        With the line.

    Examples
    --------
    >>> rows = read('''graph LR
    ...     A[Count] --> B(Add) & C{Compare}
    ...     B -->|repeated| D[Multiply]''')
    >>> [row.what for row in rows.edges]
    ['Count → Add', 'Count → Compare', 'Add → Multiply']
    """
    chart = parse(text)
    ours = any(OURS in comment for comment in chart.comments)
    rows = _rows(chart, ours=ours)
    if ours:
        return called_by_name(rows, {node: _key(node) for node in chart.nodes})
    return called_by_name(rows, {row.id: row.attributes["name"] for row in rows.concepts})


def _rows(chart: Flowchart, *, ours: bool) -> Rows:
    edges = []
    refused = []
    for link in chart.links:
        reason = _why_not(link, chart)
        if reason:
            what = ARROW.join(one_line(chart.nodes[end].label or end) for end in (link.source, link.target))
            refused.append(RefusedRow(f"line {link.line}", what, reason))
        else:
            source, target = (link.target, link.source) if link.head_at_start else (link.source, link.target)
            edges.append(EdgeRow(f"line {link.line}", source, target, _said_on(link, ours=ours)))
    concepts = [
        ConceptRow(f"line {node.line}", name, _said_in(name, node.label, node.classes, ours=ours))
        for name, node in chart.nodes.items()
        if name not in chart.subgraphs
    ]
    return Rows(tuple(concepts), tuple(edges), {}, tuple(refused))


def _why_not(link: Link, chart: Flowchart) -> str:
    group = next((end for end in (link.source, link.target) if end in chart.subgraphs), None)
    if group is not None:
        return f"“{group}” is a subgraph, not a concept"
    if link.head_at_start == link.head_at_end:
        return TWO_HEADS if link.head_at_end else NO_HEAD
    return ""


def _said_in(node: str, label: str | None, classes: tuple[str, ...], *, ours: bool) -> dict[str, Any]:
    status = {"status": _PROPOSED} if ours and _PROPOSED in classes else {}
    if ours:
        return {**({} if label is None else {"name": _unescaped(label)}), **status}
    return {"name": one_line(_unescaped(label or "")) or node}


def _said_on(link: Link, *, ours: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"status": _PROPOSED} if ours and link.is_dotted else {}
    label = one_line(_unescaped(link.label))
    if not label:
        return said
    try:
        confidence = float(label)
    except ValueError:
        return {**said, "reason": label}
    return {**said, "confidence": confidence} if 0 <= confidence <= 1 else {**said, "reason": label}


def _node(concept: str, data: Mapping[str, Any]) -> str:
    name = data.get("name")
    box = f'["{_escaped(name)}"]' if isinstance(name, str) else ""
    return f"{_id(concept)}{box}" + (f":::{_PROPOSED}" if data.get("status") == _PROPOSED else "")


def _link(source: str, target: str, data: Mapping[str, Any]) -> str:
    arrow = "-.->" if data.get("status") == _PROPOSED else "-->"
    confidence = float(data.get("confidence", 1.0))
    return f"{_id(source)} {arrow}{'' if confidence == 1 else f'|{confidence!r}|'} {_id(target)}"


def _id(concept: str) -> str:
    return _ID_PREFIX + _NOT_IN_ID.sub(lambda match: f"_{ord(match[0]):x}_", concept)


def _key(node: str) -> str:
    decoded = _IN_ID.sub(lambda match: _character(int(match[1], 16)), node.removeprefix(_ID_PREFIX))
    return decoded or node


def _escaped(name: str) -> str:
    """Write whatever could mean something to Mermaid or to HTML as an entity of Mermaid's."""
    kept = "".join(
        character
        if character.isalnum() or character in ",.()'!?/+-" or (character == " " and 0 < at < len(name) - 1)
        else f"#{ord(character)};"
        for at, character in enumerate(name)
    )
    # Mermaid takes the rest of a line for a command where it reads this word and a space.
    return kept.replace("direction ", "directio#110; ") or "#8203;"


def _unescaped(label: str) -> str:
    return "" if label == "#8203;" else _ENTITY.sub(_entity, label)


def _entity(match: re.Match[str]) -> str:
    if match[1].isdecimal():
        return _character(int(match[1]))
    character = html.unescape(f"&{match[1]};")
    return match[0] if character.startswith("&") and match[1] != "amp" else character


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
