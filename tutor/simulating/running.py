"""Lets one simulated learner be taught, and writes down what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from concepts.gating.learners import Learner
from tutor.decisions import Action
from tutor.simulating.guides import Guide
from tutor.simulating.placing import Placement
from tutor.simulating.tutoring import Tutor
from tutor.simulating.worlds import A_DAY, PACE, STARTS, Life, World, learner_of

MOST_RATIO = 25
LEAST_LIMIT = 1000


@dataclass(slots=True)
class Course:
    """What became of one learner.

    Attributes
    ----------
    oracle : int
        Interactions that the oracle needs.
    limit : int
        Interactions after which it is given up: `MOST_RATIO` times as many, but at least `LEAST_LIMIT`.
    took : int or None
        Interactions, questions of the placement and days of waiting among them, until all goals were truly
        mastered at once; None where that was not reached.
    done_at : int or None
        When the tutor first said that all is done; None where it never did.
    goals, goals_true : int
        How many goals there were, and how many were truly mastered when it first said so.
    declared, declared_falsely : int
        How often a concept began to count as mastered, and how often it was not at that moment.
    opened, opened_falsely : int
        The same of what began to be enough to build on, mastered or nearly.
    spent : counter of str
        Interactions by what was asked for; `known` counts those on what was mastered already, `unready` those
        on what lacked a prerequisite.
    """

    oracle: int
    limit: int
    took: int | None = None
    done_at: int | None = None
    goals: int = 0
    goals_true: int = 0
    declared: int = 0
    declared_falsely: int = 0
    opened: int = 0
    opened_falsely: int = 0
    spent: Counter[str] = field(default_factory=Counter)

    @property
    def cost(self) -> int:
        """Interactions until the goals were reached, or until it was given up."""
        return self.limit if self.took is None else self.took


def run(world: World, life: Life, *, tutor: Tutor, guide: Guide, placement: Placement) -> Course:
    """Teach one learner until the goals are truly mastered and the tutor has said that all is done.

    Parameters
    ----------
    world : World
    life : Life
    tutor : Tutor
        Knows nothing yet.
    guide : Guide
    placement : Placement

    Returns
    -------
    Course
    """
    return _Run(world, life, tutor=tutor).through(placement, guide)


class _Run:
    def __init__(self, world: World, life: Life, *, tutor: Tutor) -> None:
        self.world, self.life, self.tutor = world, life, tutor
        self.learner: Learner = learner_of(world, known=life.known, fate=life.fate)
        limit = max(LEAST_LIMIT, MOST_RATIO * life.oracle)
        self.course = Course(life.oracle, limit, goals=len(life.goals))
        self._held: set[str] = set()
        self._open: set[str] = set()

    @property
    def now(self) -> datetime:
        return STARTS + self.learner.now * PACE

    @property
    def is_over(self) -> bool:
        return self.learner.now >= self.course.limit

    def through(self, placement: Placement, guide: Guide) -> Course:
        self._look()
        self._place(placement)
        while not self.is_over and (self.course.took is None or self.course.done_at is None):
            action, concept = guide.choose(self.tutor, now=self.now)
            if concept is None:
                self._end()
            else:
                self._teach(concept, action=action)
            self._look()
        return self.course

    def _place(self, placement: Placement) -> None:
        while not self.is_over and (asked := placement.choose()) is not None:
            self.course.spent["placement"] += 1
            placement.hear(asked, is_right=self.learner.question(asked))
            self._look()
        concepts = self.world.told.concepts
        found = {concepts[number]: p for number, p in placement.beliefs().items()}
        self.tutor.assume(found, at=self.now)
        self._look()

    def _teach(self, concept: str, *, action: Action) -> None:
        number = self.world.told.numbers[concept]
        mastered, below = self.learner.mastered, self.world.truth.prerequisites[number]
        self.course.spent[action.value] += 1
        self.course.spent["known"] += mastered[number]
        self.course.spent["unready"] += not mastered[number] and not all(mastered[one] for one in below)
        is_right = self.learner.interact(number)
        self.tutor.hear(concept, is_right=is_right, now=self.now)

    def _end(self) -> None:
        """Write down what is true when all is said to be done; the learner comes back a day later."""
        if self.course.done_at is None:
            self.course.done_at = self.learner.now
            self.course.goals_true = sum(self.learner.mastered[goal] for goal in self.life.goals)
        if self.course.took is None:
            for _ in range(A_DAY):
                self.learner.wait()
                self.course.spent["waiting"] += 1

    def _look(self) -> None:
        course, mastered = self.course, self.learner.mastered
        if course.took is None and all(mastered[goal] for goal in self.life.goals):
            course.took = self.learner.now
        standings = self.tutor.standings(now=self.now)
        held = {concept for concept, one in standings.items() if one.mastered}
        opened = {concept for concept, one in standings.items() if one.opens}
        course.declared += len(held - self._held)
        course.declared_falsely += self._false(held - self._held)
        course.opened += len(opened - self._open)
        course.opened_falsely += self._false(opened - self._open)
        self._held, self._open = held, opened

    def _false(self, concepts: set[str]) -> int:
        numbers, mastered = self.world.told.numbers, self.learner.mastered
        return sum(not mastered[numbers[concept]] for concept in concepts)
