"""What the rest of the system asks of an embedding model and of an index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Rows of float32; where they come from an `Embedder` each row has length 1."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read token by token.

    Attributes
    ----------
    vectors
        Array (n, d) of unit rows: each token as it is meant here, in this sentence.
    spans
        ``text[start:end]`` of each of the n tokens, in order.
    """

    text: str
    vectors: Vectors
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that an index found, and how well it fits (larger is better)."""

    id: int
    score: float


class Embedder(Protocol):
    """Turns texts into vectors whose inner product is their similarity in -1..1."""

    @property
    def name(self) -> str:
        """Which model this is; vectors of different names must not be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length d of a vector."""
        ...

    @property
    def window_tokens(self) -> int:
        """How many tokens of a text the model reads at once, its special tokens not counted."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return an array (n, d) of unit rows, in the order of `texts`; no part of a text is ignored."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens `text` has."""
        ...

    def windows(self, text: str) -> list[tuple[int, int]]:
        """Return character spans that each fit `window_tokens` and together cover `text`."""
        ...


class PairScorer(Protocol):
    """Reads two texts side by side."""

    def compare(self, pairs: Sequence[tuple[str, str]], *, context: str = "") -> Floats:
        """Return log odds (n,) that the second text of each pair says what the first says.

        Above 0 is more likely than not. What a learner was asked goes into ``context``, so that
        "because it is longer" is understood.
        """
        ...


class Reader(PairScorer, Protocol):
    """Reads texts token by token, each token in the light of the words around it."""

    @property
    def name(self) -> str:
        """Which model this is; vectors of different names must not be compared."""
        ...

    def read(self, texts: Sequence[str], *, context: str = "") -> list[Reading]:
        """Return the readings of ``texts``, in order; ``context`` is read before each but not returned."""
        ...


@dataclass(frozen=True, slots=True)
class ParsedWord:
    """One word of a sentence and what it hangs on.

    Attributes
    ----------
    start, end
        ``text[start:end]`` of the word.
    lemma
        Its dictionary form in small letters.
    kind
        Its universal part of speech: ``NOUN``, ``VERB``, ``ADP`` ... (Universal Dependencies).
    form
        Its Penn Treebank tag, which tells "takes" from "taken".
    role
        What it is to its head, by the labels of ClearNLP: ``nsubj``, ``dobj``, ``prep`` ...
    head
        Place of the word that it hangs on; its own where it hangs on none.
    """

    start: int
    end: int
    lemma: str
    kind: str
    form: str
    role: str
    head: int


class Parser(Protocol):
    """Says of every word of an English text which other word it hangs on, and how."""

    @property
    def name(self) -> str:
        """Which model this is, with its version."""
        ...

    def parse(self, text: str) -> tuple[ParsedWord, ...]:
        """Return the words of ``text`` in order; heads are places in what is returned."""
        ...


class PassageIndex(Protocol):
    """Finds the rows whose vectors lie nearest to a vector."""

    def __len__(self) -> int: ...

    def search(self, vector: Vectors, *, limit: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return the best `limit` rows for a unit vector (d,), best first, out of `allowed` ids if given."""
        ...
