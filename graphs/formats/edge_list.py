"""CSV edge list: `source,target`, what a spreadsheet makes.

More columns become attributes of the prerequisite; an empty cell is no attribute. A row without a target
names a concept that stands alone. Attributes of concepts are not carried, nor is the type of an attribute:
all but the confidence comes back as text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph, UnwritableGraph
from graphs.formats.rows import ConceptRow, EdgeRow, Rows

NAME = "CSV"
ENDS = ("source", "target")
SEPARATORS = (",", ";", "\t", "|")
HEADERS = {
    "source": ("source", "prerequisite", "from", "first", "before"),
    "target": ("target", "concept", "dependent", "to", "then", "after"),
}


def write(graph: PrerequisiteGraph) -> str:
    """Write one line for each prerequisite, then one for each concept without any.

    Attributes that are neither text nor number are written as JSON.

    Raises
    ------
    UnwritableGraph
        If an id begins or ends with white space, which a reader of spreadsheets takes away.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> print(write(build_graph("abc", edges=[Edge("a", "b")])), end="")
    source,target,confidence
    a,b,1.0
    c,,
    """
    wrong = next((concept for concept in graph if concept != concept.strip() or "\x00" in concept), None)
    if wrong is not None:
        raise UnwritableGraph(NAME, f"the id {wrong!r} begins or ends with white space or holds a zero byte")
    columns = sorted({key for *_, attributes in graph.edges(data=True) for key in attributes} - {*ENDS})
    page = io.StringIO()
    plain = csv.DictWriter(page, [*ENDS, *columns], lineterminator="\n")
    # Python 3.11 leaves a carriage return unquoted, which then ends the row when it is read.
    quoting = csv.DictWriter(page, [*ENDS, *columns], lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writeheader()
    rows = [
        {"source": source, "target": target, **{key: _cell(said[key]) for key in said if key not in ENDS}}
        for source, target, said in graph.edges(data=True)
    ]
    alone = [{"source": concept} for concept, degree in graph.degree() if degree == 0]
    for row in (*rows, *alone):
        (quoting if any("\r" in cell for cell in row.values()) else plain).writerow(row)
    return page.getvalue()


def read(text: str) -> Rows:
    """Read a table whose first line names the columns, separated by comma, semicolon, tab or bar.

    The two ends may be called `source` and `target`, `prerequisite` and `concept`, `from` and `to`, `before`
    and `after`, in any order and in capitals too. In a table with semicolons a confidence may have a comma.

    Raises
    ------
    UnreadableGraph
        If there is no `source` or no `target` column, or the quoting is broken.

    Examples
    --------
    >>> read("source,target,reason\\na,b,counting comes first\\n").edges[0].attributes
    {'reason': 'counting comes first'}
    >>> read("Concept;Prerequisite;Confidence\\nAdd;Count;0,5\\n").edges[0]
    EdgeRow(where='line 2', source='Count', target='Add', attributes={'confidence': '0.5'})
    """
    text = text.removeprefix("\ufeff")
    separator = _separator(text)
    concepts: dict[str, ConceptRow] = {}
    edges = []
    for where, line in _lines(text, separator=separator):
        source, target = (_text(line.get(end)) for end in ENDS)
        for concept in (source, target):
            if concept:
                concepts.setdefault(concept, ConceptRow(where, concept))
        said = _attributes(line)
        if target or not source:
            if not source and not target and not said:
                continue  # a spreadsheet ends with rows of nothing but separators
            if separator != "," and "confidence" in said:
                said["confidence"] = str(said["confidence"]).replace(",", ".")
            edges.append(EdgeRow(where, source, target, said))
    return Rows(tuple(concepts.values()), tuple(edges))


def _lines(text: str, *, separator: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield each row with the number of its first line; rows may be longer than one."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    try:
        reader.fieldnames = _columns([(name or "").strip() for name in reader.fieldnames or ()])
        for line in reader:
            within = sum(str(cell).count("\n") for cell in line.values())
            yield f"line {reader.line_num - within}", line
    except csv.Error as exc:
        raise UnreadableGraph(NAME, f"line {reader.line_num}: {exc}") from exc


def _separator(text: str) -> str:
    """Return what stands most often in the first line."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(SEPARATORS, key=first.count)


def _columns(names: list[str]) -> list[str]:
    """Call the two ends `source` and `target`, whichever words the file has for them."""
    told = [name.casefold() for name in names]
    for end, words in HEADERS.items():
        known = next((word for word in words if word in told), None)
        if known is None:
            raise UnreadableGraph(
                NAME,
                "its first line must name the columns “source” and “target” "
                f"(or “prerequisite” and “concept”), not “{', '.join(names)[:80]}”",
            )
        names[told.index(known)] = end
    return ["confidence" if name.casefold() == "confidence" else name for name in names]


def _attributes(line: Mapping[str | Any, str | Any]) -> dict[str, Any]:
    """Leave out empty cells, and what stands beyond the last named column (its key is None)."""
    return {key: value for key, value in line.items() if key and key not in ENDS and value}


def _text(value: str | None) -> str:
    return (value or "").strip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
