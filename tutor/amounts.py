"""Amounts in a text: each number with its unit and with the bound it is told under ("at least", "about")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tutor.conflicts import numbers_in
from vectorstore.words import STOP_WORDS, stem

_TOKEN = re.compile(r"[-−]?\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*|[%°€$£]")
_BOUNDS = (
    ("least", re.compile(r"\b(?:at least|no (?:less|fewer) than|from|minimum of)\s*$", re.I)),
    ("most", re.compile(r"\b(?:at most|no more than|up to|maximum of)\s*$", re.I)),
    ("above", re.compile(r"\b(?:more than|over|above|greater than|exceeds?|beyond)\s*$", re.I)),
    ("below", re.compile(r"\b(?:less than|fewer than|under|below|short of)\s*$", re.I)),
    (
        "about",
        re.compile(r"\b(?:about|around|roughly|approximately|nearly|almost|some|close to|near)\s*$", re.I),
    ),
)
_SAME_UNIT = {
    short: unit
    for unit, shorts in {
        "hertz": "hz",
        "second": "s sec secs",
        "millisecond": "ms",
        "minute": "min mins",
        "hour": "h",
        "metre": "m meter meters",
        "centimetre": "cm centimeter centimeters",
        "millimetre": "mm",
        "kilometre": "km",
        "kilogram": "kg",
        "gram": "g",
        "decibel": "db",
        "percent": "%",
        "degree": "°",
    }.items()
    for short in shorts.split()
}
_PER = re.compile(r"\bper (\w+)")
_PER_CENT = re.compile(r"\bper cent\b", re.I)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in one form, what it counts or measures (a stem, or ""), and the bound before it (or "")."""

    number: str
    unit: str = ""
    bound: str = ""


def amounts_in(text: str) -> list[Amount]:
    """Return the amounts of ``text`` in order.

    Examples
    --------
    >>> amounts_in("At least two strings rang for about 9 s.")
    [Amount(number='2', unit='string', bound='least'), Amount(number='9', unit='second', bound='about')]
    """
    text = _PER_CENT.sub("percent", text)
    tokens = list(_TOKEN.finditer(text))
    found = []
    for at, token in enumerate(tokens):
        number = next(iter(numbers_in(token.group())), "")
        if number:
            found.append(Amount(number, _unit(tokens, at), _bound(text[: token.start()])))
    return found


def amounts_conflict(said: str, cited: str) -> bool:
    """Say whether a number of ``said`` is not in ``cited``, or stands there under another unit or bound.

    Examples
    --------
    >>> cited = "A string rings for at most 9 seconds."
    >>> amounts_conflict("It rings for at most 9 s.", cited)
    False
    >>> [amounts_conflict(f"It rings for {said}.", cited) for said in ("at most 9 minutes", "9 seconds")]
    [True, True]
    """
    if numbers_in(said) - numbers_in(cited):
        return True
    if set(_PER.findall(said.casefold())) - set(_PER.findall(cited.casefold())):
        return True
    theirs = amounts_in(cited)
    return any(not any(_agree(mine, one) for one in theirs) for mine in amounts_in(said))


def _agree(mine: Amount, theirs: Amount) -> bool:
    if mine.number != theirs.number:
        return False
    same_unit = not mine.unit or not theirs.unit or mine.unit == theirs.unit
    return same_unit and mine.bound == theirs.bound


def _unit(tokens: list[re.Match[str]], at: int) -> str:
    """The next word that says what is counted: "9 long seconds" are seconds only after "long"."""
    for token in tokens[at + 1 : at + 2]:
        word = token.group().casefold()
        if word in STOP_WORDS and word not in _SAME_UNIT:
            return ""
        if numbers_in(word):
            return ""
        return stem(_SAME_UNIT.get(word, word))
    return ""


def _bound(before: str) -> str:
    return next((name for name, told in _BOUNDS if told.search(before)), "")
