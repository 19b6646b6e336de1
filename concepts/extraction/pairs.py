"""Ordered pairs of concepts: which are worth scoring, and what the text says about each direction.

The same features serve a textbook (each concept has a section in ordered documents) and a bare
collection (each concept has one text and no order), so that weights fitted on one can score the other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from concepts.extraction.terms import term_key
from vectorstore.words import STOP_WORDS, stems

FEATURES = (
    "mention",
    "mention_back",
    "definition_mention",
    "definition_mention_back",
    "opening_mention",
    "opening_mention_back",
    "overlap",
    "overlap_back",
    "reference_distance",
    "generality",
    "centrality",
    "introductory",
    "length",
    "rarity",
    "contained",
    "contained_back",
    "order",
    "similarity",
)
# Which way each feature may speak. What is against sense in one collection (a definition that names a
# prerequisite counting against it) is chance there, and would be an error elsewhere.
SIGNS = {name: -1 if name.endswith("_back") else 1 for name in FEATURES} | {"length": 0}
_INTRODUCTORY = frozenset(
    "basic basics foundations fundamentals introduction intro overview preliminaries".split()
)
_ABOVE_CHANCE = 2.0
MOST_PARTNERS = 24
_OPENING_SHARE = 0.2


@dataclass(slots=True)
class ConceptText:
    """What the texts say where one concept is taught.

    Attributes
    ----------
    mentions
        How often each other concept (by number) is named there; a link to its place counts as naming it.
    definition_mentions, opening_mentions
        The concepts named in its definition, and in the first sentences of its home.
    stems
        Stems of its home text.
    size
        Words of its home text.
    position
        Rank in teaching order, or None where the texts have no order.
    """

    name: str
    mentions: Counter[int] = field(default_factory=Counter)
    definition_mentions: frozenset[int] = frozenset()
    opening_mentions: frozenset[int] = frozenset()
    stems: Counter[str] = field(default_factory=Counter)
    size: int = 0
    position: int | None = None


class PairTable:
    """Features of ordered pairs over one subject.

    Parameters
    ----------
    concepts
        One entry for each concept of the subject.
    vectors : (n, d) array
        L2-normalised embeddings of what each concept is about.
    """

    def __init__(self, concepts: Sequence[ConceptText], *, vectors: NDArray[np.float32]) -> None:
        self.concepts = concepts
        self._vectors = vectors
        self._named_by = _document_frequency(concepts)
        self._keys = [term_key(concept.name) for concept in concepts]
        self._name_stems = [frozenset(stems(concept.name)) for concept in concepts]
        self._stem_idf = _stem_idf(concepts)
        self._rarity = [self._mean_idf(concept) for concept in concepts]
        self._weights = [self._reference_weights(number) for number in range(len(concepts))]
        self._named_in_all = sum((concept.mentions for concept in concepts), Counter[int]())
        self._size_of_all = sum(concept.size for concept in concepts)
        self._centrality = _centrality(vectors)
        self._similarity_mean, self._similarity_scale = self._similarity_norm()

    def candidates(self) -> list[tuple[int, int]]:
        """Return unordered pairs ``(i, j)``, i < j, that anything in the text connects.

        At most ``MOST_PARTNERS`` per concept are taken from what its home names, and as many from names
        that contain its name, so the number grows with the concepts and not with their square.
        """
        found: set[tuple[int, int]] = set()
        for number, concept in enumerate(self.concepts):
            ranked = sorted(self._weights[number], key=lambda other: (-self._weights[number][other], other))
            partners = set(ranked[:MOST_PARTNERS]) | set(concept.definition_mentions)
            found.update((min(number, other), max(number, other)) for other in partners if other != number)
        found.update(self._containing())
        return sorted(found)

    def features(self, prerequisite: int, dependent: int) -> NDArray[np.float64]:
        """Return, in the order of FEATURES, what speaks for "``dependent`` requires ``prerequisite``"."""
        first, second = prerequisite, dependent
        before, after = self.concepts[first], self.concepts[second]
        values = (
            self._weights[second].get(first, 0.0),
            self._weights[first].get(second, 0.0),
            float(first in after.definition_mentions),
            float(second in before.definition_mentions),
            float(first in after.opening_mentions),
            float(second in before.opening_mentions),
            self._overlap(first, second),
            self._overlap(second, first),
            self._reference(first, second) - self._reference(second, first),
            math.log1p(self._named_by[first]) - math.log1p(self._named_by[second]),
            self._centrality[first] - self._centrality[second],
            _is_introductory(before) - _is_introductory(after),
            math.log1p(after.size) - math.log1p(before.size),
            self._rarity[second] - self._rarity[first],
            self._contained(first, second),
            self._contained(second, first),
            _order(before, after),
            self._similarity(first, second),
        )
        return np.array(values, dtype=np.float64)

    def is_plain(self, prerequisite: int, dependent: int) -> bool:
        """Say whether the text shows the edge plainly and not by a passing mention.

        The dependent's name or definition names the prerequisite, or its home does so at its opening or
        twice, and clearly more often than a text of its length would by chance.
        """
        home = self.concepts[dependent]
        if prerequisite in home.definition_mentions or self._contained(prerequisite, dependent):
            return True
        count = home.mentions.get(prerequisite, 0)
        elsewhere = self._named_in_all[prerequisite] - self.concepts[prerequisite].mentions.get(
            prerequisite, 0
        )
        by_chance = elsewhere * home.size / max(1, self._size_of_all)
        shown = count > 1 or prerequisite in home.opening_mentions
        return shown and count > _ABOVE_CHANCE * by_chance

    def _reference_weights(self, number: int) -> dict[int, float]:
        """Return how strongly a concept's home rests on each concept it names.

        Count dampened by a logarithm, weighed by how few homes name it, scaled to unit length, so that
        long and short homes compare.
        """
        total = len(self.concepts)
        raw = {
            other: math.log1p(count) * math.log1p(total / (1 + self._named_by[other]))
            for other, count in self.concepts[number].mentions.items()
            if other != number
        }
        length = math.sqrt(sum(value * value for value in raw.values()))
        return {other: value / length for other, value in raw.items()} if length else {}

    def _reference(self, first: int, second: int) -> float:
        """Return how far what ``second`` rests on rests on ``first``.

        One side of the reference distance of Liang, Wu, Huang and Giles (2015), equation 1.
        """
        weights = self._weights[second]
        total = sum(weights.values())
        if not total:
            return 0.0
        return sum(weight for other, weight in weights.items() if first in self._weights[other]) / total

    def _overlap(self, first: int, second: int) -> float:
        """Return how much the words of one name stand in the other's home, rare words counting more."""
        wanted = self._name_stems[first]
        weight = {stem: self._stem_idf.get(stem, 1.0) for stem in wanted}
        total = sum(weight.values())
        held = self.concepts[second].stems
        return sum(value * math.log1p(held[stem]) for stem, value in weight.items()) / total if total else 0.0

    def _mean_idf(self, concept: ConceptText) -> float:
        """Return how rare the words of a home are: what comes first is said in common words."""
        rarity = sum(self._stem_idf[stem] for stem in concept.stems)
        return rarity / len(concept.stems) if concept.stems else 0.0

    def _contained(self, first: int, second: int) -> float:
        """Return 1 where one name is a part of the other's, or ends it ("list" in "linked list")."""
        short, long = self._keys[first], self._keys[second]
        if not short or len(short) >= len(long):
            return 0.0
        places = range(len(long) - len(short) + 1)
        return float(any(long[at : at + len(short)] == short for at in places))

    def _containing(self) -> list[tuple[int, int]]:
        by_key = {key: number for number, key in enumerate(self._keys)}
        found = []
        for number, key in enumerate(self._keys):
            for size in range(1, len(key)):
                for at in range(len(key) - size + 1):
                    other = by_key.get(key[at : at + size])
                    if other is not None and other != number and key[at] not in STOP_WORDS:
                        found.append((min(number, other), max(number, other)))
        return found

    def _similarity(self, first: int, second: int) -> float:
        cosine = float(self._vectors[first] @ self._vectors[second])
        return (cosine - self._similarity_mean) / self._similarity_scale

    def _similarity_norm(self) -> tuple[float, float]:
        """Return mean and spread of the cosine, from at most 4,000 pairs at fixed strides."""
        count = len(self.concepts)
        if count < 3:
            return 0.0, 1.0
        steps = max(1, 4000 // count)
        rows = np.arange(count)
        seen = [np.sum(self._vectors * self._vectors[(rows + step) % count], axis=1)
                for step in range(1, min(steps, count - 1) + 1)]  # fmt: skip
        values = np.concatenate(seen)
        return float(values.mean()), max(float(values.std()), 1e-3)


def opening_count(sentences: int) -> int:
    """Return how many sentences open a home: two, or a fifth of a long one.

    Examples
    --------
    >>> opening_count(4), opening_count(30)
    (2, 6)
    """
    return max(2, round(sentences * _OPENING_SHARE))


def _order(before: ConceptText, after: ConceptText) -> float:
    if before.position is None or after.position is None or before.position == after.position:
        return 0.0
    return 1.0 if before.position < after.position else -1.0


def _centrality(vectors: NDArray[np.float32]) -> list[float]:
    """Return how near each concept lies to the subject's middle, in standard deviations.

    What many things rest on is near the middle; a special topic is at the edge.
    """
    if len(vectors) < 3:
        return [0.0] * len(vectors)
    near = vectors @ vectors.mean(axis=0)
    spread = float(near.std())
    return [float(value) for value in (near - near.mean()) / max(spread, 1e-6)]


def _is_introductory(concept: ConceptText) -> float:
    return float(bool(_INTRODUCTORY & set(concept.name.casefold().split())))


def _document_frequency(concepts: Sequence[ConceptText]) -> list[int]:
    named = Counter(
        other for number, concept in enumerate(concepts) for other in concept.mentions if other != number
    )
    return [named[number] for number in range(len(concepts))]


def _stem_idf(concepts: Sequence[ConceptText]) -> dict[str, float]:
    held = Counter(stem for concept in concepts for stem in concept.stems)
    return {stem: math.log1p(len(concepts) / (1 + count)) for stem, count in held.items()}
