"""HTML: the main text with its headings, code, tables, definition lists, emphasis, anchors and links."""

from __future__ import annotations

import importlib.metadata
import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.element import Comment, NavigableString, PageElement, PreformattedString, Tag

from research.errors import DocumentTooDeep, NothingToRead
from research.parsing.building import DocumentBuilder, InlineText
from research.parsing.main_text import main_element
from research.parsing.structure import BlockKind, MarkKind, ParsedDocument

# libxml2 cuts a tree off at 256 levels without a word; a tree that comes near is refused with one.
MAX_DEPTH = 200

# Never part of what a reader reads: by element, role, class or id.
_DROPPED_TAGS = frozenset(
    "script style noscript template nav footer form button input select textarea svg iframe object canvas "
    "audio video".split()
)
_DROPPED_ROLES = frozenset("navigation search banner contentinfo complementary".split())
_DROPPED_CLASSES = frozenset(
    "headerlink anchorjs-link sphinxsidebar related toctree-wrapper toc footnote-reference fn-backref "
    "backrefs mw-editsection linenos section-number viewcode-link skip-link visually-hidden sr-only navbox "
    "catlinks katex-html".split()
)
# An aside is a sidebar, unless the writer's tool uses it for notes inside the text.
_KEPT_ASIDES = frozenset("admonition footnote footnote-list topic note tip warning".split())
_PERMALINK_TEXTS = frozenset("¶ # § 🔗".split())

_BLOCKS = {
    "p": BlockKind.PARAGRAPH,
    "dt": BlockKind.TERM,
    "dd": BlockKind.DEFINITION,
    "li": BlockKind.LIST_ITEM,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
    "summary": BlockKind.PARAGRAPH,
}
_CONTAINERS = frozenset(
    "html body div section article main header aside hgroup figure details ul ol dl menu address fieldset "
    "center table thead tbody tfoot tr td th colgroup col hr legend".split()
)
_INLINE_MARKS = {
    **dict.fromkeys(("em", "i", "dfn", "cite", "var"), MarkKind.EMPHASIS),
    **dict.fromkeys(("strong", "b"), MarkKind.STRONG),
    **dict.fromkeys(("code", "tt", "kbd", "samp"), MarkKind.CODE),
}
_HEADING = re.compile(r"h([1-6])$")
# A paragraph inside one of these keeps what they are.
_LENDS_ITS_KIND = frozenset(
    (BlockKind.DEFINITION, BlockKind.LIST_ITEM, BlockKind.QUOTE, BlockKind.CAPTION, BlockKind.TERM)
)
_POWER = re.compile(r"[+\-−]?[\w.]{1,6}$")
_ORDINAL = frozenset("st nd rd th".split())
_TITLE_SEPARATOR = re.compile(r"\s+[—–|·»-]\s+")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree the reader is: what bare words here are, and how deep."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    depth: int = 0


def parse_html(text: str, *, base_url: str = "", title: str = "") -> ParsedDocument:
    """Return the main text of an HTML page.

    Parameters
    ----------
    base_url
        Where the page came from: links are made absolute with it, and links into the page itself
        are kept as ``#fragment``.
    title
        Overrides the page's own title.

    Raises
    ------
    DocumentTooDeep
        If elements nest deeper than `MAX_DEPTH`.
    NothingToRead
        If there is no text.

    Examples
    --------
    >>> page = "<nav>Home</nav><main><h1>Cairns</h1><p>A <em>cairn</em> marks a path.</p></main>"
    >>> parse_html(page).text
    'Cairns\\n\\nA cairn marks a path.'
    """
    soup = soup_of(text)
    _refuse_depth(soup)
    language = str(soup.html.get("lang") or "")[:16] if soup.html else ""
    page_title = soup.title.get_text(" ", strip=True) if soup.title else ""
    root = main_element(soup, html=text)
    version = importlib.metadata.version("beautifulsoup4")
    builder = DocumentBuilder(extractor=f"html 1 (beautifulsoup4 {version})")
    read_into(builder, root, base_url=base_url)
    if not builder.blocks:
        raise NothingToRead("The page")
    first_heading = root.find("h1")
    own_title = first_heading.get_text(" ", strip=True) if first_heading else ""
    short_title = _TITLE_SEPARATOR.split(page_title)[0] if page_title else ""
    return builder.build(title=title or own_title or short_title, language=language)


def soup_of(text: str) -> BeautifulSoup:
    """Return the tree of a page or a fragment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(text.replace("\x00", ""), "lxml")


def read_into(builder: DocumentBuilder, root: Tag, *, base_url: str = "") -> None:
    """Add every block under ``root`` to ``builder``; what nobody reads is taken out of ``root``."""
    _drop_what_nobody_reads(root)
    reader = _Reader(builder, base_url=base_url)
    reader.read(root, _Place())
    reader.flush(_Place())


def _refuse_depth(soup: BeautifulSoup) -> None:
    """Raise if any element lies too deep; iterative, as depth is what is being checked."""
    level: list[Tag] = [soup]
    for _ in range(MAX_DEPTH):
        level = [child for tag in level for child in tag.children if isinstance(child, Tag)]
        if not level:
            return
    raise DocumentTooDeep(limit=MAX_DEPTH)


def _drop_what_nobody_reads(root: Tag) -> None:
    # One pass over the tree: a list of selectors would go through it once for each of them.
    for tag in [tag for tag in root.find_all() if _is_dropped(tag)]:
        if not tag.decomposed:
            tag.decompose()


def _is_dropped(tag: Tag) -> bool:
    if tag.name in _DROPPED_TAGS or tag.get("role") in _DROPPED_ROLES:
        return True
    if tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or tag.get("id") == "toc":
        return True
    classes = set(tag.get_attribute_list("class"))
    if classes & _DROPPED_CLASSES or ("contents" in classes and classes & {"local", "topic"}):
        return True
    if tag.name == "aside":
        return not classes & _KEPT_ASIDES
    if tag.name == "a":
        return tag.get_text(strip=True) in _PERMALINK_TEXTS
    return _is_footnote_label(tag, classes)


def _is_footnote_label(tag: Tag, classes: set[str]) -> bool:
    """Say whether a tag is the number of a footnote, or a number that leads to one."""
    if tag.name == "sup":
        return "reference" in classes
    holder = set(tag.parent.get_attribute_list("class")) if tag.parent else set()
    return "footnote" in holder and ("label" in classes or tag.name == "dt")


class _Reader:
    """Walks the tree and fills the builder; words wait in ``inline`` until their block ends."""

    def __init__(self, builder: DocumentBuilder, *, base_url: str) -> None:
        self.builder = builder
        self.base_url = base_url
        self.inline = InlineText()

    def flush(self, place: _Place) -> None:
        self.builder.add(place.kind, self.inline, level=place.level)
        self.inline = InlineText()

    def read(self, node: Tag, place: _Place) -> None:
        for child in node.children:
            self._read_one(child, place)

    def _read_one(self, node: PageElement, place: _Place) -> None:
        if isinstance(node, NavigableString):
            # Comments, declarations and CDATA are strings too, of kinds of their own.
            if not isinstance(node, (Comment, PreformattedString)):
                self.inline.write(str(node))
        elif isinstance(node, Tag):
            if (
                node.name in _BLOCKS
                or node.name in _CONTAINERS
                or node.name == "pre"
                or _HEADING.match(node.name)
            ):
                self._read_block(node, place)
            else:
                self._read_inline(node, place)

    def _read_block(self, node: Tag, place: _Place) -> None:
        self.flush(place)
        for name in _names_of(node):
            self.builder.anchor(name)
        heading = _HEADING.match(node.name)
        if heading:
            inner = replace(place, kind=BlockKind.HEADING, level=int(heading[1]))
            self.read(node, inner)
            self.flush(inner)
        elif node.name == "pre":
            self._read_code(node)
        elif node.name == "table" and not _is_layout(node):
            self._read_table(node)
        else:
            inner = _inside(node, place)
            self.read(node, inner)
            self.flush(inner)

    def _read_inline(self, node: Tag, place: _Place) -> None:
        if node.name == "br":
            self.inline.break_line()
            return
        if node.name == "math":
            self.inline.write(_math_text(node))
            return
        for name in _names_of(node):
            self.inline.anchor(name)
        if node.name == "sup" and self._is_power(node):
            self.inline.write("^")
        with ExitStack() as stack:
            if node.name in _INLINE_MARKS:
                stack.enter_context(self.inline.marked(_INLINE_MARKS[node.name]))
            elif node.name == "a" and (target := self._target(str(node.get("href") or ""))):
                stack.enter_context(self.inline.marked(MarkKind.LINK, target=target))
            self.read(node, place)

    def _is_power(self, node: Tag) -> bool:
        raised = node.get_text(strip=True)
        follows_word = self.inline.last_character.isalnum() or self.inline.last_character in ")]"
        return follows_word and bool(_POWER.match(raised)) and raised.casefold() not in _ORDINAL

    def _target(self, href: str) -> str:
        """Return the link as ``#fragment`` inside this page, else as an absolute address."""
        href = href.strip()
        if not href or href.startswith("#"):
            return href
        try:
            address = urljoin(self.base_url, href)
            page, fragment = urldefrag(address)
            here = urldefrag(self.base_url).url
        except ValueError:
            return ""
        if page == here and fragment:
            return f"#{fragment}"
        return address if not address.casefold().startswith(("javascript:", "data:", "vbscript:")) else ""

    def _read_code(self, node: Tag) -> None:
        for line_break in node.find_all("br"):
            line_break.replace_with("\n")
        words = InlineText(verbatim=True)
        words.write(node.get_text())
        self.builder.add(BlockKind.CODE, words)

    def _read_table(self, node: Tag) -> None:
        caption = node.find("caption")
        if caption:
            self.builder.add(BlockKind.CAPTION, " ".join(caption.get_text(" ").split()))
        words = InlineText(verbatim=True)
        for row in node.find_all("tr"):
            cells = [_cell_text(cell) for cell in row.find_all(["td", "th"])]
            if any(cells):
                words.write(" | ".join(cells) + "\n")
        self.builder.add(BlockKind.TABLE, words)


def _inside(node: Tag, place: _Place) -> _Place:
    """Return the place that the words inside ``node`` are in."""
    if node.name in ("ul", "ol", "menu"):
        depth = place.depth + 1
        return replace(place, depth=depth)
    if node.name == "li":
        return replace(place, kind=BlockKind.LIST_ITEM, level=max(1, place.depth))
    if node.name == "p" and place.kind in _LENDS_ITS_KIND:
        return place
    if node.name in ("dt", "dd") and node.find_parent("dl", class_="footnote"):
        return replace(place, kind=BlockKind.PARAGRAPH, level=0)
    if node.name in _BLOCKS:
        return replace(place, kind=_BLOCKS[node.name], level=0)
    return place


def _names_of(node: Tag) -> Iterator[str]:
    """Yield the ids by which ``node`` can be linked to."""
    if node.get("id"):
        yield str(node["id"])
    if node.name == "a" and node.get("name") and node.get("name") != node.get("id"):
        yield str(node["name"])


def _is_layout(table: Tag) -> bool:
    """Say whether a table only arranges other blocks and holds no data of its own."""
    if table.get("role") in ("presentation", "none") or table.find(
        ["table", "pre", "h1", "h2", "h3", "ul", "ol"]
    ):
        return True
    return len(table.find_all("tr")) == 1 and len(table.find_all(["td", "th"])) == 1


def _cell_text(cell: Tag) -> str:
    return " ".join(cell.get_text(" " if cell.find(["p", "div", "br"]) else "").split())


def _math_text(node: Tag) -> str:
    """Return the TeX that came with the formula, else its symbols."""
    source = node.find("annotation", attrs={"encoding": re.compile("tex", re.I)})
    if source:
        return source.get_text().strip()
    return str(node.get("alttext") or " ".join(node.get_text(" ").split()))
