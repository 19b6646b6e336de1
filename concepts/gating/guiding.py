"""A tutor that knows only its graph and the answers: outer fringe, review, remediation.

Small on purpose: the service's own policy lies in rooms above this one, and what is compared here is graphs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from concepts.gating.learners import Learner, TrueGraph

MASTERED = 0.95
PRIOR = 0.3
LEARNING, GUESS, SLIP = 0.2, 0.2, 0.09
# Failures on a concept throw doubt on what it rests on: the odds of each prerequisite are multiplied by this.
REMEDIATION = 0.25
FAILURES_BEFORE_DOUBT = 2
# What one answer of the placement tells about what the concept rests on, or what rests on it.
CREDIT = 3.0
PLACEMENT_QUESTIONS = 20
SUREST = 0.98
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
        self.belief[concept] = min(SUREST, after + (1 - after) * LEARNING)
        self._seen[concept] = now
        self._current = concept
        if is_right:
            self._failures[concept] = 0
            self._successes[concept] += 1
            return
        self._successes[concept] = 0
        self._failures[concept] += 1
        if self._failures[concept] % FAILURES_BEFORE_DOUBT == 0:
            self._believe(self._gates.prerequisites[concept], times=REMEDIATION)

    def choose_for_placement(self) -> int | None:
        """Return the least certain needed concept, of equals the one that tells most; None at the end."""
        open_questions = [
            concept
            for concept in self._needed
            if not self._seen[concept] and 0.1 < self.belief[concept] < 0.9
        ]
        if not open_questions:
            return None
        return min(
            open_questions,
            key=lambda concept: (abs(self.belief[concept] - 0.5), -self._reach(concept), concept),
        )

    def hear_in_placement(self, concept: int, *, is_right: bool, now: int) -> None:
        """Learn from an answer about all that the concept rests on, or all that rests on it."""
        hit, miss = (1 - SLIP, GUESS) if is_right else (SLIP, 1 - GUESS)
        known = self.belief[concept]
        self.belief[concept] = min(SUREST, known * hit / (known * hit + (1 - known) * miss))
        self._seen[concept] = now
        if is_right:
            self._believe(set(self._gates.needed([concept])) - {concept}, times=CREDIT)
        else:
            self._believe(self._above(concept), times=1 / CREDIT)

    def _believe(self, concepts: Iterable[int], *, times: float) -> None:
        for each in concepts:
            odds = self.belief[each] / (1 - self.belief[each]) * times
            self.belief[each] = min(SUREST, odds / (1 + odds))

    def _above(self, concept: int) -> list[int]:
        """Return what of the needed rests on ``concept``, directly or not."""
        reached = {concept}
        for each in self._needed:  # prerequisites first
            if reached.intersection(self._gates.prerequisites[each]):
                reached.add(each)
        return sorted(reached - {concept})

    def _reach(self, concept: int) -> int:
        return len(self._gates.needed([concept])) + len(self._above(concept))

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
    """Return how many interactions pass until the goals are truly mastered, or ``most``.

    A placement of at most ``PLACEMENT_QUESTIONS`` comes first; its questions count.
    """
    for _ in range(PLACEMENT_QUESTIONS):
        asked = tutor.choose_for_placement()
        if asked is None or learner.now >= most:
            break
        tutor.hear_in_placement(asked, is_right=learner.interact(asked), now=learner.now)
    while learner.now < most and not all(learner.mastered[goal] for goal in goals):
        concept = tutor.choose(learner.now)
        tutor.hear(concept, is_right=learner.interact(concept), now=learner.now)
    return learner.now
