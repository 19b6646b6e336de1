"""What can be wrong with a prerequisite graph, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

ARROW = " → "
SHOWN_ROWS = 20


class Edge(NamedTuple):
    """One prerequisite: `source` is required by `target`, believed with `confidence` in 0..1."""

    source: str
    target: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row of an imported file that was refused: where it stands, what it says, why it was refused."""

    where: str
    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.reason}"


class GraphError(Exception):
    """Anything that is wrong with a prerequisite graph."""


class SelfPrerequisite(GraphError):
    """A concept was said to require itself."""

    def __init__(self, concept: str) -> None:
        self.concept = concept
        super().__init__(f"“{concept}” cannot be its own prerequisite; choose two different concepts.")


class UnknownConcept(GraphError):
    """A prerequisite or a question names a concept that the graph does not hold."""

    def __init__(self, concept: str) -> None:
        self.concept = concept
        super().__init__(f"There is no concept “{concept}” in this graph; add it first or correct its name.")


class PrerequisiteCycle(GraphError):
    """A prerequisite would make concepts require one another in a circle.

    Parameters
    ----------
    cycle : sequence of str
        Concept ids in order: each is required by the one after it, the last by the first.
    weakest : Edge
        The edge of the cycle that was there before and that is believed least: the first candidate to go.
    names : mapping of str to str, optional
        What to call each concept in the message; the id where a name is missing.
    """

    def __init__(
        self, cycle: Sequence[str], *, weakest: Edge, names: Mapping[str, str] | None = None
    ) -> None:
        self.cycle = tuple(cycle)
        self.weakest = weakest
        self.names = {concept: (names or {}).get(concept, concept) for concept in self.cycle}
        super().__init__(
            f"These concepts would require one another in a circle: {self.path}. "
            f"The weakest link is {self._named(weakest)} ({weakest.confidence:.2f}); "
            "reject it, or leave the new prerequisite out."
        )

    @property
    def problem_members(self) -> dict[str, Any]:
        """The data of the error as plain values, for an answer that a program reads."""
        return {
            "cycle": [{"id": concept, "name": name} for concept, name in self.names.items()],
            "weakest": self.weakest._asdict(),
        }

    @property
    def path(self) -> str:
        """The whole circle in words, closing on the concept it began with."""
        return ARROW.join(self.names[concept] for concept in (*self.cycle, self.cycle[0]))

    def named(self, names: Mapping[str, str]) -> PrerequisiteCycle:
        """Return the same error with other names for the concepts."""
        return PrerequisiteCycle(self.cycle, weakest=self.weakest, names=names)

    def _named(self, edge: Edge) -> str:
        return f"{self.names.get(edge.source, edge.source)}{ARROW}{self.names.get(edge.target, edge.target)}"


class UnreadableGraph(GraphError):
    """A file is not a graph in the format it was said to be."""

    def __init__(self, format_name: str, reason: str) -> None:
        self.format_name = format_name
        self.reason = reason
        super().__init__(f"This is not a graph as {format_name}: {reason}")


class UnreadableText(GraphError):
    """A file is in an encoding that is not known."""

    def __init__(self, *, line: int, shown: str) -> None:
        self.line = line
        super().__init__(
            f"Line {line} is not UTF-8 text (as Windows-1252 it would read “{shown}”). "
            "Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”) and try again."
        )


class UnknownFormat(GraphError):
    """A graph was asked for in a format that is not known."""

    def __init__(self, format_name: str, *, known: Sequence[str]) -> None:
        self.format_name = format_name
        self.known = tuple(known)
        super().__init__(f"No graph format is called “{format_name}”; use one of {', '.join(known)}.")


class UnwritableGraph(GraphError):
    """A graph holds something that the format cannot carry."""

    def __init__(self, format_name: str, reason: str) -> None:
        self.format_name = format_name
        self.reason = reason
        super().__init__(f"This graph cannot be written as {format_name}: {reason}")


class ImportRefused(GraphError):
    """Some rows of an imported graph are wrong, so that none was taken.

    Parameters
    ----------
    rows : sequence of RefusedRow
        Every refused row, in the order of the file.
    """

    def __init__(self, rows: Sequence[RefusedRow]) -> None:
        self.rows = tuple(rows)
        self.problem_members = {
            "errors": [{"pointer": row.where, "detail": f"{row.what}: {row.reason}"} for row in self.rows]
        }
        many = len(self.rows) != 1
        listed = "\n".join(str(row) for row in self.rows[:SHOWN_ROWS])
        rest = len(self.rows) - SHOWN_ROWS
        more = f"\n… and {rest} more" if rest > 0 else ""
        super().__init__(
            f"Nothing was imported: {len(self.rows)} {'rows were' if many else 'row was'} refused. "
            f"Correct {'them' if many else 'it'} and try again.\n{listed}{more}"
        )
