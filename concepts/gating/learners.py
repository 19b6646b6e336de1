"""Learners with hidden mastery, who learn, forget, guess and slip under a true prerequisite graph."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEARNING = (0.12, 0.28)
GUESS = (0.08, 0.32)
SLIP = (0.03, 0.15)
# Each unmastered prerequisite leaves so much of the chance to learn.
HINDRANCE = 0.1
# Interactions until a fresh concept is forgotten, in the mean; doubled by each success after a pause.
MEMORY = 500.0
PAUSE = 20
IMPLICIT_REVIEW = 0.25
KNOWN_AT_START = (0.05, 0.85)


@dataclass(frozen=True, slots=True)
class TrueGraph:
    """What really rests on what, in a numbering in which prerequisites may stand anywhere.

    Attributes
    ----------
    prerequisites
        The direct prerequisites of each concept.
    """

    prerequisites: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, size: int, edges: Iterable[tuple[int, int]]) -> TrueGraph:
        """Return the graph of ``size`` concepts with edges ``(prerequisite, dependent)``.

        Examples
        --------
        >>> TrueGraph.of(3, [(0, 1), (1, 2)]).needed([2])
        (0, 1, 2)
        """
        rests_on: list[list[int]] = [[] for _ in range(size)]
        for first, last in edges:
            rests_on[last].append(first)
        return cls(tuple(tuple(sorted(set(each))) for each in rests_on))

    def needed(self, goals: Iterable[int]) -> tuple[int, ...]:
        """Return the goals and all that they rest on, prerequisites first."""
        order: list[int] = []
        seen: set[int] = set()
        stack = [(goal, False) for goal in sorted(goals, reverse=True)]
        while stack:
            concept, is_done = stack.pop()
            if is_done:
                order.append(concept)
            elif concept not in seen:
                seen.add(concept)
                stack.append((concept, True))
                stack.extend((each, False) for each in reversed(self.prerequisites[concept]))
        return tuple(order)


class Learner:
    """One learner; `interact` teaches and checks one concept and tells only the answer.

    Parameters
    ----------
    known
        What is mastered at the start: closed under the true graph.
    rng
        All chance of this learner's life.
    """

    def __init__(self, graph: TrueGraph, *, known: Iterable[int], rng: random.Random) -> None:
        size = len(graph.prerequisites)
        self._graph, self._rng = graph, rng
        self.mastered = [False] * size
        self._learning = [rng.uniform(*LEARNING) for _ in range(size)]
        self._guess = [rng.uniform(*GUESS) for _ in range(size)]
        self._slip = [rng.uniform(*SLIP) for _ in range(size)]
        self._strength = [0.0] * size
        self._last = [0] * size
        self._forgotten_at = [0.0] * size
        self.now = 0
        for concept in known:
            self._master(concept)

    def interact(self, concept: int) -> bool:
        """Teach ``concept`` once and ask about it; return whether the answer was right."""
        self.wait()
        if not self.mastered[concept]:
            missing = sum(not self.mastered[each] for each in self._graph.prerequisites[concept])
            if self._rng.random() < self._learning[concept] * HINDRANCE**missing:
                self._master(concept)
        return self._answer(concept)

    def question(self, concept: int) -> bool:
        """Ask about ``concept`` without teaching it; return whether the answer was right."""
        self.wait()
        return self._answer(concept)

    def wait(self) -> None:
        """Let one interaction's time pass."""
        self.now += 1
        self._forget()

    def _answer(self, concept: int) -> bool:
        if not self.mastered[concept]:
            return self._rng.random() < self._guess[concept]
        if self._rng.random() < self._slip[concept]:
            return False
        self._succeed(concept)
        return True

    def _succeed(self, concept: int) -> None:
        if self.now - self._last[concept] >= PAUSE:
            self._recall(concept, 1.0)
        for each in self._graph.prerequisites[concept]:
            if self.mastered[each] and self.now - self._last[each] >= PAUSE:
                self._recall(each, IMPLICIT_REVIEW)

    def _recall(self, concept: int, strength: float) -> None:
        self._strength[concept] += strength
        self._last[concept] = self.now
        mean = MEMORY * 2.0 ** self._strength[concept]
        self._forgotten_at[concept] = self.now + self._rng.expovariate(1.0 / mean)

    def _master(self, concept: int) -> None:
        self.mastered[concept] = True
        self._strength[concept] = 0.0
        self._last[concept] = self.now
        self._forgotten_at[concept] = self.now + self._rng.expovariate(1.0 / MEMORY)

    def _forget(self) -> None:
        for concept, is_mastered in enumerate(self.mastered):
            if is_mastered and self._forgotten_at[concept] <= self.now:
                self.mastered[concept] = False


def starting_knowledge(graph: TrueGraph, *, rng: random.Random) -> set[int]:
    """Return a random set of 5 to 85 % of the concepts that holds the prerequisites of all it holds.

    Examples
    --------
    >>> graph = TrueGraph.of(3, [(0, 1), (1, 2)])
    >>> known = starting_knowledge(graph, rng=random.Random(1))
    >>> all(each in known for one in known for each in graph.prerequisites[one])
    True
    """
    size = len(graph.prerequisites)
    wanted = round(rng.uniform(*KNOWN_AT_START) * size)
    known: set[int] = set()
    order = list(range(size))
    rng.shuffle(order)
    for concept in order:
        more = set(graph.needed([concept])) - known
        if len(known) + len(more) <= wanted:
            known |= more
    return known


def some_goals(graph: TrueGraph, *, known: set[int], rng: random.Random) -> tuple[int, ...]:
    """Return two or three goals that are not known, those with prerequisites before all others."""
    order = [concept for concept in range(len(graph.prerequisites)) if concept not in known]
    rng.shuffle(order)
    order.sort(key=lambda concept: not graph.prerequisites[concept])
    return tuple(order[: rng.choice((2, 3))])


def oracle_interactions(graph: TrueGraph, learner: Learner, *, goals: Sequence[int], most: int) -> int:
    """Return how many interactions a tutor needs that sees the hidden mastery and the true graph."""
    needed = graph.needed(goals)
    while learner.now < most and not all(learner.mastered[goal] for goal in goals):
        learner.interact(
            next(
                concept
                for concept in needed
                if not learner.mastered[concept]
                and all(learner.mastered[each] for each in graph.prerequisites[concept])
            )
        )
    return learner.now


def numbered(ids: Sequence[str], edges: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
    """Return edges between ids as edges between their numbers."""
    numbers: Mapping[str, int] = {name: number for number, name in enumerate(ids)}
    return [(numbers[first], numbers[last]) for first, last in edges]
