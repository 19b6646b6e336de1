"""Judge the rows of an imported graph, and take all of them or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import networkx as nx

from graphs.building import PrerequisiteGraph, check_addition
from graphs.errors import (
    ARROW,
    GraphError,
    ImportRefused,
    PrerequisiteCycle,
    RefusedRow,
    UnreadableGraph,
)

MOST_EDGES = 200_000
"""More than any subject has; a few bytes of DOT or Mermaid can ask for millions ("{a b …} -> {c d …}")."""

NO_HEAD = "it has no arrow head; a prerequisite has a direction"
TWO_HEADS = "it points both ways; a prerequisite has one direction"

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class ConceptRow:
    """One concept as a file tells it; `id` is empty where the file gives none."""

    where: str
    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """One prerequisite as a file tells it; an end is empty where the file gives none."""

    where: str
    source: str
    target: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def what(self) -> str:
        return f"{self.source or '(nothing)'}{ARROW}{self.target or '(nothing)'}"


@dataclass(frozen=True, slots=True)
class Rows:
    """A whole file, not judged yet; `refused` is what its reader could already not make sense of."""

    concepts: tuple[ConceptRow, ...]
    edges: tuple[EdgeRow, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[RefusedRow, ...] = ()


class RowRefused(GraphError):
    """Why one row cannot be taken."""


def assemble(rows: Rows) -> PrerequisiteGraph:
    """Build an acyclic graph of all rows, or refuse with the reason for every wrong row.

    Parameters
    ----------
    rows : Rows
        An edge that closes a cycle with edges above it is the one refused.

    Returns
    -------
    networkx.DiGraph
        With the attributes of the rows; every edge has a `confidence` (1 where the file gives none).

    Raises
    ------
    ImportRefused

    Examples
    --------
    >>> rows = Rows((ConceptRow("nodes[0]", "a"),), (EdgeRow("edges[0]", "a", "b"),))
    >>> assemble(rows)
    Traceback (most recent call last):
        ...
    graphs.errors.ImportRefused: Nothing was imported: 1 row was refused. Correct it and try again.
    edges[0]: a → b: There is no concept “b” in this graph; add it first or correct its name.
    """
    graph: PrerequisiteGraph = nx.DiGraph(**rows.attributes)
    refused = list(rows.refused)
    for concept in rows.concepts:
        try:
            _add_concept(graph, concept)
        except RowRefused as reason:
            refused.append(RefusedRow(concept.where, concept.id or "(nothing)", str(reason)))
    for edge in rows.edges:
        try:
            _add_edge(graph, edge)
        except PrerequisiteCycle as cycle:
            refused.append(RefusedRow(edge.where, edge.what, f"closes the circle {cycle.path}"))
        except GraphError as reason:
            refused.append(RefusedRow(edge.where, edge.what, str(reason)))
    if refused:
        raise ImportRefused(refused)
    return graph


def called_by_name(rows: Rows, names: Mapping[str, str]) -> Rows:
    """Take names for ids, where a file's own ids say nothing ("n0", a hash, a row number of its tool).

    Parameters
    ----------
    rows : Rows
    names : mapping of str to str
        What to call which id; an id that is not in it stays.

    Examples
    --------
    >>> rows = Rows((ConceptRow("node 1", "n0"),), (EdgeRow("edge 1", "n0", "n1"),))
    >>> called_by_name(rows, {"n0": "Count"}).edges[0].what
    'Count → n1'
    """
    return replace(
        rows,
        concepts=tuple(replace(row, id=names.get(row.id, row.id)) for row in rows.concepts),
        edges=tuple(
            replace(row, source=names.get(row.source, row.source), target=names.get(row.target, row.target))
            for row in rows.edges
        ),
    )


def check_count(edges: int, *, name: str) -> None:
    """Refuse a file that makes more edges than `MOST_EDGES`, before they are made.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> check_count(7, name="DOT")
    """
    if edges > MOST_EDGES:
        raise UnreadableGraph(name, f"it holds more than {MOST_EDGES} prerequisites; import it in parts")


def one_line(text: str) -> str:
    """Return a name as other tools show it: tags and line breaks of a label become spaces.

    Examples
    --------
    >>> one_line("Count<br/>on")
    'Count on'
    """
    return " ".join(_TAG.sub(" ", text).split())


def _add_concept(graph: PrerequisiteGraph, row: ConceptRow) -> None:
    if not row.id:
        raise RowRefused("the concept has no id")
    if row.id in graph:
        raise RowRefused("this concept was given before")
    graph.add_nodes_from([(row.id, dict(row.attributes))])


def _add_edge(graph: PrerequisiteGraph, row: EdgeRow) -> None:
    if not row.source or not row.target:
        raise RowRefused("the source or the target is missing")
    confidence = _read_confidence(row.attributes.get("confidence", 1.0))
    if graph.has_edge(row.source, row.target):
        raise RowRefused("this prerequisite was given before")
    check_addition(graph, source=row.source, target=row.target)
    graph.add_edges_from([(row.source, row.target, {**row.attributes, "confidence": confidence})])


def _read_confidence(value: Any) -> float:
    """Accept a number or its text; `not in 0..1` also catches "nan"."""
    refusal = RowRefused(f"the confidence “{value}” is not a number from 0 to 1")
    if isinstance(value, bool):
        raise refusal
    try:
        confidence = float(value)
    except (TypeError, ValueError):
        raise refusal from None
    if not 0 <= confidence <= 1:
        raise refusal
    return confidence
