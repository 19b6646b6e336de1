"""JSON Canvas 1.0: a board that Obsidian and other note programs open and edit.

Each concept is a card with its name and definition, each prerequisite an arrow. What a card cannot show
(aliases, status, confidence) goes beside it under the key `cairn`, which programs that do not know it leave
alone; so every attribute that JSON can carry comes back. Where a card was rewritten, its text wins: the first
line is the name, the rest the definition.

Source: JSON Canvas Spec, version 1.0, 2024-03-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import ARROW, RefusedRow
from graphs.formats import json_text
from graphs.formats.rows import NO_HEAD, TWO_HEADS, ConceptRow, EdgeRow, Rows, called_by_name, one_line

NAME = "JSON Canvas"
OURS = "cairn"
CARD_WIDTH, CARD_HEIGHT = 320, 140
GAP = 60
COLUMNS = 6
_MARKS = re.compile(r"^[\s#>*+\-]+")


def write(graph: PrerequisiteGraph) -> str:
    """Write a canvas; cards lie where the graph says (`x`, `y`, a card is 1), or else in rows.

    Raises
    ------
    UnwritableGraph
        If an attribute is nothing that JSON can carry.

    Examples
    --------
    >>> from graphs.building import build_graph
    >>> graph = build_graph(["count"], edges=[])
    >>> graph.nodes["count"]["name"] = "Count"
    >>> read(write(graph)).concepts[0].attributes
    {'name': 'Count'}
    """
    cards: Iterable[Any] = graph.nodes(data=True)
    nodes = [_card(number, concept, data) for number, (concept, data) in enumerate(cards)]
    edges = [
        {
            "id": f"e{number}",
            "fromNode": source,
            "fromSide": "bottom",
            "toNode": target,
            "toSide": "top",
            "toEnd": "arrow",
            OURS: dict(data),
        }
        for number, (source, target, data) in enumerate(graph.edges(data=True))
    ]
    return json_text.dump({"nodes": nodes, "edges": edges, OURS: dict(graph.graph)}, name=NAME)


def read(text: str) -> Rows:
    """Read a canvas: cards, notes and links are concepts, groups are not.

    An arrow is a prerequisite, also one that was drawn backwards; a line without an arrow, or with two, is
    refused. What stands on an arrow is the reason for it.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> rows = read('{"nodes": [{"id": "6f", "type": "text", "text": "# Count"}], "edges": []}')
    >>> rows.concepts[0].id
    'Count'
    """
    board = json_text.load_object(text, name=NAME, holds="“nodes” and “edges”")
    cards = json_text.entries({"nodes": [], **board}, "nodes", name=NAME)
    arrows = json_text.entries({"edges": [], **board}, "edges", name=NAME)
    concepts = []
    names = {}
    for number, card in enumerate(cards):
        if card.get("type") == "group":
            continue
        row = ConceptRow(f"nodes[{number}]", json_text.id_in(card, "id"), _said_on(card))
        concepts.append(row)
        if OURS not in card and row.attributes.get("name"):
            names[row.id] = row.attributes["name"]
    edges = []
    refused = []
    for number, arrow in enumerate(arrows):
        ends = (json_text.id_in(arrow, "fromNode"), json_text.id_in(arrow, "toNode"))
        heads = (arrow.get("fromEnd", "none") == "arrow", arrow.get("toEnd", "arrow") == "arrow")
        if heads[0] == heads[1]:
            what = ARROW.join(names.get(end, end) for end in ends)
            refused.append(RefusedRow(f"edges[{number}]", what, TWO_HEADS if heads[0] else NO_HEAD))
        else:
            source, target = reversed(ends) if heads[0] else ends
            edges.append(EdgeRow(f"edges[{number}]", source, target, _said_beside(arrow)))
    rows = Rows(tuple(concepts), tuple(edges), json_text.object_in(board, OURS), tuple(refused))
    return called_by_name(rows, names)


def _card(number: int, concept: str, data: Mapping[str, Any]) -> dict[str, Any]:
    down, across = divmod(number, COLUMNS)
    x, y = across * (CARD_WIDTH + GAP), down * (CARD_HEIGHT + GAP)
    if _is_number(data.get("x")) and _is_number(data.get("y")):
        x, y = data["x"] * (CARD_WIDTH + GAP), data["y"] * (CARD_HEIGHT + GAP)
    return {
        "id": concept,
        "type": "text",
        "x": round(x),
        "y": round(y),
        "width": CARD_WIDTH,
        "height": CARD_HEIGHT,
        "text": _text_of(data) or concept,
        OURS: dict(data),
    }


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e9


def _text_of(data: Mapping[str, Any]) -> str:
    name, summary = data.get("name"), data.get("summary")
    head = f"**{one_line(name)}**" if isinstance(name, str) and name else ""
    return f"{head}\n\n{summary}" if isinstance(summary, str) and summary else head


def _said_on(card: Mapping[str, Any]) -> dict[str, Any]:
    ours = json_text.object_in(card, OURS)
    if card.get("type") == "file" and isinstance(card.get("file"), str):
        return {"name": PurePosixPath(card["file"]).stem, **ours}
    if card.get("type") == "link" and isinstance(card.get("url"), str):
        return {"name": card["url"], **ours}
    text = card.get("text")
    if not isinstance(text, str) or (OURS in card and text in {_text_of(ours), json_text.id_in(card, "id")}):
        return ours
    first, _, rest = text.strip().partition("\n")
    said = {**ours, "name": one_line(_MARKS.sub("", first).rstrip("*# ").strip())}
    return {**said, "summary": rest.strip()} if rest.strip() else said


def _said_beside(arrow: Mapping[str, Any]) -> dict[str, Any]:
    label = arrow.get("label")
    said = json_text.object_in(arrow, OURS)
    return {**said, "reason": label} if isinstance(label, str) and label.strip() else said
