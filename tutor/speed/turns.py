"""Compare ways to do the same on a machine that others use: by turns, in processor time, as ratios."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from vectorstore.measuring import Ratio as Ratio

Value = TypeVar("Value")
Clock = Callable[[], float]
MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Timed:
    """What one way took: the median of all turns in milliseconds, and the slowest."""

    ms: float
    slowest_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timed:
        return cls(1000 * median(seconds), 1000 * max(seconds))


def take_turns(
    ways: Mapping[str, Callable[[], object]],
    *,
    turns: int,
    repeats: Mapping[str, int] | None = None,
    clock: Clock = time.process_time,
) -> dict[str, list[float]]:
    """Return for each way its seconds a go in every turn, after one turn that nobody times.

    Parameters
    ----------
    ways : mapping of str to callable
    turns : int
    repeats : mapping of str to int, optional
        How often a way goes in one turn, 1 where it is not named: what takes microseconds needs many.
    clock : callable
        Returns seconds.

    Examples
    --------
    >>> ticks = iter(range(100))
    >>> take_turns({"a": lambda: None}, turns=2, repeats={"a": 2}, clock=lambda: next(ticks))
    {'a': [0.5, 0.5]}
    """
    for way in ways.values():
        way()
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            goes = (repeats or {}).get(name, 1)
            before = clock()
            for _ in range(goes):
                way()
            spent[name].append((clock() - before) / goes)
    return spent


def ratio(spent: Mapping[str, Sequence[float]], *, of: str, to: str) -> Ratio:
    """Return how many times as long one way took as another, turn by turn.

    Examples
    --------
    >>> ratio({"old": [4.0, 9.0, 6.0], "new": [1.0, 3.0, 1.0]}, of="old", to="new")
    Ratio(median=4.0, least=3.0, greatest=6.0)
    """
    return Ratio.of([one / other for one, other in zip(spent[of], spent[to], strict=True)])


def peak_mib(build: Callable[[], Value]) -> tuple[Value, float]:
    """Return what a function builds, and the most memory that it held while it did."""
    tracemalloc.start()
    try:
        built = build()
        return built, tracemalloc.get_traced_memory()[1] / MEBIBYTE
    finally:
        tracemalloc.stop()
