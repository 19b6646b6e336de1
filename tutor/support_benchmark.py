"""Measures the check of support: what it lets through that is false, and what it refuses that is true."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tutor.distortions import distortion
from tutor.falsifying import Made, made_from
from tutor.support import LEAST_SUPPORT, nearness
from vectorstore.ports import Embedder
from vectorstore.words import words

SEED = 7
FEWEST_WORDS = 6
# Refusing a true sentence costs one sentence of a lesson, teaching a false one costs the learner's trust.
COST_OF_FALSE_ACCEPT = 5.0
THRESHOLDS = tuple(round(float(value), 2) for value in np.arange(0.3, 0.96, 0.05))


@dataclass(frozen=True, slots=True)
class Judged:
    """A made sentence, which change the rules saw ("" for none), and how near it is to its source."""

    made: Made
    changed: str
    score: float

    def is_accepted(self, threshold: float = LEAST_SUPPORT) -> bool:
        """Whether it would stay in a lesson."""
        return not self.changed and self.score >= threshold


@dataclass(frozen=True, slots=True)
class Rates:
    """Of the false sentences those accepted, of the true ones those refused."""

    false: int
    false_accept: float
    true: int
    false_refuse: float


def judge(documents: Iterable[Sequence[str]], *, embedder: Embedder) -> list[Judged]:
    """Judge what is made from the sentences of each document, with the real check.

    Parameters
    ----------
    documents
        Their sentences in reading order; those that are too short to be a statement are left out.
    """
    rng = random.Random(SEED)  # noqa: S311  (draws sentences, guards nothing)
    made = [
        one
        for rows in documents
        for one in made_from([row for row in rows if len(words(row)) >= FEWEST_WORDS], rng=rng)
    ]
    scores = [nearness(one.text, [one.source], names=set(), embedder=embedder) for one in made]
    changes = [distortion(one.text, [one.source]) for one in made]
    return [
        Judged(one, changed.value if changed else "", score)
        for one, changed, score in zip(made, changes, scores, strict=True)
    ]


def rates(rows: Sequence[Judged], *, threshold: float = LEAST_SUPPORT) -> Rates:
    """Return the two rates of error at a threshold."""
    false = [row for row in rows if not row.made.is_true]
    true = [row for row in rows if row.made.is_true]
    accepted = sum(row.is_accepted(threshold) for row in false)
    refused = sum(not row.is_accepted(threshold) for row in true)
    return Rates(len(false), accepted / max(1, len(false)), len(true), refused / max(1, len(true)))


def best_threshold(rows: Sequence[Judged]) -> float:
    """Return the threshold at which the errors cost least; of equals the strictest."""

    def cost(threshold: float) -> float:
        found = rates(rows, threshold=threshold)
        return COST_OF_FALSE_ACCEPT * found.false_accept + found.false_refuse

    return min(THRESHOLDS, key=lambda threshold: (round(cost(threshold), 6), -threshold))


def table(rows: Sequence[Judged], *, threshold: float = LEAST_SUPPORT) -> Iterator[str]:
    """Yield a line for each kind of change: how many there are, and how many were judged wrongly."""
    yield f"{'kind':24} {'true':>5} {'made':>5} {'wrong':>6}"
    kinds = Counter((row.made.is_true, row.made.kind) for row in rows)
    for (is_true, kind), count in sorted(kinds.items(), key=lambda each: (not each[0][0], each[0][1])):
        same = [row for row in rows if (row.made.is_true, row.made.kind) == (is_true, kind)]
        wrong = sum(row.is_accepted(threshold) != is_true for row in same) / count
        yield f"{kind:24} {'yes' if is_true else 'no':>5} {count:5} {wrong:6.2f}"
