"""CSV edge list: `source,target`, what a spreadsheet makes.

More columns become attributes of the prerequisite; an empty cell is no attribute. A row without a target
names a concept that stands alone. Attributes of concepts are not carried.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph
from graphs.formats.rows import ConceptRow, EdgeRow, Rows

NAME = "CSV"
ENDS = ("source", "target")


def write(graph: PrerequisiteGraph) -> str:
    """Write one line for each prerequisite, then one for each concept without any.

    Attributes that are neither text nor number are written as JSON.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> print(write(build_graph("abc", edges=[Edge("a", "b")])), end="")
    source,target,confidence
    a,b,1.0
    c,,
    """
    columns = sorted({key for *_, attributes in graph.edges(data=True) for key in attributes} - {*ENDS})
    page = io.StringIO()
    writer = csv.DictWriter(page, [*ENDS, *columns], lineterminator="\n")
    writer.writeheader()
    for source, target, attributes in graph.edges(data=True):
        cells = {key: _cell(value) for key, value in attributes.items() if key not in ENDS}
        writer.writerow({**cells, "source": source, "target": target})
    writer.writerows({"source": concept} for concept, degree in graph.degree() if degree == 0)
    return page.getvalue()


def read(text: str) -> Rows:
    """Read a comma-separated file whose first line names the columns.

    Raises
    ------
    UnreadableGraph
        If there is no `source` or no `target` column, or the quoting is broken.

    Examples
    --------
    >>> read("source,target,reason\\na,b,counting comes first\\n").edges[0].attributes
    {'reason': 'counting comes first'}
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    concepts: dict[str, ConceptRow] = {}
    edges = []
    try:
        reader.fieldnames = [(name or "").strip() for name in reader.fieldnames or ()]
        if not {*ENDS} <= {*reader.fieldnames}:
            raise UnreadableGraph(NAME, "its first line must name the columns “source” and “target”")
        for line in reader:
            where = f"line {reader.line_num}"
            source, target = (_text(line.get(end)) for end in ENDS)
            for concept in (source, target):
                if concept:
                    concepts.setdefault(concept, ConceptRow(where, concept))
            if target or not source:
                edges.append(EdgeRow(where, source, target, _attributes(line)))
    except csv.Error as exc:
        raise UnreadableGraph(NAME, f"line {reader.line_num}: {exc}") from exc
    return Rows(tuple(concepts.values()), tuple(edges))


def _attributes(line: dict[str | Any, str | Any]) -> dict[str, Any]:
    """Leave out empty cells, and what stands beyond the last named column (its key is None)."""
    return {key: value for key, value in line.items() if key and key not in ENDS and value}


def _text(value: str | None) -> str:
    return (value or "").strip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
