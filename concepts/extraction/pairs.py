"""Ordered pairs of concepts: what the text says about each direction.

The same signals serve a textbook (each concept has a section in ordered documents), a bare collection
(each concept has one text and no order) and a list of names, so that weights fitted on one can score
another. What a source does not give is 0 and speaks neither way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from concepts.extraction.naming import opens_course, title_role
from concepts.extraction.signals import (
    Matrix,
    Vector,
    ahead,
    closeness,
    concentration,
    counted,
    lead,
    owned_use,
    reference_weights,
    shared_words,
    standardised,
    standardised_pairs,
)
from concepts.extraction.terms import term_key

# Whether two concepts have to do with each other, whichever comes first.
RELATED = ("closeness", "shared_words", "naming_either_way", "name_contained", "course_opening")
# Which of the two comes first.
DIRECTED = (
    "opening_names_it",
    "named_by_many",
    "centrality",
    "title_role",
    "shorter",
    "name_in_name",
    "name_generality",
    "its_terms_used",
    "its_code_used",
    "opens_course",
)
# The same where there are names and no texts.
RELATED_NAMES = ("name_contained", "course_opening")
DIRECTED_NAMES = ("title_role", "name_in_name", "name_generality", "opens_course")

_ABOVE_CHANCE = 2.0
_TERMS_SHARE = 0.6
_CODE_SHARE = 0.8
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
        Words of its home text; 0 where it has none of its own.
    position
        Rank in teaching order, or None where the texts have no order.
    own_terms, used_terms
        Terms that its home sets apart (its names, headings, emphasis), and terms that any home sets apart
        as far as this one uses them.
    code
        Identifiers and signs of its examples.
    """

    name: str
    mentions: Counter[int] = field(default_factory=Counter)
    definition_mentions: frozenset[int] = frozenset()
    opening_mentions: frozenset[int] = frozenset()
    stems: Counter[str] = field(default_factory=Counter)
    size: int = 0
    position: int | None = None
    own_terms: Counter[Hashable] = field(default_factory=Counter)
    used_terms: Counter[Hashable] = field(default_factory=Counter)
    code: Counter[Hashable] = field(default_factory=Counter)


class PairTable:
    """Signals of the ordered pairs of one subject.

    Parameters
    ----------
    concepts
        One entry for each concept of the subject.
    vectors : (n, d) array
        L2-normalised embeddings of what each concept is about.
    generality : (n,) array, optional
        How general each name is (`concepts.extraction.naming.name_generality`); not known if left out.
    """

    def __init__(
        self,
        concepts: Sequence[ConceptText],
        *,
        vectors: NDArray[np.float32],
        generality: Vector | None = None,
    ) -> None:
        self.concepts = concepts
        self._vectors = vectors
        self._generality = np.zeros(len(concepts)) if generality is None else generality
        self._keys = [term_key(concept.name) for concept in concepts]
        self._named_in_all = sum((concept.mentions for concept in concepts), Counter[int]())
        self._size_of_all = sum(concept.size for concept in concepts)

    @property
    def has_text(self) -> bool:
        """Whether there is anything to read beside the names."""
        return any(concept.stems for concept in self.concepts)

    @cached_property
    def signals(self) -> dict[str, Matrix]:
        """Each signal by its name: row the prerequisite, column the dependent."""
        contained = self._contained()
        opens = np.array([float(opens_course(concept.name)) for concept in self.concepts])
        found = {
            "name_contained": contained + contained.T,
            "name_in_name": lead(contained),
            "course_opening": np.maximum(opens[:, None], opens[None, :]),
            "opens_course": ahead(opens),
            "title_role": ahead(np.array([float(title_role(concept.name)) for concept in self.concepts])),
            "name_generality": ahead(self._generality),
        }
        return found | (self._text_signals() if self.has_text else {})

    def _text_signals(self) -> dict[str, Matrix]:
        mentions = counted([concept.mentions for concept in self.concepts])
        weights = reference_weights(mentions)
        likeness = self._vectors.astype(np.float64) @ self._vectors.T.astype(np.float64)
        words = standardised_pairs(shared_words([concept.stems for concept in self.concepts]))
        sizes = np.log1p(np.array([concept.size for concept in self.concepts], dtype=np.float64))
        openings = counted([Counter(concept.opening_mentions) for concept in self.concepts])
        code = [concept.code for concept in self.concepts]
        terms = owned_use(
            [concept.own_terms for concept in self.concepts],
            [concept.used_terms for concept in self.concepts],
            most_share=_TERMS_SHARE,
        )
        code_use = owned_use(concentration(code), code, most_share=_CODE_SHARE)
        return {
            "closeness": closeness(standardised_pairs(likeness) + words),
            "shared_words": words,
            "naming_either_way": np.sqrt(weights + weights.T),
            "opening_names_it": lead(openings),
            "named_by_many": ahead(np.log1p((mentions > 0).sum(axis=1))),
            "centrality": ahead(standardised(likeness.mean(axis=1))),
            "shorter": ahead(-standardised(sizes)),
            "its_terms_used": lead(standardised_pairs(np.sqrt(terms))),
            "its_code_used": lead(standardised_pairs(np.sqrt(code_use))),
        }

    @cached_property
    def order(self) -> Matrix:
        """1 where the first is taught before the second, -1 where after, 0 where nothing tells."""
        known = [concept.position for concept in self.concepts]
        ranks = np.array([np.nan if rank is None else rank for rank in known], dtype=np.float64)
        return np.nan_to_num(np.sign(ranks[None, :] - ranks[:, None]))

    def is_named_more(self, prerequisite: int, dependent: int) -> bool:
        """Say whether the dependent's text names the prerequisite more than the other way round."""
        forward = self.concepts[dependent].mentions.get(prerequisite, 0)
        return forward > self.concepts[prerequisite].mentions.get(dependent, 0)

    def is_plain(self, prerequisite: int, dependent: int) -> bool:
        """Say whether the text shows the edge plainly and not by a passing mention.

        The dependent's name or definition names the prerequisite, or its home does so at its opening or
        twice, and clearly more often than a text of its length would by chance.
        """
        home = self.concepts[dependent]
        if prerequisite in home.definition_mentions or self._is_part(prerequisite, dependent):
            return True
        count = home.mentions.get(prerequisite, 0)
        elsewhere = self._named_in_all[prerequisite] - self.concepts[prerequisite].mentions.get(
            prerequisite, 0
        )
        by_chance = elsewhere * home.size / max(1, self._size_of_all)
        shown = count > 1 or prerequisite in home.opening_mentions
        return shown and count > _ABOVE_CHANCE * by_chance

    def _is_part(self, first: int, second: int) -> bool:
        """Say whether one name is a part of the other's ("list" in "linked list")."""
        short, long = self._keys[first], self._keys[second]
        if not short or len(short) >= len(long):
            return False
        return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))

    def _contained(self) -> Matrix:
        by_key: dict[tuple[str, ...], list[int]] = {}
        for number, key in enumerate(self._keys):
            by_key.setdefault(key, []).append(number)
        contained = np.zeros((len(self._keys), len(self._keys)))
        for number, key in enumerate(self._keys):
            for size in range(1, len(key)):
                for at in range(len(key) - size + 1):
                    contained[by_key.get(key[at : at + size], []), number] = 1.0
        return contained


def opening_count(sentences: int) -> int:
    """Return how many sentences open a home: two, or a fifth of a long one.

    Examples
    --------
    >>> opening_count(4), opening_count(30)
    (2, 6)
    """
    return max(2, round(sentences * _OPENING_SHARE))
