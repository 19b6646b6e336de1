"""What was changed in a sentence that is a copy but for a few words.

A word here and there is how a true sentence is made false. Where nearly everything is the same, the few words
that are not can be held against each other one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from tutor.conflicts import antonym_conflict, is_negator, numbers_in
from tutor.hedges import HEDGE, UNIVERSALS
from vectorstore.words import words

# Shared words, of the longer sentence's.
NEARLY_ALL = 0.75
# Words of which one cannot stand for another.
_POLES = tuple(
    frozenset(group.split())
    for group in (
        "first second third fourth fifth last next previous",
        "up down upwards downwards",
        "away towards toward",
        "above below",
        "over under",
        "before after",
        "inside outside",
        "in out",
        "on off",
        "local remote",
        "left right",
        "more less fewer",
        "same different",
        "old new",
        "odd even",
        "simple complicated complex",
        "add remove delete",
        "forwards backwards forward backward",
    )
)
_PLURAL = re.compile(r"(?:e?s|'s)$")


def is_near_copy(row: str, said: str) -> bool:
    """Say whether nearly all words of one sentence stand in the other."""
    theirs, mine = Counter(words(row)), Counter(words(said))
    return (theirs & mine).total() >= NEARLY_ALL * max(theirs.total(), mine.total(), 1)


def changes_number(row: str, said: str) -> bool:
    """Say whether a number comes more often in ``said``, or another unit stands behind one.

    Examples
    --------
    >>> changes_number("It swings between 3 cm and 4 cm.", "It swings between 3 cm and 3 cm.")
    True
    """
    if _numbers(said) - _numbers(row):
        return True
    return any(
        before and numbers_in(before) and lost and new and _plain(lost[0]) != _plain(new[0])
        for before, lost, new in _replaced(row, said)
    )


def changes_denial(row: str, said: str) -> bool:
    """Say whether one of the two denies something more than the other."""
    return _denials(row) % 2 != _denials(said) % 2


def says_opposite(row: str, said: str) -> bool:
    """Say whether a word was replaced by one of its opposites.

    Examples
    --------
    >>> says_opposite("It flies up and comes back down.", "It flies down and comes back down.")
    True
    >>> says_opposite("It makes a sound.", "It produces a sound.")
    False
    """
    for _, lost, new in _replaced(row, said):
        for one, other in ((one, other) for one in lost for other in new if one != other):
            if antonym_conflict(one, other) or any({one, other} <= poles for poles in _POLES):
                return True
    return False


def says_more(row: str, said: str) -> bool:
    """Say whether ``said`` has an "all", "only", "must" ... more than ``row``."""
    return any(len(kind.findall(said)) > len(kind.findall(row)) for kind in UNIVERSALS)


def loses_hedge(row: str, said: str) -> bool:
    """Say whether ``row`` has an "almost", "may", "some" ... more than ``said``."""
    return len(HEDGE.findall(row)) > len(HEDGE.findall(said))


def _numbers(text: str) -> Counter[str]:
    return Counter(number for word in words(text) for number in numbers_in(word))


def _denials(text: str) -> int:
    return sum(is_negator(word) for word in words(text))


def _replaced(row: str, said: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield the word before, the words lost and those in their place, for each stretch that was replaced."""
    theirs, mine = words(row), words(said)
    for kind, start, end, other_start, other_end in SequenceMatcher(
        None, theirs, mine, autojunk=False
    ).get_opcodes():
        if kind == "replace":
            yield theirs[start - 1] if start else "", theirs[start:end], mine[other_start:other_end]


def _plain(word: str) -> str:
    return _PLURAL.sub("", word)
