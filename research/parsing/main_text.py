"""Finds the element of a page that holds its main text, and keeps that element's own structure."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import Tag

# What documentation tools, wikis and blogs call the place of the main text, the surest first.
_MAIN_SELECTORS = (
    "[role=main]",
    "main",
    "#mw-content-text",
    "div.body",
    "article",
    "[itemprop=articleBody]",
    "#content",
    ".entry-content",
)
_SURE_SELECTORS = ("[role=main]", "main")
_SHORTEST_MAIN_CHARS = 200
_BOILERPLATE = ("nav", "aside", "footer", "[role=navigation]", ".sidebar", "#sidebar", ".menu", "#menu")
_LINE_CHARS = 60
_COVERED = 0.85
_NOT_WORD = re.compile(r"\W+")


def main_element(soup: BeautifulSoup, *, html: str) -> Tag:
    """Return the element that holds the main text of a page.

    Pages that name it are believed. Of others that carry much around their text, trafilatura finds
    the text, and the smallest element around it is taken; everything else is taken whole.
    """
    for selector in _MAIN_SELECTORS:
        shortest = 1 if selector in _SURE_SELECTORS else _SHORTEST_MAIN_CHARS
        found = [tag for tag in soup.select(selector) if len(tag.get_text(strip=True)) >= shortest]
        # Several articles are a list of teasers; the page is then more than any one of them.
        if len(found) == 1 or (found and selector == "[role=main]"):
            return found[0]
    body = soup.body or soup
    if not soup.select_one(", ".join(_BOILERPLATE)) and _link_share(body) < 0.3:
        return body
    return _smallest_around(body, _extracted_lines(html))


def _link_share(body: Tag) -> float:
    words = len(body.get_text(strip=True))
    linked = sum(len(link.get_text(strip=True)) for link in body.find_all("a"))
    return linked / words if words else 0.0


def _extracted_lines(html: str) -> list[str]:
    """Return the beginnings of the lines that trafilatura holds for the main text."""
    import trafilatura  # late: it loads slowly, and most pages name their main text

    text = trafilatura.extract(html, include_comments=False, include_tables=False, favor_recall=True) or ""
    lines = [_plain(line)[:_LINE_CHARS] for line in text.splitlines()]
    return [line for line in lines if len(line) > 20]


def _smallest_around(body: Tag, lines: list[str]) -> Tag:
    """Descend from ``body`` as long as one child holds nearly all of ``lines``."""
    if not lines:
        return body
    best = body
    while True:
        children = [child for child in best.find_all(recursive=False) if isinstance(child, Tag)]
        holder = next((child for child in children if _coverage(child, lines) >= _COVERED), None)
        if holder is None or holder.name in ("p", "ul", "ol", "table", "pre"):
            return best
        best = holder


def _coverage(tag: Tag, lines: list[str]) -> float:
    text = _plain(tag.get_text())
    return sum(line in text for line in lines) / len(lines)


def _plain(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold()
