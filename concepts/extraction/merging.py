"""Variants of one name that spelling alone does not show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from concepts.extraction.candidates import Candidate, absorb
from concepts.extraction.terms import GENERIC
from vectorstore.ports import Embedder

NEAR = 0.85
_SHORTEST_PREFIX = 3


def merge_near(candidates: Sequence[Candidate], *, embedder: Embedder) -> list[Candidate]:
    """Join names whose vectors are near and whose words differ only by abbreviation or a generic word.

    "dict comprehension" joins "dictionary comprehension"; "positional-only parameter" and "keyword-only
    parameter" stay apart, however near their vectors are.

    Parameters
    ----------
    candidates
        Surest first: of two variants the surer keeps its name.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for number, candidate in enumerate(candidates):
        for word in {word[:_SHORTEST_PREFIX] for word in candidate.key}:
            groups[word].append(number)
    possible = sorted(
        {
            (first, second)
            for members in groups.values()
            for at, first in enumerate(members)
            for second in members[at + 1 :]
            if is_variant(candidates[first].key, candidates[second].key)
        }
    )
    if not possible:
        return list(candidates)
    wanted = sorted({number for pair in possible for number in pair})
    vectors = dict(zip(wanted, embedder.embed([candidates[number].name for number in wanted]), strict=True))
    gone: dict[int, int] = {}
    for first, second in possible:
        if first not in gone and second not in gone and float(vectors[first] @ vectors[second]) >= NEAR:
            absorb(candidates[first], candidates[second])
            gone[second] = first
    return [candidate for number, candidate in enumerate(candidates) if number not in gone]


def is_variant(first: Sequence[str], second: Sequence[str]) -> bool:
    """Say whether two names may be one: word for word the same or shortened, but for generic words.

    Examples
    --------
    >>> is_variant(("dict", "comprehension"), ("dictionary", "comprehension"))
    True
    >>> is_variant(("positional", "parameter"), ("keyword", "parameter"))
    False
    """
    plain_first = [word for word in first if word not in GENERIC] or list(first)
    plain_second = [word for word in second if word not in GENERIC] or list(second)
    if len(plain_first) != len(plain_second):
        return False
    return all(_is_short_for(a, b) for a, b in zip(plain_first, plain_second, strict=True))


def _is_short_for(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return short == long or (
        len(short) >= _SHORTEST_PREFIX and long.startswith(short) and len(long) - len(short) >= 3
    )
