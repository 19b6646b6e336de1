"""Whether words stand in an order that English has: a table of which kinds of word follow which.

A shuffled sentence has all the right words and all the right similarities. What it lacks is order: articles
in front of verbs, prepositions at the end. A table of some twenty kinds of words is enough to notice, costs
microseconds, and knows no subject.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from vectorstore.words import words

_CLASSES = {
    "article": "a an the",
    "pointer": "this that these those each every some any no another both all",
    "owner": "my your his her its our their whose",
    "to": "to",
    "of": "of",
    "preposition": "in on at by for with from into onto between through over under above below across "
    "against about around along within without during toward towards up down out off near",
    "be": "is are was were be been being am isn't aren't wasn't weren't it's that's there's they're",
    "modal": "can could will would may might must shall should can't cannot couldn't won't wouldn't",
    "do": "do does did don't doesn't didn't have has had haven't hasn't hadn't",
    "and": "and or nor",
    "but": "but because if when while since although though unless until where whereas so as than then thus",
    "which": "which who whom what how why that's",
    "pronoun": "it they he she we you i them him us me itself themselves there something anything nothing",
    "not": "not never",
    "adverb": "very more most less least too also only just even still already always often again much many "
    "few",
}
_KIND_OF = {word: kind for kind, row in _CLASSES.items() for word in row.split()}
_ENDINGS = (("ing", "-ing"), ("ed", "-ed"), ("ly", "-ly"), ("s", "-s"))
START, END = "start", "end"
FEWEST_WORDS = 8
# The mean odds of natural sentences lie above CLUMSY - SPREAD / sqrt(words) in 98 of 100 cases (answers of
# students and textbook prose of 8 to 120 words); of shuffled ones four in five lie below.
CLUMSY, SPREAD, SCALE = 0.05, 1.25, 0.4
# Below CLUMSY - SURELY * SPREAD / sqrt(words) lies one of 8,483 answers of students and, once they are
# shuffled, a third of them on circuits and two thirds of those on computer networks.
SURELY = 1.75


@dataclass(frozen=True, slots=True)
class WordOrder:
    """Log odds of each pair of kinds of word against chance.

    Attributes
    ----------
    odds
        ``"article -ing"`` -> log P(second | first) / P(second); pairs not listed count 0.
    """

    odds: Mapping[str, float]

    def disorder(self, text: str) -> float:
        """Return 0 for English order however clumsy, from 0.5 to 1 for none; 0 for what is too short.

        Examples
        --------
        >>> order = WordOrder({"article other": 1.0, "article be": -2.0})
        >>> order.disorder("too short to tell")
        0.0
        """
        row = words(text)
        if len(row) < FEWEST_WORDS:
            return 0.0
        below = CLUMSY - SPREAD / math.sqrt(len(row)) - self.mean_odds(row)
        return min(1.0, 0.5 + below / SCALE) if below > 0 else 0.0

    def is_doubtful(self, text: str) -> bool:
        """Whether the order of ``text`` is worse than that of most English; alone this proves nothing."""
        row = words(text)
        return len(row) >= FEWEST_WORDS and self.mean_odds(row) < CLUMSY - 0.4 * SPREAD / math.sqrt(len(row))

    def is_scrambled(self, text: str) -> bool:
        """Whether ``text`` is in no order that anybody writes: to ask once more would be no use."""
        row = words(text)
        return len(row) >= FEWEST_WORDS and self.mean_odds(row) < CLUMSY - SURELY * SPREAD / math.sqrt(
            len(row)
        )

    def mean_odds(self, row: Iterable[str]) -> float:
        """Return the mean log odds over neighbouring words, the text's two ends included."""
        pairs = list(pairwise(kinds(row)))
        return sum(self.odds.get(f"{one} {other}", 0.0) for one, other in pairs) / len(pairs)


def kinds(row: Iterable[str]) -> list[str]:
    """Return the kind of each word, with the two ends.

    Examples
    --------
    >>> kinds(["the", "ball", "is", "falling"])
    ['start', 'article', 'other', 'be', '-ing', 'end']
    """
    return [START, *(_kind(word) for word in row), END]


def count_pairs(texts: Iterable[str]) -> dict[str, float]:
    """Return the table of `WordOrder.odds` for natural ``texts``: smoothed, rounded, rare pairs left out."""
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        row = words(text)
        if row:
            pairs.update(pairwise(kinds(row)))
    firsts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for (one, other), count in pairs.items():
        firsts[one] += count
        seconds[other] += count
    total = sum(pairs.values())
    table = {}
    for one in sorted(firsts):
        for other in sorted(seconds):
            expected = firsts[one] * seconds[other] / total
            if expected >= 5:
                odds = math.log((pairs[one, other] + 1) / (expected + 1))
                table[f"{one} {other}"] = round(max(-3.0, min(3.0, odds)), 2)
    return table


def _kind(word: str) -> str:
    known = _KIND_OF.get(word)
    if known:
        return known
    if word[0].isdigit():
        return "number"
    return next(
        (kind for ending, kind in _ENDINGS if word.endswith(ending) and len(word) > len(ending) + 2), "other"
    )
