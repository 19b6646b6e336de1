"""The service as a simulated learner meets it: its estimator, its review cards, its policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from graphs.compiled import CompiledGraph
from mastery.estimator import MasteryRule, fold
from mastery.parameters import DEFAULT_KINDS, ItemKind, Kind, Parameters
from mastery.review import due_at, fold_card
from mastery.services.believing import brief_standing_of
from mastery.states import ConceptState, Observation
from tutor.decisions import DEFAULT_WEIGHTS, Action, Situation, Standing, Weights
from tutor.policy import outline
from tutor.services.choosing import REMEMBERED, as_seen

POINTS = 3
THRESHOLD = 0.9

# What a service knows of learners like these in the mean; what each one is like stays hidden from it.
KINDS = MappingProxyType(
    {**DEFAULT_KINDS, Kind.EXPLAIN_BACK: ItemKind(guess=0.2, slip=0.09, follows_lesson=True)}
)
OF_THE_WORLD = Parameters(prior=0.3, taught=0.8, learning=0.25, doubt=1.2, doubt_after=3, kinds=KINDS)


class Tutor:
    """Believes and chooses for one learner as the service does."""

    def __init__(
        self,
        graph: CompiledGraph,
        *,
        goals: tuple[str, ...],
        parameters: Parameters = OF_THE_WORLD,
        threshold: float = THRESHOLD,
        weights: Weights = DEFAULT_WEIGHTS,
    ) -> None:
        self.graph, self.goals = graph, goals
        self.parameters, self.weights = parameters, weights
        self.rule = MasteryRule.at(threshold)
        self.states: dict[str, ConceptState] = {}
        self.recent: list[Action] = []
        self._cards: dict[str, dict[str, object]] = {}
        self._due: dict[str, datetime] = {}
        self._read: tuple[datetime, dict[str, Standing]] | None = None

    def assume(self, beliefs: Mapping[str, float], *, at: datetime) -> None:
        """Take over what a placement found."""
        self._read = None
        for concept, p in beliefs.items():
            self.states[concept] = ConceptState(
                p=p, half_life_days=self.parameters.half_life_days, at=at, points=POINTS, events=1
            )

    def standings(self, *, now: datetime) -> dict[str, Standing]:
        """Return how every concept stands, by the code that reads beliefs for a request."""
        if self._read and self._read[0] == now:
            return self._read[1]
        standings = as_seen(
            {
                concept: brief_standing_of(
                    state,
                    rule=self.rule,
                    is_due=concept in self._due and self._due[concept] <= now,
                    now=now,
                    parameters=self.parameters,
                )
                for concept, state in self.states.items()
            }
        )
        self._read = now, standings
        return standings

    def situation(self, *, now: datetime) -> Situation:
        """Return what the policy looks at."""
        return Situation(
            self.graph,
            self.standings(now=now),
            self.goals,
            recent=tuple(self.recent),
            prior=self.parameters.prior,
        )

    def choose(self, *, now: datetime) -> tuple[Action, str | None]:
        """Return what comes next."""
        action, frontier = outline(self.situation(now=now), weights=self.weights)
        self.recent = [*self.recent[-REMEMBERED + 1 :], action]
        return action, frontier[0] if frontier else None

    def hear(self, concept: str, *, is_right: bool, now: datetime) -> None:
        """Fold an answer in."""
        self._read = None
        seen = Observation(
            concept,
            Kind.EXPLAIN_BACK,
            float(is_right),
            now,
            points=POINTS,
            prerequisites=tuple(self.graph.prerequisites_of(concept)),
        )
        self.states.update(fold(self.states, seen, parameters=self.parameters))
        card = fold_card(self._cards.get(concept), seen, parameters=self.parameters)
        if card:
            self._cards[concept], self._due[concept] = card, due_at(card)
