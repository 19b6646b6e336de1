"""How far the words of one text are met in another, each word as it is meant in its sentence.

Every content word of a rubric point is held against the word of the answer that is nearest in meaning and use
(Khattab and Zaharia 2020, ColBERT, equation 3), rare words counting more, those that the question gave away
less. What an unrelated statement of the same subject would reach is then taken off: in a course on circuits
every answer speaks of batteries (the cohort normalisation of speaker verification, Auckenthaler et al. 2000).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vectorstore.ports import Reading, Vectors
from vectorstore.words import STOP_WORDS, stem, words

QUESTION_WEIGHT = 0.25
STOP_WEIGHT = 0.3
LONGEST_TYPO_WORD = 4
# A word found again counts at least this much, however different the sentence around it is.
SAME_WORD = 0.85
# More than this no background can take off, or nothing would be left to reach.
MOST_USUAL = 0.9
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each stem counts: rare ones more.

    Attributes
    ----------
    common
        Stem -> share of unrelated texts that use it; stems not listed are rare.
    rarest
        The share that an unlisted stem is taken to have.
    """

    common: Mapping[str, float]
    rarest: float = 0.01

    def of(self, key: str) -> float:
        """Return the weight of a stem, 0..1."""
        share = max(self.common.get(key, self.rarest), self.rarest)
        return math.log(1 / min(share, 0.9)) / math.log(1 / self.rarest)


@dataclass(frozen=True, slots=True)
class WordVectors:
    """The words of a text in order.

    Attributes
    ----------
    stems
        Of the n words, as `vectorstore.words` has them.
    is_stop
        Whether each only says how the sentence is built.
    vectors
        Array (n, d) of unit rows.
    spans
        ``text[start:end]`` of each.
    """

    stems: tuple[str, ...]
    is_stop: tuple[bool, ...]
    vectors: Vectors
    spans: tuple[tuple[int, int], ...]


def word_vectors(reading: Reading, *, offset: int = 0) -> WordVectors:
    """Return the words of a reading, each with the mean of its tokens' vectors.

    Words beyond what the reader could hold are left out. ``offset`` is added to the spans.
    """
    rows: list[tuple[str, bool, Vectors, tuple[int, int]]] = []
    at = 0
    for found in _WORD.finditer(reading.text):
        start, end = found.span()
        while at < len(reading.spans) and reading.spans[at][1] <= start:
            at += 1
        last = at
        while last < len(reading.spans) and reading.spans[last][0] < end:
            last += 1
        if last == at:
            break
        word = next(iter(words(found.group())), "")
        mean = reading.vectors[at:last].mean(axis=0)
        if word:
            rows.append((stem(word), word in STOP_WORDS, mean, (start + offset, end + offset)))
    width = reading.vectors.shape[1]
    vectors = np.stack([row[2] for row in rows]) if rows else np.zeros((0, width), np.float32)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return WordVectors(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        np.asarray(vectors / lengths, np.float32),
        tuple(row[3] for row in rows),
    )


def joined(parts: Sequence[WordVectors]) -> WordVectors:
    """Return the words of several stretches of one text as those of the whole."""
    return WordVectors(
        tuple(key for part in parts for key in part.stems),
        tuple(is_stop for part in parts for is_stop in part.is_stop),
        np.concatenate([part.vectors for part in parts]) if parts else np.zeros((0, 1), np.float32),
        tuple(span for part in parts for span in part.spans),
    )


def nearness(point: WordVectors, answer: WordVectors) -> NDArray[np.float32]:
    """Return an array (n, m): how near each word of the point is to each of the answer, at most 1.

    The same word, also with a typing error, is at least `SAME_WORD`.
    """
    near = np.array(point.vectors @ answer.vectors.T, dtype=np.float32)
    places: dict[str, list[int]] = {}
    for at, key in enumerate(answer.stems):
        places.setdefault(key, []).append(at)
    for at, (key, is_stop) in enumerate(zip(point.stems, point.is_stop, strict=True)):
        if not is_stop:
            same = [place for other in _spellings(key, places) for place in places[other]]
            near[at, same] = np.maximum(near[at, same], SAME_WORD)
    return near


def word_weights(text: WordVectors, *, weights: Weights, asked: frozenset[str]) -> NDArray[np.float64]:
    """Return an array (n,): how much each word counts; at least one counts if there is a word."""
    row = np.array(
        [
            STOP_WEIGHT if is_stop else weights.of(key) * (QUESTION_WEIGHT if key in asked else 1.0)
            for key, is_stop in zip(text.stems, text.is_stop, strict=True)
        ]
    )
    return row if row.sum() > 0 else np.ones(len(text.stems))


def alignment(
    near: NDArray[np.float32], weight: NDArray[np.float64], *, keep: NDArray[np.bool_] | None = None
) -> float:
    """Return the weighted mean over the point's words of how near their best match is, 0..1.

    Parameters
    ----------
    near
        Array (n, m) of `nearness`.
    weight
        Array (n,) of `word_weights`.
    keep
        Which of the m words of the answer may be a match; all by default.
    """
    chosen = near if keep is None else near[:, keep]
    if not chosen.size:
        return 0.0
    return float(np.clip(chosen.max(axis=1) @ weight / weight.sum(), 0.0, 1.0))


def gain(reached: float, *, usual: float) -> float:
    """Return how much of the way from the usual to full alignment was made: 1 for all, below 0 for less.

    Examples
    --------
    >>> gain(0.8, usual=0.6), gain(0.5, usual=0.6) < 0
    (0.5000000000000001, True)
    """
    usual = min(usual, MOST_USUAL)
    return (reached - usual) / (1 - usual)


def _spellings(key: str, known: Mapping[str, object]) -> list[str]:
    """The word itself if it is there; else those that it may be a typing error of."""
    return [key] if key in known else [other for other in known if is_typo(key, other)]


@lru_cache(maxsize=65_536)
def is_typo(one: str, other: str) -> bool:
    """Say whether two words differ by one letter added, left out, changed, or exchanged with the next.

    Only words long enough to tell count, with the same first letter and without digits.
    """
    if min(len(one), len(other)) <= LONGEST_TYPO_WORD or abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    if any(char.isdigit() for char in one + other):
        return False
    start = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return True
    exchanged = one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
    return (
        exchanged == other[start:]
        or one[start + 1 :] == other[start + 1 :]
        or one[start + 1 :] == other[start:]
        or one[start:] == other[start + 1 :]
    )


def with_spelling_of(text: str, *, known: Sequence[str]) -> str:
    """Return ``text`` with each mistyped word in the spelling of the one word of ``known`` that it can be.

    Examples
    --------
    >>> with_spelling_of("tow tones of slighty diffrent pitch", known=["slightly different tones"])
    'tow tones of slightly different pitch'
    """
    right = {found.group().casefold() for row in known for found in _WORD.finditer(row)}

    def spelt(found: re.Match[str]) -> str:
        word = found.group().casefold()
        meant = [] if word in right else [other for other in right if is_typo(word, other)]
        return meant[0] if len(meant) == 1 and stem(word) != stem(meant[0]) else found.group()

    return _WORD.sub(spelt, text)


def stems_of(texts: Sequence[str]) -> frozenset[str]:
    """Return the content stems of some texts together."""
    return frozenset(stem(word) for text in texts for word in words(text) if word not in STOP_WORDS)
