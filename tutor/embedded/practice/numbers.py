"""Short numeric items: the number left out of a sentence that states it with its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tutor.embedded.candidates import Candidate
from tutor.embedded.practice.clozes import asked_about
from tutor.items.ports import GAP, ItemKind, PracticeDraft, PracticeTask
from tutor.items.quantities import NUMBER_WORDS, is_unit
from tutor.items.wordings import find_name

MOST_NUMERIC = 2
MOST_UNIT_WORDS = 4
APPROXIMATE, DECIMAL = 0.05, 0.01
_DIGITS = re.compile(r"(?<![\w.,/^:=−-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w,]*\d|\s?[:/^×*=])")
# "Two" is guessed without reading: most things that are counted in a definition are two.
_WORD = re.compile(
    rf"\b(?:{'|'.join(word for word in NUMBER_WORDS if word not in ('zero', 'one', 'two'))})\b", re.I
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|some|close to|just (?:under|over))\s*$", re.I
)
_BEING = re.compile(r"\b(?:is|are|has|have|divides?|contains?|consists?|of)\b", re.I)
_FORMULA = re.compile(r"[=÷×√^]|\d\s*:\s*\d|\b(?:19|20)\d\d\b")


def numeric_items(task: PracticeTask, rows: Sequence[Candidate]) -> list[PracticeDraft]:
    """The sentences on the concept that hold exactly one number with a unit."""
    found = []
    for row in asked_about(task, rows):
        quote = row.span.quote
        places = list(_quantities(quote))
        if len(places) != 1 or _FORMULA.search(quote):
            continue
        start, end, unit = places[0]
        if not unit:
            continue
        if not quote[start].isdigit() and not _says_what_it_is(quote[:start], task):
            continue
        tolerance = _tolerance(quote[:start], quote[start:end])
        found.append(
            PracticeDraft(
                kind=ItemKind.NUMERIC,
                stem=" ".join(f"{quote[:start]}{GAP}{quote[end:]}".split()),
                span=row.span,
                answer=quote[start:end],
                hint=_hint(unit, tolerance),
                unit=unit,
                tolerance=tolerance,
            )
        )
    return found[:MOST_NUMERIC]


def _quantities(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each number stands and the unit that follows it; a number without a unit too."""
    for found in sorted([*_DIGITS.finditer(text), *_WORD.finditer(text)], key=lambda one: one.start()):
        unit = _unit_after(text[found.end() :])
        if unit or found.group()[0].isdigit():
            yield found.start(), found.end(), unit


def _says_what_it_is(before: str, task: PracticeTask) -> bool:
    """A number in words is worth asking only where it says what the concept is or has."""
    name = find_name(before, task.names)
    return name is not None and name[0] <= 4 and _BEING.search(before[name[1] :]) is not None


def _unit_after(text: str) -> str:
    if text[:1] in ("%", "°"):
        return text[:1]
    words = re.findall(r"\s+([^\s,;:.()]+)", text[:60])[:MOST_UNIT_WORDS]
    for count in range(len(words), 0, -1):
        if is_unit(" ".join(words[:count])):
            return " ".join(words[:count])
    counted = re.match(r"\s+([a-z]{3,}(?:[^s]s|ies))\b", text)
    return counted[1] if counted else ""


def _tolerance(before: str, number: str) -> float:
    if _ABOUT.search(before):
        return APPROXIMATE
    return DECIMAL if "." in number else 0.0


def _hint(unit: str, tolerance: float) -> str:
    if not tolerance:
        return f"A number, in {unit}, exactly as the source has it."
    return f"A number, in {unit}; within {tolerance:.0%} is near enough."
