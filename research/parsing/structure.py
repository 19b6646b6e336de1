"""What every parser gives back: clean text, and standoff blocks and marks over it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

STRUCTURE_VERSION = 1


class BlockKind(StrEnum):
    """What a run of text is in its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    CODE = "code"
    TABLE = "table"
    TERM = "term"
    DEFINITION = "definition"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    CAPTION = "caption"


class MarkKind(StrEnum):
    """How a few words inside a block are set apart."""

    EMPHASIS = "emphasis"
    STRONG = "strong"
    CODE = "code"
    LINK = "link"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True)
class Block:
    """One run ``text[start:end]`` of a document.

    Attributes
    ----------
    level
        For headings 1 (the title) to 6; for list items the depth of nesting from 1; else 0.
    page
        Page number from 1, where the source has pages.
    seconds
        Time at which the words are first spoken, where the source is a recording.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    page: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Words ``text[start:end]`` that are emphasised, code, a link, or a place one can link to.

    Attributes
    ----------
    target
        For a link the address, or ``#fragment`` inside the same document; for an anchor its id.
        Anchors may be empty runs (``start == end``).
    """

    kind: MarkKind
    start: int
    end: int
    target: str = ""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """Clean text with everything else as offsets into it.

    Blocks are in reading order and do not overlap; between blocks there is only white space.

    Attributes
    ----------
    extractor
        Name and version of what read the bytes: results change between versions.

    Raises
    ------
    ValueError
        If blocks overlap, leave the text, or leave words outside.

    Examples
    --------
    >>> document = ParsedDocument("Cairns", "A pile of stones.", (Block(BlockKind.PARAGRAPH, 0, 17),), ())
    >>> from_json(to_json(document)) == document
    True
    """

    title: str
    text: str
    blocks: tuple[Block, ...]
    marks: tuple[Mark, ...]
    language: str = ""
    extractor: str = ""

    def __post_init__(self) -> None:
        at = 0
        for block in self.blocks:
            if not at <= block.start < block.end <= len(self.text):
                raise ValueError(f"Block {block} overlaps another, is empty, or leaves the text.")
            if self.text[at : block.start].strip():
                raise ValueError(f"There are words outside the blocks before offset {block.start}.")
            at = block.end
        if self.text[at:].strip():
            raise ValueError(f"There are words outside the blocks after offset {at}.")
        for mark in self.marks:
            if not 0 <= mark.start <= mark.end <= len(self.text):
                raise ValueError(f"Mark {mark} leaves the text.")


def to_json(document: ParsedDocument) -> dict[str, Any]:
    """Return what ``Document.structure`` stores; the text is stored too, so that it stands alone."""
    return {
        "version": STRUCTURE_VERSION,
        "title": document.title,
        "text": document.text,
        "language": document.language,
        "extractor": document.extractor,
        "blocks": [[b.kind.value, b.start, b.end, b.level, b.page, b.seconds] for b in document.blocks],
        "marks": [[m.kind.value, m.start, m.end, m.target] for m in document.marks],
    }


def from_json(data: dict[str, Any], *, text: str | None = None) -> ParsedDocument:
    """Return the document that `to_json` wrote.

    Parameters
    ----------
    text
        The document's text, where it is kept apart (``Document.text``) and not in ``data``.
    """
    return ParsedDocument(
        title=data["title"],
        text=data["text"] if text is None else text,
        blocks=tuple(
            Block(BlockKind(kind), start, end, level, page, seconds)
            for kind, start, end, level, page, seconds in data["blocks"]
        ),
        marks=tuple(Mark(MarkKind(kind), start, end, target) for kind, start, end, target in data["marks"]),
        language=data.get("language", ""),
        extractor=data.get("extractor", ""),
    )
