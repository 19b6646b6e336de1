"""What the policy looks at and what it answers: situations, candidates and the decision record."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

from graphs.building import PrerequisiteGraph
from graphs.compiled import CompiledGraph, GoalReach, compile_networkx
from graphs.knowledge_state import KnowledgeState

POLICY_VERSION = "fringe-review-confirm-2"
NAMES_SHOWN = 4

OPENS_FROM = 0.85
"""Belief from which a concept, once checked, is enough to build on before it counts as mastered."""


class Action(StrEnum):
    """What the learner is asked to do."""

    REMEDIATE = "remediate"
    CONFIRM = "confirm"
    REVIEW = "review"
    TEACH = "teach"
    DONE = "done"
    NOTHING = "nothing"


SHARES = ("closeness", "unlocking", "earliness", "progress")
PROBABILITIES = ("review_below", "shaky_from", "confirm_below")


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
    review_below : float
        A due review comes before new concepts once the belief has faded below this; until then after them.
    shaky_from : float
        Chance that a prerequisite is missing from which it is checked again before anything is built on it.
    suspicion : float
        How many times likelier a failure is where a prerequisite is missing than where none is.
    confirm_below : float
        A goal that is believed less than this is checked once more before all is said to be done.
    confirms_in_a_row : int
        After as many re-checks all is said to be done, if nothing else is left.
    """

    closeness: float = 0.35
    unlocking: float = 0.35
    earliness: float = 0.15
    progress: float = 0.15
    rest_after: int = 3
    remediate_after: int = 2
    reviews_in_a_row: int = 3
    review_below: float = 0.8
    shaky_from: float = 0.2
    suspicion: float = 1.25
    confirm_below: float = 0.95
    confirms_in_a_row: int = 5


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
    seen_at : datetime or None
        When the concept itself was last checked.
    """

    p: float
    mastered: bool = False
    is_due: bool = False
    tries: int = 0
    failures: int = 0
    seen_at: datetime | None = None

    @property
    def opens(self) -> bool:
        """Whether what rests on it may be begun."""
        return self.mastered or (self.p >= OPENS_FROM and self.seen_at is not None)


@dataclass(frozen=True)
class Situation:
    """Everything that the policy looks at.

    Attributes
    ----------
    graph : CompiledGraph or networkx.DiGraph
        The gating prerequisites; acyclic. A compiled graph holds its concepts in teaching order already; one
        of networkx is compiled at first use, by `position`.
    standings : mapping of str to Standing
        A concept that is missing is unknown, with belief `prior`.
    goals : tuple of str
        None: every concept. Goals that the graph does not hold are ignored and named in the record.
    names : mapping of str to str
        What to call the concepts.
    position : mapping of str to float
        Teaching order in the sources; only for a graph that is not compiled.
    recent : sequence of Action
        The latest decisions, newest last.
    prior : float
    """

    graph: CompiledGraph | PrerequisiteGraph
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
        return self.list_numbers(self.compiled.numbers[concept] for concept in concepts)

    def list_numbers(self, numbers: Iterable[int]) -> str:
        """Return a few concepts as words, in teaching order."""
        in_order = sorted(numbers)
        named = ", ".join([self.name_at(number) for number in in_order[:NAMES_SHOWN]])
        rest = len(in_order) - NAMES_SHOWN
        return f"{named} and {rest} more" if rest > 0 else named

    def name_at(self, number: int) -> str:
        """Return what to call the concept of a number."""
        concept = self.compiled.concepts[number]
        return self.names.get(concept, concept)

    def standing_at(self, number: int) -> Standing:
        """Return how the concept of a number stands."""
        return self.standing(self.compiled.concepts[number])

    @cached_property
    def compiled(self) -> CompiledGraph:
        """The graph as arrays, concepts numbered in teaching order."""
        if isinstance(self.graph, CompiledGraph):
            return self.graph
        return compile_networkx(self.graph, position=self.position)

    @cached_property
    def state(self) -> KnowledgeState:
        """What is enough to build on: what is mastered, and what is nearly, but for the goals themselves."""
        goals, standings = frozenset(self.goals), self.standings.items()
        if not goals:
            return KnowledgeState(self.compiled, [c for c, one in standings if one.mastered])
        enough = [c for c, one in standings if one.mastered or (one.opens and c not in goals)]
        return KnowledgeState(self.compiled, enough)

    @property
    def mastered(self) -> list[str]:
        """What counts as mastered and the graph holds."""
        held = self.compiled.numbers
        return [c for c, one in self.standings.items() if one.mastered and c in held]

    @cached_property
    def due(self) -> list[int]:
        """What is mastered and due for review."""
        numbers = self.compiled.numbers
        due = (c for c, one in self.standings.items() if one.is_due and one.mastered)
        return [numbers[concept] for concept in due if concept in numbers]

    @cached_property
    def failing(self) -> list[str]:
        """The concepts that were failed the last time they were tried, by id."""
        return sorted(c for c, one in self.standings.items() if one.failures)

    def after_mastering(self, concept: str) -> Situation:
        """Return what the situation is once one more concept is mastered; what was reckoned is kept."""
        mastered = ChainMap({concept: Standing(1.0, mastered=True)}, cast(Any, self.standings))
        after = Situation(self.compiled, mastered, self.goals, self.names, recent=self.recent)
        number = self.compiled.numbers[concept]
        after.__dict__["state"] = self.state.with_mastered(number)
        after.__dict__["due"] = [one for one in self.due if one != number]
        after.__dict__["failing"] = [one for one in self.failing if one != concept]
        return after

    @cached_property
    def goal_numbers(self) -> tuple[int, ...]:
        """The goals that were set and that the graph holds."""
        numbers = self.compiled.numbers
        return tuple(numbers[goal] for goal in self.goals if goal in numbers)

    @property
    def open_goals(self) -> list[str]:
        """The goals that the graph holds, or every concept where none was set."""
        return self.compiled.named(self.goal_numbers) if self.goals else list(self.compiled)

    @cached_property
    def reach(self) -> GoalReach | None:
        """What the goals rest on and how far it is; None where every concept is a goal."""
        return self.compiled.reach(self.goal_numbers) if self.goals else None

    def serves(self, number: int) -> bool:
        """Say whether a concept is a goal or something that a goal rests on."""
        return self.reach is None or number in self.reach

    def steps(self, number: int) -> int:
        """Return how far it is from a concept that serves to the nearest goal."""
        return 0 if self.reach is None else self.reach.steps[number]


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

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data; field by field, for `dataclasses.asdict` copies everything deeply."""
        return {
            "concept": self.concept,
            "name": self.name,
            "action": self.action.value,
            "score": self.score,
            "parts": self.parts,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Locked:
    """A concept that the goals need and that cannot be studied yet."""

    concept: str
    name: str
    waits_for: tuple[str, ...]
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "concept": self.concept,
            "name": self.name,
            "waits_for": list(self.waits_for),
            "reason": self.reason,
        }


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
        return {
            "action": self.action.value,
            "concept": self.concept,
            "reason": self.reason,
            "frontier": [candidate.as_dict() for candidate in self.frontier],
            "locked": [locked.as_dict() for locked in self.locked],
            "changes": list(self.changes),
            "left_out": list(self.left_out),
            "policy": self.policy,
            "weights": asdict(self.weights),
        }
