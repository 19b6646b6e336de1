"""What docs/formats.md says each format carries is what the code says, which the round trips prove."""

from __future__ import annotations

from pathlib import Path

from graphs.formats import FORMATS, Format

DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"
CONCEPT = {"name": "name", "aliases": "aliases", "definition": "summary", "quotes": "evidence"}
EDGE = {"confidence": "confidence", "reason": "reason"}


def rows() -> dict[str, dict[str, str]]:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    head = next(line for line in lines if line.startswith("| name | file |"))
    columns = [cell.strip() for cell in head.strip("|").split("|")]
    table = lines[lines.index(head) + 2 :]
    found = {}
    for line in table[: table.index("")]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        found[cells[0].strip("`")] = dict(zip(columns, cells, strict=True))
    return found


def says(fields: frozenset[str] | None, field: str) -> bool:
    return fields is None or field in fields


def told(known: Format) -> dict[str, bool]:
    return {
        **{column: says(known.concept_fields, field) for column, field in CONCEPT.items()},
        **{column: says(known.edge_fields, field) for column, field in EDGE.items()},
        "status": says(known.concept_fields, "status"),
        "status of an edge": says(known.edge_fields, "status"),
        "other fields of a concept": known.concept_fields is None,
    }


def test_the_table_names_every_format_and_its_suffix() -> None:
    assert {name: row["file"] for name, row in rows().items()} == {
        name: known.suffix for name, known in FORMATS.items()
    }


def test_the_table_says_what_each_format_carries() -> None:
    for name, known in FORMATS.items():
        row = rows()[name]
        for column, is_carried in told(known).items():
            assert (row[column] != "-") == is_carried, (name, column)
