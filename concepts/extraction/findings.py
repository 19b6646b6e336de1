"""What an extractor gives back: concepts and edges, each with the words it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from concepts.extraction.material import Material
from research.spans import Span

# Called with what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Report to nobody."""


class EvidenceKind(StrEnum):
    """Why a span speaks for a concept or an edge."""

    DEFINITION = "definition"
    MENTION = "mention"
    HEADING = "heading"
    LINK = "link"
    ORDER = "order"
    MODEL = "model"


class EdgeStatus(StrEnum):
    """What the extractor thinks of an edge; an educator may think otherwise."""

    ACCEPTED = "accepted"
    PROPOSED = "proposed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A span that speaks for something, or (``supports`` False) for the edge in the other direction."""

    kind: EvidenceKind
    span: Span
    supports: bool = True


@dataclass(frozen=True, slots=True)
class FoundConcept:
    """One thing to understand.

    Attributes
    ----------
    key
        Readable and unique in the extraction: the name in lower case with hyphens.
    definition
        The sentence that says what it is, or None where the sources only use it.
    mentions
        Evidence spans: headings first, then the first uses in reading order.
    confidence
        How sure the engine is that this is a concept of the subject, 0..1.
    position
        Rank in the order of first teaching, from 0.
    """

    key: str
    name: str
    aliases: tuple[str, ...]
    definition: Span | None
    mentions: tuple[EvidenceItem, ...]
    confidence: float
    position: int


@dataclass(frozen=True, slots=True)
class FoundEdge:
    """``prerequisite`` is required by ``dependent`` (keys of found concepts)."""

    prerequisite: str
    dependent: str
    confidence: float
    reverse_confidence: float
    evidence: tuple[EvidenceItem, ...]
    status: EdgeStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that was found in one run.

    Attributes
    ----------
    dropped
        How many findings were thrown away, by reason.
    engine
        Name of the engine that found it.
    calls
        Model calls made; 0 for the embedded engine.
    """

    concepts: tuple[FoundConcept, ...]
    edges: tuple[FoundEdge, ...]
    engine: str
    dropped: dict[str, int] = field(default_factory=dict)
    calls: int = 0


class ConceptExtractor(Protocol):
    """The task of finding a subject's concepts and their prerequisites."""

    name: str

    def extract(self, material: Material, *, progress: Progress = no_progress) -> Extraction:
        """Read the material and return what was found; the same material gives the same findings."""
        ...
