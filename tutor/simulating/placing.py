"""A placement before the first lesson; whatever has these three methods can take its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from concepts.gating.guiding import Tutor as GuidingTutor
from concepts.gating.learners import TrueGraph
from graphs.compiled import CompiledGraph

QUESTIONS = 20


class Placement(Protocol):
    """Asks before it teaches."""

    def choose(self) -> int | None:
        """Return the number of the concept to ask about; None at the end."""

    def hear(self, concept: int, *, is_right: bool) -> None:
        """Learn from an answer."""

    def beliefs(self) -> Mapping[int, float]:
        """Return by number how likely each concept that it speaks of is mastered."""


class NoPlacement:
    """Starts from nothing."""

    def choose(self) -> int | None:
        """Ask nothing."""
        return None

    def hear(self, concept: int, *, is_right: bool) -> None:
        """Never called."""

    def beliefs(self) -> Mapping[int, float]:
        """Know nothing."""
        return {}


class ShortPlacement:
    """The one that gates are chosen with: the least certain concept first, credit below, doubt above."""

    def __init__(self, graph: CompiledGraph, *, goals: tuple[int, ...], most: int = QUESTIONS) -> None:
        gates = TrueGraph(tuple(tuple(graph.prerequisites[number]) for number in range(len(graph))))
        self._tutor = GuidingTutor(gates, orders=[[] for _ in range(len(graph))], goals=goals)
        self._needed = gates.needed(goals)
        self._left = most
        self._asked = 0

    def choose(self) -> int | None:
        """Return the least certain of what the goals rest on."""
        return self._tutor.choose_for_placement() if self._left else None

    def hear(self, concept: int, *, is_right: bool) -> None:
        """Believe more of all that it rests on after a right answer, less of all above after a wrong one."""
        self._left -= 1
        self._asked += 1
        self._tutor.hear_in_placement(concept, is_right=is_right, now=self._asked)

    def beliefs(self) -> Mapping[int, float]:
        """Return what is believed of all that the goals rest on."""
        return {number: self._tutor.belief[number] for number in self._needed} if self._asked else {}
