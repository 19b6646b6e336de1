"""PDF: the text of each page as paragraphs and headings that know their page."""

from __future__ import annotations

import importlib.metadata
import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from research.errors import (
    DocumentTooSlow,
    PdfHasTooManyPages,
    PdfIsBroken,
    PdfIsEncrypted,
    PdfIsScanned,
    SourceUnreadable,
)
from research.parsing.building import DocumentBuilder
from research.parsing.structure import BlockKind, ParsedDocument

MAX_PAGES = 1000
MAX_SECONDS = 300.0
_FEWEST_CHARS_PER_PAGE = 15
_HEADING_LARGER = 1.12
_LONGEST_HEADING = 120
_SENTENCE_END = re.compile(r"""[.!?:]['"’”)\]]*$""")
_BULLET = re.compile(r"(?:[•‣◦▪●\-–*]|\(?\d{1,2}[.)])\s+")
_DIGITS = re.compile(r"\d+")
_MONOSPACE = re.compile(r"mono|courier|consol|typewriter|cmtt", re.I)


@dataclass(slots=True)
class Line:
    """One line of a page: its words, the height of its letters in points, and how far down it stands."""

    text: str
    size: float
    down: float
    page: int
    monospace: bool


def parse_pdf(
    data: bytes, *, title: str = "", max_pages: int = MAX_PAGES, max_seconds: float = MAX_SECONDS
) -> ParsedDocument:
    """Return the text of a PDF; running heads and page numbers are left out.

    Raises
    ------
    PdfIsEncrypted, PdfIsScanned, PdfHasTooManyPages, PdfIsBroken
        Each says what the owner of the file can do.
    DocumentTooSlow
        If reading takes longer than ``max_seconds``.
    """
    began = time.monotonic()
    try:
        reader = _opened(data)
        if len(reader.pages) > max_pages:
            raise PdfHasTooManyPages(pages=len(reader.pages), limit=max_pages)
        pages = []
        for number, page in enumerate(reader.pages, start=1):
            pages.append(_lines(page, number=number))
            if time.monotonic() - began > max_seconds:
                raise DocumentTooSlow(limit_s=max_seconds)
        own_title = str((reader.metadata and reader.metadata.title) or "")
    except SourceUnreadable:
        raise
    # pypdf lets every kind of exception out when a file is malformed; all of them mean the same here.
    except Exception as exc:
        raise PdfIsBroken(f"{type(exc).__name__}: {exc}") from exc
    if sum(len(line.text) for page in pages for line in page) < _FEWEST_CHARS_PER_PAGE * len(pages):
        raise PdfIsScanned(pages=len(pages))
    builder = DocumentBuilder(extractor=f"pdf 1 (pypdf {importlib.metadata.version('pypdf')})")
    _add_blocks(builder, _without_running_heads(pages))
    return builder.build(title=title or _usable_title(own_title))


def _opened(data: bytes) -> Any:
    from pypdf import PdfReader  # late: only the worker reads PDFs

    reader = PdfReader(io.BytesIO(data))
    # Many files are encrypted with an empty user password: anybody may read them.
    if reader.is_encrypted and not reader.decrypt(""):
        raise PdfIsEncrypted()
    return reader


def _usable_title(title: str) -> str:
    """Return the title in the file's metadata unless a word processor made it up."""
    made_up = re.search(r"untitled|\.(?:docx?|tex|dvi|indd|pdf|qxd)\b|^microsoft word", title, re.I)
    return "" if made_up else title.strip()


def _lines(page: Any, *, number: int) -> list[Line]:
    """Return the lines of one page with the size and place of their letters."""
    lines: list[Line] = []
    fragments: list[tuple[str, float, float, bool]] = []

    def visit(text: str, cm: list[float], tm: list[float], font: dict[str, Any] | None, size: float) -> None:
        scale = (abs(tm[3]) or abs(tm[1]) or 1.0) * (abs(cm[3]) or abs(cm[1]) or 1.0)
        down = -(tm[5] * cm[3] + cm[5])
        monospace = bool(font and _MONOSPACE.search(str(font.get("/BaseFont", ""))))
        first, *others = text.split("\n")
        fragments.append((first, size * scale, down, monospace))
        for part in others:
            end_line()
            fragments.append((part, size * scale, down, monospace))

    def end_line() -> None:
        text = "".join(fragment[0] for fragment in fragments)
        written = [fragment for fragment in fragments if fragment[0].strip()]
        if written:
            largest = max(written, key=lambda fragment: len(fragment[0]))
            all_monospace = all(fragment[3] for fragment in written)
            lines.append(Line(text.rstrip(), round(largest[1], 1), largest[2], number, all_monospace))
        fragments.clear()

    page.extract_text(visitor_text=visit)
    end_line()
    return lines


def _without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """Return the pages without lines that stand at the top or bottom of most pages, and page numbers."""
    edges = [{_shape(line) for line in [*page[:2], *page[-2:]]} for page in pages]
    counts = Counter(shape for edge in edges for shape in edge)
    # On alternate pages stand the title of the book and of the chapter.
    often = {
        shape for shape, count in counts.items() if len(pages) >= 4 and count >= max(3, 0.4 * len(pages))
    }

    def kept(at: int, page: list[Line]) -> bool:
        at_edge = at < 2 or at >= len(page) - 2
        is_number = re.fullmatch(r"[-–\s]*(?:page\s)?(?:\d{1,4}|[ivxl]{1,6})[-–\s]*", page[at].text, re.I)
        return not at_edge or not (is_number or _shape(page[at]) in often)

    return [[line for at, line in enumerate(page) if kept(at, page)] for page in pages]


def _shape(line: Line) -> str:
    return _DIGITS.sub("0", line.text.strip().casefold())


def _add_blocks(builder: DocumentBuilder, pages: list[list[Line]]) -> None:
    lines = [line for page in pages for line in page]
    if not lines:
        return
    sizes = Counter[float]()
    for line in lines:
        sizes[line.size] += len(line.text)
    body_size = sizes.most_common(1)[0][0]
    heading_sizes = sorted(
        {line.size for line in lines if line.size > body_size * _HEADING_LARGER}, reverse=True
    )
    width = sorted(len(line.text) for line in lines)[int(len(lines) * 0.9)]
    for group in _groups(lines, body_size=body_size, width=width):
        first = group[0]
        text = _joined(group)
        if first.monospace:
            builder.add(BlockKind.CODE, "\n".join(line.text for line in group), page=first.page)
        elif (
            first.size > body_size * _HEADING_LARGER
            and len(text) <= _LONGEST_HEADING
            and any(map(str.isalpha, text))
        ):
            level = min(6, heading_sizes.index(first.size) + 1)
            builder.add(BlockKind.HEADING, text, level=level, page=first.page)
        elif bullet := _BULLET.match(text):
            builder.add(BlockKind.LIST_ITEM, text[bullet.end() :], level=1, page=first.page)
        else:
            builder.add(BlockKind.PARAGRAPH, text, page=first.page)


def _groups(lines: list[Line], *, body_size: float, width: int) -> Iterator[list[Line]]:
    """Yield the lines of one paragraph, heading or listing at a time."""
    gaps = Counter(round(b.down - a.down) for a, b in pairwise(lines) if a.page == b.page and b.down > a.down)
    usual_gap = gaps.most_common(1)[0][0] if gaps else body_size * 1.2
    group = [lines[0]]
    for before, line in pairwise(lines):
        if _begins_block(before, line, usual_gap=usual_gap, width=width):
            yield group
            group = []
        group.append(line)
    yield group


def _begins_block(before: Line, line: Line, *, usual_gap: float, width: int) -> bool:
    if abs(line.size - before.size) > 0.6 or line.monospace != before.monospace:
        return True
    if _BULLET.match(line.text.strip()):
        return True
    if line.page != before.page:
        # A paragraph goes on over the page when its last line is no end of a sentence.
        return bool(_SENTENCE_END.search(before.text.strip())) or not line.text.strip()[:1].islower()
    if line.down - before.down > usual_gap * 1.4 + 1:
        return True
    short = len(before.text) < 0.75 * width
    return not line.monospace and short and bool(_SENTENCE_END.search(before.text.strip()))


def _joined(lines: list[Line]) -> str:
    """Return lines as running text; a word broken at the end of a line is made whole."""
    text = ""
    for line in lines:
        words = " ".join(line.text.split())
        if text.endswith("-") and len(text) > 1 and text[-2].isalpha() and words[:1].islower():
            text = text[:-1] + words
        else:
            text = f"{text} {words}" if text else words
    return text
