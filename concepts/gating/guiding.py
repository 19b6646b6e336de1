"""A tutor that knows only its graph and the answers: outer fringe, review, remediation.

Small on purpose: the service's own policy lies in rooms above this one, and what is compared here is graphs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from concepts.gating.learners import Learner, TrueGraph

MASTERED = 0.95
PRIOR = 0.3
LEARNING, GUESS, SLIP = 0.2, 0.2, 0.09
# Doubt that failures on a concept throw on its prerequisites: their odds are multiplied by this.
REMEDIATION = 0.3
FAILURES_BEFORE_DOUBT = 3
# A mastered concept is asked about again when so much of it is expected to be remembered.
REVIEW_AT = 0.7
MEMORY = 500.0


class Tutor:
    """Chooses what one learner meets next.

    Parameters
    ----------
    gates
        What locks: a concept opens when all these prerequisites are believed mastered, and the goals need
        all that they reach.
    orders
        Weak edges, for each concept: they choose among open concepts and lock nothing.
    goals
        What the learner wants to master.
    """

    def __init__(self, gates: TrueGraph, *, orders: Sequence[Sequence[int]], goals: Sequence[int]) -> None:
        self._gates, self._orders, self._goals = gates, orders, goals
        self._needed = gates.needed(goals)
        size = len(gates.prerequisites)
        self._place = {concept: place for place, concept in enumerate(self._needed)}
        self.belief = [PRIOR] * size
        self._failures = [0] * size
        self._seen = [0] * size
        self._successes = [0] * size
        self._current = -1

    def is_open(self, concept: int) -> bool:
        """Say whether nothing that gates the concept is unmastered, as far as is believed."""
        return all(self.belief[each] >= MASTERED for each in self._gates.prerequisites[concept])

    def choose(self, now: int) -> int:
        """Return what to teach and check next: a due review, else the best of the fringe, else a re-check."""
        due = [concept for concept in self._needed if self._is_due(concept, now)]
        if due:
            return min(due, key=lambda concept: (self._seen[concept], concept))
        fringe = [
            concept for concept in self._needed if self.belief[concept] < MASTERED and self.is_open(concept)
        ]
        if fringe:
            return min(fringe, key=self._rank)
        return min(self._goals, key=lambda concept: (self._seen[concept], concept))

    def hear(self, concept: int, *, is_right: bool, now: int) -> None:
        """Learn from an answer: Bayesian knowledge tracing, and doubt after repeated failures."""
        known = self.belief[concept]
        hit, miss = (1 - SLIP, GUESS) if is_right else (SLIP, 1 - GUESS)
        after = known * hit / (known * hit + (1 - known) * miss)
        self.belief[concept] = min(0.999, after + (1 - after) * LEARNING)
        self._seen[concept] = now
        self._current = concept
        if is_right:
            self._failures[concept] = 0
            self._successes[concept] += 1
            return
        self._successes[concept] = 0
        self._failures[concept] += 1
        if self._failures[concept] % FAILURES_BEFORE_DOUBT == 0:
            for each in self._gates.prerequisites[concept]:
                odds = self.belief[each] / (1 - self.belief[each]) * REMEDIATION
                self.belief[each] = odds / (1 + odds)

    def _rank(self, concept: int) -> tuple[int, int, bool, int]:
        early = sum(self.belief[each] < MASTERED for each in self._orders[concept])
        tired = self._failures[concept] // FAILURES_BEFORE_DOUBT
        return tired, early, concept != self._current, self._place[concept]

    def _is_due(self, concept: int, now: int) -> bool:
        if self.belief[concept] < MASTERED:
            return False
        spaced = max(0, self._successes[concept] - 3)
        return math.exp((self._seen[concept] - now) / (MEMORY * 2.0 ** min(spaced, 6))) < REVIEW_AT


def guided_interactions(tutor: Tutor, learner: Learner, *, goals: Sequence[int], most: int) -> int:
    """Return how many interactions pass until the goals are truly mastered, or ``most``."""
    while learner.now < most and not all(learner.mastered[goal] for goal in goals):
        concept = tutor.choose(learner.now)
        tutor.hear(concept, is_right=learner.interact(concept), now=learner.now)
    return learner.now
