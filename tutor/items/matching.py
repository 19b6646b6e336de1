"""Whether a learner's few words are the words that were left out, slips of the pen aside."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from tutor.conflicts import antonym_conflict, is_negator
from tutor.plain_text import plain
from vectorstore.words import words

SHORTEST_WITH_TYPO = 5
_ARTICLES = frozenset({"a", "an", "the"})
_HISSING = ("sses", "shes", "ches", "xes", "zes")
_NO_PLURAL = ("ss", "us", "is")


def matches(given: str, accepted: Iterable[str], *, rejected: Iterable[str] = ()) -> bool:
    """Say whether ``given`` is one of ``accepted`` up to case, articles, accents, plurals, one slip a word.

    A slip is one letter wrong, missing, too many or swapped with its neighbour, in a word of five letters or
    more, never its first letter ("asymmetric" is no slip of "symmetric"). What comes closer to one of
    ``rejected`` is that, and not a slip.

    Examples
    --------
    >>> matches("The Wavelenghts", ["wavelength"])
    True
    >>> matches("mode", ["node"]), matches("asymmetric", ["symmetric"])
    (False, False)
    >>> matches("adsorption", ["absorption"], rejected=["adsorption"])
    False
    """
    mine = normal_words(given)
    if not mine:
        return False
    right = [normal_words(one) for one in accepted]
    if mine in right:
        return True
    if any(mine == normal_words(one) for one in rejected):
        return False
    return any(_is_slip_of(mine, theirs) for theirs in right)


def is_near(given: str, answer: str) -> bool:
    """Say whether ``given`` would pass as ``answer`` if nothing were rejected."""
    return matches(given, [answer])


def normal_words(text: str) -> list[str]:
    """Return the words of ``text`` in the form in which they are compared: singular, without accents.

    Examples
    --------
    >>> normal_words("The naïve Self-loops!")
    ['naive', 'self', 'loop']
    """
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", plain(text).text) if not unicodedata.combining(char)
    )
    parts = [part for word in words(bare) for part in word.replace("_", "-").split("-")]
    kept = [part for part in parts if part not in _ARTICLES]
    return [singular(part) for part in kept or parts]


def singular(word: str) -> str:
    """Return an English word without its regular plural ending.

    Examples
    --------
    >>> [singular(word) for word in ("waves", "boxes", "cavities", "bus", "mass", "gas")]
    ['wave', 'box', 'cavity', 'bus', 'mass', 'gas']
    """
    if len(word) <= 3 or not word.endswith("s") or word.endswith(_NO_PLURAL):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(_HISSING) else word[:-1]


def _is_slip_of(mine: list[str], theirs: list[str]) -> bool:
    if len(mine) != len(theirs) or antonym_conflict(" ".join(theirs), " ".join(mine)):
        return False
    return all(_is_same(one, other) for one, other in zip(mine, theirs, strict=True))


def _is_same(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    has_figure = any(char.isdigit() for char in given + wanted)
    if len(wanted) < SHORTEST_WITH_TYPO or has_figure or is_negator(given) or is_negator(wanted):
        return False
    return given[0] == wanted[0] and _differs_by_one(given, wanted)


def _differs_by_one(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two neighbours have changed places."""
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return abs(len(one) - len(other)) == 1
    if len(one) == len(other):
        swapped = one[start : start + 2] == other[start : start + 2][::-1]
        return one[start + 1 :] == other[start + 1 :] or (swapped and one[start + 2 :] == other[start + 2 :])
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[start + 1 :] == shorter[start:]
