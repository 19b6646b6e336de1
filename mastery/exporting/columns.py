"""What the columns of research records hold: defined once for API, files and data dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

SCHEMA_VERSION = "1"
"""Raised whenever a column is taken away, renamed or comes to mean something else; a new one leaves it."""

Row: TypeAlias = Sequence[Any]
"""The values of one record, in the order of its columns."""


class Type(StrEnum):
    """How the values of a column are written."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
    type : Type
    meaning : str
        One sentence or two, with the unit or the range; without it there is no column.
    is_nullable : bool
        Whether the value may be missing.

    Raises
    ------
    ValueError
        If it does not say what it means.

    Examples
    --------
    >>> Column("score", Type.NUMBER, "0..1.").name
    'score'
    >>> Column("score", Type.NUMBER, " ")
    Traceback (most recent call last):
        ...
    ValueError: The column score does not say what it means.
    """

    name: str
    type: Type
    meaning: str
    is_nullable: bool = False

    def __post_init__(self) -> None:
        if not self.meaning.strip():
            raise ValueError(f"The column {self.name} does not say what it means.")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of record, in order.

    Attributes
    ----------
    name : str
    title : str
    about : str
        What one row is, and in which order rows come.
    columns : tuple of Column
    """

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def place(self, name: str) -> int:
        """Return where a column stands, from 0."""
        return self.names.index(name)


def data_dictionary(layouts: Iterable[Layout]) -> str:
    """Return the data dictionary as Markdown.

    Examples
    --------
    >>> tries = Layout("tries", "Tries", "One row a try.", (Column("score", Type.NUMBER, "0..1."),))
    >>> print(data_dictionary([tries]).splitlines()[-1])
    | `score` | number | no | 0..1. |
    """
    lines = [
        "# Data dictionary",
        "",
        f"Schema version {SCHEMA_VERSION}. Written by `manage.py data_dictionary`, as a test checks.",
    ]
    for layout in layouts:
        lines += ["", f"## {layout.title} (`{layout.name}`)", "", layout.about, ""]
        lines += ["| column | type | may be missing | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{one.name}` | {one.type} | {'yes' if one.is_nullable else 'no'} | {one.meaning} |"
            for one in layout.columns
        ]
    return "\n".join(lines) + "\n"
