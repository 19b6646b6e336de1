"""Which concepts may be one: by their names, and by vectors of what is said of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 512
"""Rows of the similarity matrix computed at once: 20,000 concepts need no more than 40 MB."""

_WORD = re.compile(r"[^\W_]+|[+#]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two concepts that may be one, how alike they are (0..1), and why it is thought so."""

    first: str
    second: str
    score: float
    why: str


def like_names(concepts: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Likeness]:
    """Yield the pairs of which one goes by a name or alias of the other.

    Parameters
    ----------
    concepts : iterable of (id, attributes)
        `name` and `aliases` are read. Case, accents, order of words and a plural s do not matter.

    Examples
    --------
    >>> pairs = like_names([("a", {"name": "for loop"}), ("b", {"name": "Loop", "aliases": ["For-loops"]})])
    >>> next(pairs).why
    'both go by “for loop”'
    """
    bearers: dict[tuple[str, ...], dict[str, str]] = {}
    for concept, said in concepts:
        aliases = said.get("aliases")
        for name in (said.get("name", concept), *(aliases if isinstance(aliases, list) else [])):
            key = name_key(str(name))
            if key:
                bearers.setdefault(key, {}).setdefault(concept, str(name))
    for held in bearers.values():
        for first, second in combinations(held, 2):
            yield Likeness(first, second, 1.0, f"both go by “{held[first]}”")


def like_vectors(concepts: Sequence[str], vectors: NDArray[np.float32], *, at_least: float) -> list[Likeness]:
    """Return the pairs of which the vectors are nearly the same.

    Parameters
    ----------
    concepts : sequence of str
        n ids.
    vectors : array (n, d)
        Unit rows, in the same order.
    at_least : float
        Cosine from which a pair is told.

    Examples
    --------
    >>> rows = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    >>> [(pair.first, pair.second) for pair in like_vectors("abc", rows, at_least=0.9)]
    [('a', 'c')]
    """
    found = []
    for start in range(0, len(concepts), BLOCK):
        scores = vectors[start : start + BLOCK] @ vectors.T
        for row, column in np.argwhere(scores >= at_least):
            first, second = int(row) + start, int(column)
            if first < second:
                score = float(min(scores[row, column], 1.0))
                why = f"what the sources say of them is nearly the same ({score:.2f})"
                found.append(Likeness(concepts[first], concepts[second], score, why))
    return found


def name_key(name: str) -> tuple[str, ...]:
    """Return what all spellings of a name share: its words in the singular, sorted, without accents.

    Examples
    --------
    >>> name_key("Naïve loops") == name_key("loop, naive")
    True
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return tuple(sorted(_singular(word) for word in _WORD.findall(plain)))


def _singular(word: str) -> str:
    return (
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
    )
