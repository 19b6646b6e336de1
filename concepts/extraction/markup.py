"""What authors set apart: headings and emphasis, and the signs of their examples in code."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from concepts.extraction.mentions import Mention, MentionIndex
from concepts.extraction.reading import Reading
from concepts.extraction.terms import may_name, term_key
from research.parsing.structure import BlockKind

# How much more a name and a heading say about what a text owns than a word in italics.
OWN_NAME = 2
IN_HEADING = 2
STRESSED = 1

_FENCED = re.compile(r"^\s*(```|~~~)[^\n]*\n(.*?)^\s*\1\s*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+\s+(?P<marked>.*)$|^(?P<underlined>\S.{2,60})\n[=\-~^]{3,}\s*$", re.MULTILINE)
_STRESSED = re.compile(r"(?<!\w)(?:\*\*|__|\*|_)([A-Za-z][^*_\n]{1,40}?)(?:\*\*|__|\*|_)(?!\w)")
_INLINE_CODE = re.compile(r"`+([^`\n]{1,60})`+")
_CODE_SIGN = re.compile(r"[A-Za-z_]\w*[!?]?|:[a-z_]\w*|[^\w\s\"'()\[\],;.]{1,3}|[\[\](){}]")
_CODE_COMMENT = re.compile(r"(?:#|//|--|;;).*$", re.MULTILINE)
_CODE_STRING = re.compile(r"\"[^\"\n]*\"")


@dataclass(frozen=True, slots=True)
class Markup:
    """What one text sets apart, by how strongly, and the signs of its code."""

    terms: Counter[Hashable] = field(default_factory=Counter)
    code: Counter[Hashable] = field(default_factory=Counter)


def read_markup(text: str) -> Markup:
    """Return what Markdown or reStructuredText sets apart.

    Examples
    --------
    >>> markup = read_markup("# Linked lists\\n\\nEach *node* holds `next`.\\n\\n```\\na = [1]\\n```\\n")
    >>> sorted(markup.terms.items())
    [(('linked', 'list'), 2), (('node',), 1)]
    >>> sorted(map(str, markup.code))
    ['=', '[', ']', 'a', 'next']
    """
    prose = _FENCED.sub("", text)
    terms: Counter[Hashable] = Counter()
    for match in _HEADING.finditer(prose):
        _count(terms, re.sub(r"[`*_]", "", match["marked"] or match["underlined"] or ""), IN_HEADING)
    for match in _STRESSED.finditer(prose):
        _count(terms, match[1], STRESSED)
    blocks = [match[2] for match in _FENCED.finditer(text)]
    return Markup(terms, code_signs([*blocks, *_INLINE_CODE.findall(prose)]))


def code_signs(pieces: Iterable[str]) -> Counter[Hashable]:
    """Count identifiers, keywords and operators; what stands in quotes or in a comment is no code.

    Examples
    --------
    >>> sorted(code_signs(["x = lst[0]  # first", "say(\\"hello\\")"]).items())
    [('"', 1), ('(', 1), (')', 1), ('=', 1), ('[', 1), (']', 1), ('lst', 1), ('say', 1), ('x', 1)]
    """
    signs: Counter[Hashable] = Counter()
    for piece in pieces:
        for text in _CODE_STRING.split(_CODE_COMMENT.sub("", piece)):
            # Symbols such as ":ok" differ in name only.
            signs.update(":" if sign[:1] == ":" else sign for sign in _CODE_SIGN.findall(text))
        signs['"'] += len(_CODE_STRING.findall(piece))
    return +signs


def home_terms(names: Iterable[str], reading: Reading, start: int, end: int) -> Counter[Hashable]:
    """Return what part of a document sets apart, with the names of the concept that is taught there."""
    terms: Counter[Hashable] = Counter({key: OWN_NAME for key in map(term_key, names) if key})
    for block in reading.blocks:
        if block.kind is BlockKind.HEADING and start <= block.start < end:
            _count(terms, reading.text[block.start : block.end], IN_HEADING)
    for mark in reading.stress_marks:
        if start <= mark.start < end:
            _count(terms, reading.text[mark.start : mark.end], STRESSED)
    return terms


def home_code(reading: Reading, start: int, end: int) -> Counter[Hashable]:
    """Count the signs of the code in part of a document, in its examples and in its sentences."""
    spans = [(block.start, block.end) for block in reading.blocks if block.kind is BlockKind.CODE]
    spans += [(mark.start, mark.end) for mark in reading.code_marks]
    return code_signs(reading.text[first:last] for first, last in spans if start <= first < end)


def _count(terms: Counter[Hashable], text: str, weight: int) -> None:
    key = term_key(text)
    if may_name(key):
        terms[key] += weight


class TermUse:
    """Where the terms that any text owns are used.

    Parameters
    ----------
    owned
        The terms that each concept's text sets apart, as lemmas.
    """

    def __init__(self, owned: Sequence[Counter[Hashable]]) -> None:
        self._terms = sorted({term for terms in owned for term in terms if isinstance(term, tuple)})
        self._index = MentionIndex({term: number for number, term in enumerate(self._terms)})

    def places(self, reading: Reading) -> list[Mention]:
        """Return every use in a document, in reading order."""
        return self._index.in_reading(reading)

    def between(self, places: Sequence[Mention], start: int, end: int) -> Counter[Hashable]:
        """Count the uses that begin inside ``start:end``."""
        low = bisect_left(places, start, key=lambda place: place.start)
        high = bisect_left(places, end, key=lambda place: place.start)
        return Counter(self._terms[place.concept] for place in places[low:high])
