"""Which pairs are worth a model's time: those that the text leaves in doubt, and not too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from concepts.extraction.batching import Batch, batches
from concepts.extraction.scoring import ScoredPair

# Chosen from the figures of `benchmark_graph --engine ollama`: see docs/benchmarks.md.
LOW = 0.15
HIGH = 0.9
PAIRS_PER_CALL = 8
MOST_CALLS_PER_PAIR = 1 / 3
# A pair is put twice, once with either concept first.
ORDERS = 2

PlacesOf = Callable[[ScoredPair], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Band:
    """The probabilities between which the text is unsure.

    Attributes
    ----------
    low, high
        Below ``low`` an edge is not worth a question, from ``high`` on it needs none.
    """

    low: float = LOW
    high: float = HIGH

    def holds(self, pair: ScoredPair) -> bool:
        """Say whether either direction of a pair is in doubt.

        Examples
        --------
        >>> band = Band(0.1, 0.8)
        >>> [band.holds(ScoredPair(0, 1, *both)) for both in [(0.5, 0.1), (0.9, 0.05), (0.9, 0.3)]]
        [True, False, True]
        """
        return any(self.low <= p < self.high for p in (pair.confidence, pair.reverse_confidence))


def doubtful(pairs: Iterable[ScoredPair], *, band: Band, most_of_one: int | None = None) -> list[ScoredPair]:
    """Return the pairs in doubt, likeliest first, of each dependent only the likeliest few."""
    taken: Counter[int] = Counter()
    chosen = []
    for pair in sorted(pairs, key=lambda pair: (-pair.confidence, pair.dependent, pair.prerequisite)):
        if band.holds(pair) and (most_of_one is None or taken[pair.dependent] < most_of_one):
            taken[pair.dependent] += 1
            chosen.append(pair)
    return chosen


def most_pair_calls(candidates: int) -> int:
    """Return how many calls so many candidate pairs may cost: one in three, but one for each order.

    Examples
    --------
    >>> most_pair_calls(3000), most_pair_calls(2)
    (1000, 2)
    """
    return max(ORDERS, int(candidates * MOST_CALLS_PER_PAIR))


def within_budget(
    wanted: Sequence[ScoredPair], *, most_calls: int, places_of: PlacesOf, most_places: int
) -> tuple[list[Batch[ScoredPair, int]], int]:
    """Return batches for one order of the pairs, as few as allowed, and how many pairs are left out.

    Parameters
    ----------
    wanted
        Likeliest first: the last are left out.
    most_calls
        How many calls both orders together may take.
    places_of
        The concepts whose texts a pair needs.
    """
    most = max(0, most_calls // ORDERS)
    kept = min(len(wanted), most * PAIRS_PER_CALL)
    while True:
        ordered = sorted(
            wanted[:kept], key=lambda pair: (pair.dependent, -pair.confidence, pair.prerequisite)
        )
        made = batches(
            [(pair, places_of(pair)) for pair in ordered],
            most_items=PAIRS_PER_CALL,
            most_places=most_places,
        )
        over = len(made) - most
        if over <= 0:
            return made, len(wanted) - kept
        # A few at a time: batches that lose a pair fill up again.
        kept -= max(1, min(over, kept // 20))
