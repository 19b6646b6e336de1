"""Puts a document together block by block, keeping every offset right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from research.errors import DocumentTooLarge, NothingToRead
from research.parsing.structure import Block, BlockKind, Mark, MarkKind, ParsedDocument

MAX_TEXT_CHARS = 5_000_000
MAX_TITLE_CHARS = 300
SEPARATOR = "\n\n"

# Control characters, lone surrogates (they cannot be stored) and zero-width characters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")


def clean_characters(text: str) -> str:
    """Return ``text`` without characters that no reader sees and no database keeps."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class InlineText:
    """The words of one block while they are being collected, with the marks over them.

    White space is collapsed as a browser does, unless ``verbatim``.

    Examples
    --------
    >>> words = InlineText()
    >>> words.write("A  ")
    >>> with words.marked(MarkKind.EMPHASIS):
    ...     words.write(" cairn ")
    >>> words.text, words.marks[0].start, words.marks[0].end
    ('A cairn ', 2, 7)
    """

    def __init__(self, *, verbatim: bool = False) -> None:
        self.verbatim = verbatim
        self.marks: list[Mark] = []
        self._parts: list[str] = []
        self._length = 0
        self._last = "\n"

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def __bool__(self) -> bool:
        return self._length > 0

    def write(self, text: str) -> None:
        """Add words."""
        text = clean_characters(text)
        if not self.verbatim:
            text = _SPACE.sub(" ", text)
            if self._last.isspace():
                text = text.removeprefix(" ")
        self._append(text)

    def break_line(self) -> None:
        """Begin a new line inside the block."""
        if self:
            self._append("\n")

    def anchor(self, name: str) -> None:
        """Make this place one that can be linked to."""
        if name:
            self.marks.append(Mark(MarkKind.ANCHOR, self._length, self._length, name))

    @contextmanager
    def marked(self, kind: MarkKind, *, target: str = "") -> Iterator[None]:
        """Mark what is written inside the block of this context."""
        start, part = self._length, len(self._parts)
        yield
        words = "".join(self._parts[part:])
        if words.strip():
            start += len(words) - len(words.lstrip())
            self.marks.append(Mark(kind, start, start + len(words.strip()), target))

    @property
    def last_character(self) -> str:
        return self._last

    def _append(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)
            self._last = text[-1]


class DocumentBuilder:
    """Collects blocks into a `ParsedDocument`."""

    def __init__(self, *, extractor: str, max_chars: int = MAX_TEXT_CHARS) -> None:
        self.extractor = extractor
        self.blocks: list[Block] = []
        self._max_chars = max_chars
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._waiting_anchors: list[str] = []

    def add(
        self,
        kind: BlockKind,
        words: InlineText | str,
        *,
        level: int = 0,
        page: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Add one block; anchors of an empty one go to the block that follows.

        Raises
        ------
        DocumentTooLarge
            If the text grows beyond the limit.
        """
        if isinstance(words, str):
            text, marks = clean_characters(words), []
        else:
            text, marks = words.text, words.marks
        verbatim = kind in (BlockKind.CODE, BlockKind.TABLE)
        shown = text.strip("\n").rstrip() if verbatim else text.strip()
        if not shown.strip():
            self._waiting_anchors += [mark.target for mark in marks if mark.kind == MarkKind.ANCHOR]
            return
        separator = SEPARATOR if self._parts else ""
        start = self._length + len(separator)
        end = start + len(shown)
        if end > self._max_chars:
            raise DocumentTooLarge(size=end, limit=self._max_chars, unit="characters")
        self._parts += [separator, shown]
        self._length = end
        self._place_marks(marks, start=start, end=end, cut=text.find(shown))
        self.blocks.append(Block(kind, start, end, level, page, seconds))

    def _place_marks(self, marks: list[Mark], *, start: int, end: int, cut: int) -> None:
        self._marks += [Mark(MarkKind.ANCHOR, start, start, name) for name in self._waiting_anchors]
        self._waiting_anchors = []
        for mark in marks:
            first = min(max(mark.start - cut + start, start), end)
            last = min(max(mark.end - cut + start, first), end)
            if last > first or mark.kind == MarkKind.ANCHOR:
                self._marks.append(Mark(mark.kind, first, last, mark.target))

    def anchor(self, name: str) -> None:
        """Let the next block be linked to by ``name``."""
        if name:
            self._waiting_anchors.append(name)

    def build(self, *, title: str = "", language: str = "") -> ParsedDocument:
        """Return the document; without ``title`` its first heading is the title.

        Raises
        ------
        NothingToRead
            If no block was added.
        """
        if not self.blocks:
            raise NothingToRead()
        text = "".join(self._parts)
        headings = [block for block in self.blocks if block.kind == BlockKind.HEADING]
        # Without a title the highest of the first headings names the document.
        first = min(headings[:5], key=lambda block: (block.level, block.start), default=None)
        named = title or (text[first.start : first.end] if first else "")
        marks = sorted(self._marks, key=lambda mark: (mark.start, mark.end, mark.kind, mark.target))
        return ParsedDocument(
            title=_SPACE.sub(" ", clean_characters(named)).strip()[:MAX_TITLE_CHARS],
            text=text,
            blocks=tuple(self.blocks),
            marks=tuple(marks),
            language=language,
            extractor=self.extractor,
        )
