"""What the policy looks at and what it answers: situations, candidates and the decision record."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.paths import distance_to_goals, needed

POLICY_VERSION = "fringe-review-remediation-1"
NAMES_SHOWN = 4


class Action(StrEnum):
    """What the learner is asked to do."""

    REMEDIATE = "remediate"
    REVIEW = "review"
    TEACH = "teach"
    DONE = "done"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much on the outer fringe; the four shares sum to 1.

    Attributes
    ----------
    closeness : float
        1 / (1 + steps to the nearest goal that it leads to).
    unlocking : float
        How much of what is locked waits for it, as a share of the most on the fringe.
    earliness : float
        How early the sources teach it.
    progress : float
        The belief so far: what is nearly there is finished first.
    rest_after : int
        Tries without mastery from which other concepts overtake.
    remediate_after : int
        Failures in a row on a concept after which what it rests on comes first.
    reviews_in_a_row : int
        After as many reviews something new comes first, if there is something.
    """

    closeness: float = 0.35
    unlocking: float = 0.35
    earliness: float = 0.15
    progress: float = 0.15
    rest_after: int = 3
    remediate_after: int = 2
    reviews_in_a_row: int = 3


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Standing:
    """How one concept stands for one learner now.

    Attributes
    ----------
    p : float
        Belief, 0..1.
    mastered, is_due : bool
    tries, failures : int
        As counted by the estimator: without mastery since, and in a row.
    """

    p: float
    mastered: bool = False
    is_due: bool = False
    tries: int = 0
    failures: int = 0


@dataclass(frozen=True)
class Situation:
    """Everything that the policy looks at.

    Attributes
    ----------
    graph : networkx.DiGraph
        The gating prerequisites; acyclic.
    standings : mapping of str to Standing
        A concept that is missing is unknown, with belief `prior`.
    goals : tuple of str
        None: every concept. Goals that the graph does not hold are ignored and named in the record.
    names : mapping of str to str
        What to call the concepts.
    position : mapping of str to float
        Teaching order in the sources.
    recent : sequence of Action
        The latest decisions, newest last.
    prior : float
    """

    graph: PrerequisiteGraph
    standings: Mapping[str, Standing] = field(default_factory=dict)
    goals: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    position: Mapping[str, float] = field(default_factory=dict)
    recent: Sequence[Action] = ()
    prior: float = 0.25

    def standing(self, concept: str) -> Standing:
        """Return how a concept stands; unknown ones as such."""
        return self.standings.get(concept) or Standing(self.prior)

    def name(self, concept: str) -> str:
        """Return what to call a concept."""
        return self.names.get(concept, concept)

    def listing(self, concepts: Collection[str]) -> str:
        """Return a few concepts as words, in teaching order."""
        in_order = sorted(concepts, key=lambda c: (self.position.get(c, float("inf")), c))
        named = ", ".join(self.name(c) for c in in_order[:NAMES_SHOWN])
        rest = len(in_order) - NAMES_SHOWN
        return f"{named} and {rest} more" if rest > 0 else named

    @cached_property
    def mastered(self) -> set[str]:
        """The mastered concepts of the graph."""
        return {concept for concept in self.graph if self.standing(concept).mastered}

    @cached_property
    def open_goals(self) -> list[str]:
        """The goals that the graph holds, or every concept where none was set."""
        return [goal for goal in self.goals if goal in self.graph] if self.goals else list(self.graph)

    @cached_property
    def wanted(self) -> set[str]:
        """What must still be mastered for the goals; a mastered prerequisite hides what lies below it."""
        return needed(self.graph, goals=self.open_goals, mastered=self.mastered)

    @cached_property
    def in_teaching_order(self) -> list[str]:
        """Every concept of the graph, as the sources teach them."""
        return sorted(self.graph, key=lambda c: (self.position.get(c, float("inf")), c))

    @cached_property
    def steps_by_goal(self) -> dict[str, dict[str, int]]:
        """For every goal that was set, how many steps each concept is before it."""
        return {
            goal: distance_to_goals(self.graph, goals=[goal]) for goal in self.goals if goal in self.graph
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be done next, and what speaks for it.

    Attributes
    ----------
    concept, name : str
    action : Action
    score : float
        0..1, to be compared within one action.
    parts : dict of str to float
        What the score is made of.
    reasons : tuple of str
        In plain words, the weightiest first.
    """

    concept: str
    name: str
    action: Action
    score: float
    parts: dict[str, float]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Locked:
    """A concept that the goals need and that cannot be studied yet."""

    concept: str
    name: str
    waits_for: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What comes next, with the whole reckoning.

    Attributes
    ----------
    action : Action
    concept : str or None
        None for `DONE` and `NOTHING`.
    reason : str
        One or two sentences for the learner.
    frontier : tuple of Candidate
        Everything that could come next, best first; the first was chosen.
    locked : tuple of Locked
        What the goals need besides, in teaching order.
    changes : tuple of str
        What would change the choice.
    left_out : tuple of str
        Ready concepts that no goal needs, by name.
    policy : str
        Version of the policy.
    weights : Weights
    """

    action: Action
    concept: str | None
    reason: str
    frontier: tuple[Candidate, ...] = ()
    locked: tuple[Locked, ...] = ()
    changes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    policy: str = POLICY_VERSION
    weights: Weights = DEFAULT_WEIGHTS

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON data."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain
