"""Plain text: paragraphs, the few headings that can be told, list items and indented code."""

from __future__ import annotations

import re
import textwrap

from research.parsing.building import DocumentBuilder
from research.parsing.structure import BlockKind, ParsedDocument
from research.sentences import is_hard_wrapped

_BLANK = re.compile(r"\n(?:[ \t]*\n)+")
_UNDERLINE = re.compile(r"\s*(=+|-+|~+|\*+)\s*$")
_BULLET = re.compile(r"\s*(?:[-*+•‣◦▪]|\(?\d{1,3}[.)])\s+(?=\S)")
_NUMBERED_HEADING = re.compile(r"(?:chapter|part|section)?\s*(\d+(?:\.\d+)*)[.:]?\s+[A-ZÀ-Þ]", re.I)
_LONGEST_HEADING = 80


def parse_plain(text: str, *, title: str = "") -> ParsedDocument:
    """Return plain text as a document; hard-wrapped lines are joined.

    Examples
    --------
    >>> document = parse_plain("CAIRNS\\n\\nA pile of stones that\\nmarks a path.")
    >>> [(block.kind.value, document.text[block.start : block.end]) for block in document.blocks]
    [('heading', 'CAIRNS'), ('paragraph', 'A pile of stones that marks a path.')]
    """
    builder = DocumentBuilder(extractor="plain 1")
    for paragraph in _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")):
        _add_paragraph(builder, paragraph.strip("\n"))
    return builder.build(title=title)


def _add_paragraph(builder: DocumentBuilder, paragraph: str) -> None:
    lines = [line.rstrip() for line in paragraph.split("\n") if line.strip()]
    if not lines:
        return
    if all(line.startswith(("    ", "\t")) for line in lines) and not _BULLET.match(lines[0]):
        builder.add(BlockKind.CODE, textwrap.dedent("\n".join(lines)))
        return
    if len(lines) >= 2 and _UNDERLINE.match(lines[1]) and len(lines[0]) <= _LONGEST_HEADING:
        builder.add(BlockKind.HEADING, lines[0], level=1 if lines[1].strip()[0] == "=" else 2)
        lines = lines[2:]
    elif (level := _heading_level(lines)) > 0:
        builder.add(BlockKind.HEADING, lines[0], level=level)
        return
    for item in _items(lines):
        bullet = _BULLET.match(item[0])
        words = [item[0][bullet.end() :] if bullet else item[0], *item[1:]]
        joined = (" " if is_hard_wrapped(words) else "\n").join(line.strip() for line in words)
        builder.add(BlockKind.LIST_ITEM if bullet else BlockKind.PARAGRAPH, joined, level=1 if bullet else 0)


def _heading_level(lines: list[str]) -> int:
    """Return the level of a paragraph that is a heading: one short line in capitals or numbered; else 0."""
    line = lines[0].strip()
    if len(lines) > 1 or len(line) > _LONGEST_HEADING or line[-1] in ".!?,;:":
        return 0
    if line.isupper() and any(char.isalpha() for char in line):
        return 1
    numbered = _NUMBERED_HEADING.match(line)
    return numbered[1].count(".") + 1 if numbered else 0


def _items(lines: list[str]) -> list[list[str]]:
    """Split the lines of a paragraph where a list item begins."""
    items: list[list[str]] = [[]]
    for line in lines:
        if _BULLET.match(line) and items[-1]:
            items.append([])
        items[-1].append(line)
    return [item for item in items if item]
