"""What a name alone tells of a concept: how general it is, and whether it opens or closes a course."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from concepts.extraction.signals import Vector, standardised
from vectorstore.ports import Embedder

# A specific name keeps its meaning in any sentence; a general one is coloured by the words around it.
_FRAMES = (
    "introduction to {}",
    "examples of {}",
    "types of {}",
    "what is {}",
    "how {} works",
    "the history of {}",
)
_ELEMENTARY = (
    "a basic elementary notion that beginners learn first",
    "fundamental simple concept",
    "introduction to the basics",
)
_ADVANCED = (
    "an advanced specialised technique for experts",
    "complex advanced topic",
    "a special algorithm or method",
)
_OPENING = frozenset(
    "background basic basics foundation foundations fundamental fundamentals intro introduction overview "
    "preliminaries primer".split()
)
_CLOSING = frozenset(
    "advanced application applications conclusion exercise exercises faq further practice proficiency proof "
    "proofs recap review revisited summary".split()
)
_EMPTY = frozenset("a an and first getting of started the to".split())
_WORD = re.compile(r"[^\W_]+")


def name_generality(names: Sequence[str], *, embedder: Embedder) -> Vector:
    """Return how general each name is among these, standardised: "point" above "Pythagorean triple".

    Three cues that are of the language and not of the subject count alike: how much the meaning of a name
    changes with the sentence around it, whether it is nearer to what is called elementary or advanced, and
    in how few pieces the embedder writes it.
    """
    if not names:
        return np.zeros(0)
    own = embedder.embed(list(names))
    kept = [_cosines(own, embedder.embed([frame.format(name) for name in names])) for frame in _FRAMES]
    axis = embedder.embed(list(_ELEMENTARY)).mean(axis=0) - embedder.embed(list(_ADVANCED)).mean(axis=0)
    pieces = np.array([embedder.count_tokens(name) for name in names], dtype=np.float64)
    cues = (-np.mean(kept, axis=0), own @ axis, -pieces)
    return standardised(np.sum([standardised(np.asarray(cue, dtype=np.float64)) for cue in cues], axis=0))


def title_role(name: str) -> int:
    """Return 1 for a title that opens a matter, -1 for one that closes it, else 0.

    Examples
    --------
    >>> [title_role(name) for name in ("Introduction to recursion", "Chapter summary", "Recursion")]
    [1, -1, 0]
    """
    words = _words(name)
    return int(bool(words & _OPENING)) - int(bool(words & _CLOSING))


def opens_course(name: str) -> bool:
    """Say whether a title only says that it comes first: everything may rest on it.

    Examples
    --------
    >>> opens_course("Basics"), opens_course("Getting started: the basics"), opens_course("Sorting basics")
    (True, True, False)
    """
    words = _words(name)
    return bool(words & _OPENING) and words <= _OPENING | _EMPTY


def _words(name: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(name)}


def _cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> Vector:
    cosines: Vector = np.sum(first * second, axis=1).astype(np.float64)
    return cosines
