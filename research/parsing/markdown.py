"""Markdown, by the tokens of markdown-it: the text a reader sees, with its structure."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from contextlib import ExitStack
from urllib.parse import urljoin

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from research.errors import DocumentTooDeep, DocumentTooLarge
from research.parsing.building import DocumentBuilder, InlineText
from research.parsing.html import read_into, soup_of
from research.parsing.structure import BlockKind, MarkKind, ParsedDocument

MAX_DEPTH = 60
# Reading Markdown takes more than linear time on hostile input; a book of 300,000 words fits.
MAX_CHARS = 2_000_000
MAX_PARAGRAPH_CHARS = 50_000

_INLINE_MARKS = {"em": MarkKind.EMPHASIS, "strong": MarkKind.STRONG}
_KINDS = {
    "dt": BlockKind.TERM,
    "dd": BlockKind.DEFINITION,
    "list_item": BlockKind.LIST_ITEM,
    "blockquote": BlockKind.QUOTE,
}


def parse_markdown(text: str, *, base_url: str = "", title: str = "") -> ParsedDocument:
    """Return a Markdown text as a document.

    Raises
    ------
    DocumentTooDeep
        If lists or quotes nest deeper than `MAX_DEPTH`.
    DocumentTooLarge
        If the text or one of its paragraphs is longer than a written text would be.
    NothingToRead
        If there is no text.

    Examples
    --------
    >>> parse_markdown("# Cairns\\n\\nA *cairn* marks\\na path.").text
    'Cairns\\n\\nA cairn marks a path.'
    """
    longest = max(map(len, re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))))
    if len(text) > MAX_CHARS:
        raise DocumentTooLarge(size=len(text), limit=MAX_CHARS, unit="characters")
    if longest > MAX_PARAGRAPH_CHARS:
        raise DocumentTooLarge(size=longest, limit=MAX_PARAGRAPH_CHARS, unit="characters in one paragraph")
    tokens = _parser().parse(text)
    # At this depth markdown-it leaves the rest out without a word.
    if any(token.level >= MAX_DEPTH - 1 for token in tokens):
        raise DocumentTooDeep(limit=MAX_DEPTH)
    version = importlib.metadata.version("markdown-it-py")
    builder = DocumentBuilder(extractor=f"markdown 1 (markdown-it-py {version})")
    _Reader(builder, base_url=base_url).read(tokens)
    return builder.build(title=title or _front_matter_title(tokens))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_DEPTH}).enable(["table", "strikethrough"])
    return parser.use(front_matter_plugin).use(deflist_plugin)


def _front_matter_title(tokens: Sequence[Token]) -> str:
    if not tokens or tokens[0].type != "front_matter":
        return ""
    for line in tokens[0].content.splitlines():
        name, _, value = line.partition(":")
        if name.strip().casefold() == "title":
            return value.strip().strip("\"'")
    return ""


class _Reader:
    """Goes through the flat block tokens, remembering which containers are open."""

    def __init__(self, builder: DocumentBuilder, *, base_url: str) -> None:
        self.builder = builder
        self.base_url = base_url
        self.open: list[str] = []
        self.rows: list[list[str]] = []

    def read(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.type.endswith("_open"):
                self._opened(token)
            elif token.type.endswith("_close"):
                self._closed(token)
            elif token.type == "inline":
                self._read_words(token)
            elif token.type in ("fence", "code_block"):
                self.builder.add(BlockKind.CODE, token.content)
            elif token.type == "html_block":
                read_into(self.builder, soup_of(token.content), base_url=self.base_url)

    def _opened(self, token: Token) -> None:
        name = token.type.removesuffix("_open")
        self.open.append(token.tag if name == "heading" else name)
        if name == "tr":
            self.rows.append([])

    def _closed(self, token: Token) -> None:
        self.open.pop()
        if token.type == "table_close":
            self.builder.add(BlockKind.TABLE, "\n".join(" | ".join(row) for row in self.rows))
            self.rows = []

    def _read_words(self, token: Token) -> None:
        words = InlineText()
        _read_inline(words, token.children or [], base_url=self.base_url)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(words.text.strip().replace("\n", " "))
            return
        kind, level = self._kind()
        self.builder.add(kind, words, level=level)

    def _kind(self) -> tuple[BlockKind, int]:
        """Return what words are here: the innermost container decides."""
        if self.open and self.open[-1][0] == "h" and self.open[-1][1:].isdigit():
            return BlockKind.HEADING, int(self.open[-1][1:])
        for name in reversed(self.open):
            if name in _KINDS:
                depth = sum(outer.endswith("_list") for outer in self.open)
                return _KINDS[name], depth if name == "list_item" else 0
        return BlockKind.PARAGRAPH, 0


def _read_inline(words: InlineText, tokens: Sequence[Token], *, base_url: str) -> None:
    """Write inline tokens into ``words``; each kind of mark is a context that its closing token ends."""
    contexts: list[ExitStack] = []
    for token in tokens:
        name = token.type.removesuffix("_open")
        if token.type.endswith("_open"):
            stack = ExitStack()
            if name in _INLINE_MARKS:
                stack.enter_context(words.marked(_INLINE_MARKS[name]))
            elif name == "link":
                target = _target(str(token.attrGet("href") or ""), base_url=base_url)
                stack.enter_context(words.marked(MarkKind.LINK, target=target))
            contexts.append(stack)
        elif token.type.endswith("_close"):
            contexts.pop().close()
        elif token.type == "code_inline":
            with words.marked(MarkKind.CODE):
                words.write(token.content)
        elif token.type == "hardbreak":
            words.break_line()
        elif token.type == "softbreak":
            words.write(" ")
        elif token.type in ("text", "image"):
            words.write(token.content)
        elif token.type == "html_inline":
            _read_inline_html(words, token.content)


def _read_inline_html(words: InlineText, tag: str) -> None:
    """A single tag between words: only line breaks and anchors mean anything to a reader."""
    if tag.casefold().startswith("<br"):
        words.break_line()
        return
    element = soup_of(tag).select_one("[id], a[name]")
    if element:
        words.anchor(str(element.get("id") or element.get("name")))


def _target(href: str, *, base_url: str) -> str:
    return href if href.startswith("#") or not base_url else urljoin(base_url, href)
