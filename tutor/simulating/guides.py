"""Ways to choose what comes next: the service's own, and plain ones to hold beside it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from tutor.decisions import Action, Situation
from tutor.simulating.tutoring import Tutor

IN_A_ROW = 5


class Guide(Protocol):
    """Chooses for one learner."""

    def choose(self, tutor: Tutor, *, now: datetime) -> tuple[Action, str | None]:
        """Return what is done next, and with which concept."""


class ServiceGuide:
    """The policy of the service."""

    def choose(self, tutor: Tutor, *, now: datetime) -> tuple[Action, str | None]:
        """Return what `tutor.policy.outline` chooses."""
        return tutor.choose(now=now)


class PlainGuide:
    """Teaches one of what the goals rest on that is not mastered, until the goals are."""

    def __init__(self, *, rng: random.Random) -> None:
        self.rng = rng

    def choose(self, tutor: Tutor, *, now: datetime) -> tuple[Action, str | None]:
        """Return a concept to teach, or that all is done."""
        situation = tutor.situation(now=now)
        standings = situation.standings
        if all(goal in standings and standings[goal].mastered for goal in situation.goals):
            return Action.DONE, None
        concepts = situation.compiled.concepts
        wanted = [
            number
            for number in situation.compiled.order.tolist()
            if situation.serves(number) and not situation.standing(concepts[number]).mastered
        ]
        return Action.TEACH, concepts[self.pick(wanted, situation=situation)]

    def pick(self, wanted: list[int], *, situation: Situation) -> int:
        """Return one of the numbers, which come in the order of learning; here any."""
        return self.rng.choice(wanted)


class FixedOrderGuide(PlainGuide):
    """Goes through everything in the order of learning, five times each, again and again."""

    def __init__(self, *, rng: random.Random) -> None:
        super().__init__(rng=rng)
        self._taught = 0

    def pick(self, wanted: list[int], *, situation: Situation) -> int:
        """Return what the course has reached, whatever the learner has mastered."""
        course = [number for number in situation.compiled.order.tolist() if situation.serves(number)]
        number: int = course[self._taught // IN_A_ROW % len(course)]
        self._taught += 1
        return number


class LowestMasteryGuide(PlainGuide):
    """Teaches what is believed least."""

    def pick(self, wanted: list[int], *, situation: Situation) -> int:
        """Return the least believed, of equals the first in the order of learning."""
        return min(wanted, key=lambda number: situation.standing_at(number).p)


class FringeGuide(PlainGuide):
    """Teaches the first concept of the outer fringe: no review, no remediation, no re-check."""

    def pick(self, wanted: list[int], *, situation: Situation) -> int:
        """Return the first whose prerequisites all count as mastered."""
        below = situation.compiled.prerequisites
        return next(
            number for number in wanted if all(situation.standing_at(one).mastered for one in below[number])
        )


MakeGuide = Callable[[random.Random], Guide]

GUIDES: Mapping[str, MakeGuide] = {
    "service": lambda rng: ServiceGuide(),
    "random": lambda rng: PlainGuide(rng=rng),
    "fixed-order": lambda rng: FixedOrderGuide(rng=rng),
    "lowest-mastery": lambda rng: LowestMasteryGuide(rng=rng),
    "outer-fringe": lambda rng: FringeGuide(rng=rng),
}
