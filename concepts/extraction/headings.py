"""What a heading names, once numbering, lead-ins and coordination are taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from concepts.extraction.reading import Reading
from concepts.extraction.terms import GENERIC, lemma, may_name, term_key
from research.parsing.structure import Block
from vectorstore.words import STOP_WORDS

_NUMBER = re.compile(
    r"\s*(?:(?:chapter|section|lesson|part|unit|week|module|handout|lecture|topic|step|appendix)\s+)?"
    r"(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])(?:[.:)]|\s*[—–-])\s+|\s*\d+(?:\.\d+)*\s+",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"(?:(?:a|an|the)\s+)?"
    r"(?:(?:brief|quick|short|gentle|first|closer|little|informal|formal|more|fancier|further|advanced)\s+)*"
    r"(?:more on|more about|introduction to|introducing|intro to|overview of|look at|words? about|"
    r"tour of(?: the)?|"
    r"basics of|fundamentals of|notes? on|types of|kinds of|examples? of|properties of|uses? of|"
    r"understanding|defining|definition of|meet|what (?:is|are)|why|how to|"
    r"the (?:idea|concept|notion) of|"
    r"old|more|fancier|further|advanced|special|standard|basic|some|the|a|an|your|our|this)\s+(?:(?:a|an|the)\s+)?",
    re.IGNORECASE,
)
_USING = re.compile(
    r"(?:using|working with|creating|making|writing|building)\s+(?:(?:a|an|the)\s+)?", re.IGNORECASE
)
_TRAIL = re.compile(
    r"\s*(?:\?|!|\.|:|\brevisited|\bin general|\bbasics|\boverview|\bexplained|\([^()]*\s[^()]*\))\s*$", re.I
)
_PARTS_OF_A_BOOK = frozenset(
    "bibliography changelog concept copyright example exercise faq following glossary question summary "
    "synopsis".split()
)
_POINTING = frozenset("its their our your his her this these those that".split())
_SPLIT = re.compile(r",\s+(?:and\s+|or\s+)?|\s+(?:and|&|versus|vs\.?)\s+", re.IGNORECASE)
_PARTS = re.compile(r":\s+|\s+[—–]\s+|\s+-\s+")


@dataclass(frozen=True, slots=True)
class HeadingTerm:
    """A name taken from a heading; ``is_code`` where its first word is code ("for statement")."""

    name: str
    heading: Block
    is_code: bool
    is_whole: bool


def heading_terms(reading: Reading, heading: Block) -> list[HeadingTerm]:
    """Return what ``heading`` names; nothing for "Introduction" and its like."""
    text = reading.text[heading.start : heading.end]
    code = {
        reading.text[mark.start : mark.end].strip()
        for mark in reading.code_marks
        if heading.start <= mark.start < heading.end
    }
    found: dict[tuple[str, ...], HeadingTerm] = {}
    for name, is_whole in _names(text, code):
        first = name.split()[0]
        is_code = first.strip("()") in {word.strip("()") for word in code}
        key = term_key(name)
        if _is_heading_name(key, is_code):
            found.setdefault(key, HeadingTerm(name, heading, is_code, is_whole))
    return list(found.values())


def coordinated_names(title: str) -> list[str]:
    """Return the names that a title joins, without lead-ins.

    Examples
    --------
    >>> coordinated_names("Introduction to Pairs and Dicts")
    ['Pairs', 'Dicts']
    """
    return [name for name, _ in _names(title, set()) if name != title and may_name(term_key(name))]


def _is_heading_name(key: tuple[str, ...], is_code: bool) -> bool:
    if is_code:
        return 1 < len(key) <= 4
    return may_name(key) and key[-1] not in _PARTS_OF_A_BOOK


def _names(text: str, code: set[str]) -> Iterator[tuple[str, bool]]:
    """Yield each name in a heading and whether it is the whole of it."""
    plain = _NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text
    parts = [part for part in _PARTS.split(plain) if part.strip()]
    for part in parts:
        cleaned = _clean(part)
        pieces = _split(cleaned, code)
        for piece in pieces:
            if piece and piece.split()[0].casefold() not in _POINTING:
                yield piece, len(parts) == 1 and len(pieces) == 1


def _clean(part: str) -> str:
    part = re.sub(r"[“”\"]", "", part).strip()
    while (shorter := _TRAIL.sub("", part).strip()) != part:
        part = shorter
    while match := _LEAD_IN.match(part):
        if len(match.group()) == len(part):
            break
        part = part[match.end() :]
    rest = _USING.sub("", part, count=1) if _USING.match(part) else part
    return rest if not any(word.casefold() in STOP_WORDS for word in rest.split()) else part


def _split(part: str, code: set[str]) -> list[str]:
    pieces = [_clean(piece) for piece in _SPLIT.split(part) if piece.strip()]
    if len(pieces) < 2:
        return pieces
    if any(piece.casefold().endswith("ing") and " " not in piece for piece in pieces[:-1]):
        return [part]
    if not all(may_name(term_key(piece)) or piece.split()[0] in code for piece in pieces if piece):
        # "Input and Output": neither half says enough, so the pair is the name.
        return [part] if all(lemma(word) in GENERIC | STOP_WORDS for word in part.split()) else pieces
    head = next((piece.split()[-1] for piece in pieces[1:] if piece.split()[0] in code and " " in piece), "")
    return [f"{piece} {head}".strip() if piece in code else piece for piece in pieces]
