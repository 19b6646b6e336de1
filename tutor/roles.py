"""Who does what to whom: whether one sentence turns round what another says."""

from __future__ import annotations

import re

from tutor.conflicts import direction_conflict
from vectorstore.words import STOP_WORDS, stem, stems, words

# The two sides of a verb are looked for this many content words away from it.
WINDOW = 2
# Only of sentences made of nearly the same words can it be said that the words have changed places.
NEARLY_SAME = 0.6
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets?|got)\b(?:\s+\w+ly)?\s+\w+\s+(?:\w+\s+)?by\b", re.I
)
_INVERTS = re.compile(
    r"\b(?:because(?: of)?|due to|results? from|resulting from|follows? from|comes? from)\b", re.I
)
_KIND_OF = re.compile(
    r"^(?P<one>.+?)\s+(?:is|are)\s+(?:an?\s+|kinds? of\s+|sorts? of\s+)(?P<other>.+)$", re.I | re.S
)
# "Low sounds are loud" and "loud are the sounds that are low" say the same.
_IS = re.compile(r"\b(?:is|are|was|were)\b(?! \w+er than)", re.I)
_NAMES = re.compile(r"\b(?:called|known as|named|same)\b", re.I)


def roles_swapped(row: str, said: str) -> bool:
    """Say whether ``said`` lets B do to A what ``row`` lets A do to B.

    Examples
    --------
    >>> roles_swapped("The string moves the bridge.", "The bridge moves the string.")
    True
    >>> roles_swapped("The string moves the bridge.", "The bridge is moved by the string.")
    False
    >>> roles_swapped("A violin is a string instrument.", "A string instrument is a violin.")
    True
    """
    if _is_turned(_PASSIVE, row, said) or _is_turned(_INVERTS, row, said):
        return False
    if direction_conflict(row, said):
        return True
    mine, theirs = set(stems(said)), set(stems(row))
    if len(mine & theirs) < NEARLY_SAME * len(mine):
        return False
    if _IS.search(row):
        return _kind_turned_round(row, said)
    return _changed_places(_content(row), _content(said))


def _is_turned(pattern: re.Pattern[str], row: str, said: str) -> bool:
    """Whether one of the two has a turn of phrase that lets the doer come last."""
    return bool(pattern.search(row)) != bool(pattern.search(said))


def _changed_places(theirs: list[str], mine: list[str]) -> bool:
    """Whether what stood right before and right after one word stands on the other side of it now."""
    for at, pivot in enumerate(theirs):
        if mine.count(pivot) != 1 or theirs.count(pivot) != 1:
            continue
        here = mine.index(pivot)
        before, after = set(theirs[max(0, at - WINDOW) : at]), set(theirs[at + 1 : at + 1 + WINDOW])
        mine_before, mine_after = (
            set(mine[max(0, here - WINDOW) : here]),
            set(mine[here + 1 : here + 1 + WINDOW]),
        )
        left, right = before - after, after - before
        crossed = bool(left & mine_after) and bool(right & mine_before)
        if crossed and not left & mine_before and not right & mine_after:
            return True
    return False


def _kind_turned_round(row: str, said: str) -> bool:
    """ "Every A is a B" does not make every B an A; "the A is the B" and "A is called B" do."""
    theirs, mine = _KIND_OF.match(row.strip()), _KIND_OF.match(said.strip())
    if not theirs or not mine or _NAMES.search(row) or _NAMES.search(said):
        return False
    kind, thing = set(stems(theirs["other"])), set(stems(theirs["one"]))
    subject, predicate = set(stems(mine["one"])), set(stems(mine["other"]))
    if not subject or not thing:
        return False
    if subject < thing <= predicate:  # "a force is a restoring force"
        return True
    return subject <= kind and not subject & thing and bool(thing & predicate)


def _content(text: str) -> list[str]:
    return [stem(word) for word in words(text) if word not in STOP_WORDS]
