"""Turns the event log of an enrolment into its beliefs and review cards, and writes them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from concepts.services.homes import Homes, homes_of
from mastery.estimator import estimate, fold
from mastery.models import Belief, Enrolment, MasteryEvent, ReviewCard
from mastery.parameters import Kind, Parameters
from mastery.review import DEFAULT_MEMORY, Memory, due_at, fold_cards
from mastery.services.parameters_in_force import DEFAULTS as DEFAULTS
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.remembering import memory_of
from mastery.states import ConceptState, Observation, state_from_dict, state_to_dict

BELIEF_FIELDS = ["p_mastery", "low", "high", "state", "events", "last_event_at", "parameters"]
CARD_FIELDS = ["card", "due_at"]


@dataclass(frozen=True, slots=True)
class Folded:
    """States and review cards by concept id."""

    states: dict[str, ConceptState]
    cards: dict[str, dict[str, Any]]
    memory: Memory = DEFAULT_MEMORY

    def add(self, observation: Observation, *, parameters: Parameters) -> Folded:
        """Fold one more observation in; return only what it changed."""
        changed = fold(self.states, observation, parameters=parameters)
        cards = fold_cards(self.cards, observation, parameters=parameters, memory=self.memory)
        self.states.update(changed)
        self.cards.update(cards)
        return Folded(changed, cards)


def observations_of(
    event: MasteryEvent, *, homes: Homes, corrected_by: MasteryEvent | None = None
) -> list[Observation]:
    """Read an event as the estimator does; every judged rubric point is a piece of evidence.

    A correction changes what was judged, never what the learner did or when. What was shown of a concept
    counts where it has gone since: all of it with a merge, and with a split each rubric point where its idea
    went. An event whose points went apart is one observation of each part, scored by the share of its points.
    """
    judged = corrected_by or event
    concept = str(event.concept_id)
    parts: dict[str, list[dict[str, Any]]] = {}
    for point in judged.rubric:
        home = homes.of_point(str(point.get("point", "")), concept=concept)
        parts.setdefault(home, []).append(point)
    parts = parts or {homes.of_concept(concept): []}
    return [
        Observation(
            concept=home,
            kind=Kind(event.kind),
            score=judged.score if len(parts) == 1 else _share(points),
            at=event.occurred_at,
            points=max(1, len(points)),
            certainty=judged.certainty,
            prerequisites=_prerequisites(event, of=home, homes=homes),
        )
        for home, points in sorted(parts.items())
    ]


def _share(points: list[dict[str, Any]]) -> float:
    shown = [point for point in points if point.get("verdict") == "shown"]
    return len(shown) / len(points)


def _prerequisites(event: MasteryEvent, *, of: str, homes: Homes) -> tuple[str, ...]:
    """Those of that day, by the concepts that stand for them now; none is its own."""
    named = dict.fromkeys(homes.of_concept(concept) for concept in event.prerequisites)
    return tuple(concept for concept in named if concept != of)


def fold_log(
    enrolment: Enrolment, *, parameters: Parameters | None = None, homes: Homes | None = None
) -> Folded:
    """Compute everything from the events alone, read through where concepts have gone since."""
    parameters = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
    folded = Folded({}, {}, memory_of(enrolment))
    for seen in observations_in_log(enrolment, homes=homes or homes_of(enrolment.subject_id)):
        folded.add(seen, parameters=parameters)
    return folded


def observations_in_log(enrolment: Enrolment, *, homes: Homes) -> Iterator[Observation]:
    """Read all events of an enrolment in order of time, each as its newest correction has it."""
    corrections = _newest_corrections(enrolment)
    for event in enrolment.events.filter(corrects=None).in_event_order().iterator(chunk_size=2000):
        yield from observations_of(event, homes=homes, corrected_by=corrections.get(event.pk))


def _newest_corrections(enrolment: Enrolment) -> dict[uuid.UUID | None, MasteryEvent]:
    """By the event that they correct."""
    made = enrolment.events.filter(corrects__isnull=False).in_event_order()
    return {event.corrects_id: event for event in made}


def load_folded(enrolment: Enrolment, *, concepts: Iterable[str]) -> Folded:
    """Read what is stored of some concepts."""
    wanted = _ids(concepts)
    beliefs = enrolment.beliefs.filter(concept__in=wanted)
    cards = enrolment.review_cards.filter(concept__in=wanted)
    return Folded(
        {str(belief.concept_id): state_from_dict(belief.state) for belief in beliefs},
        {str(card.concept_id): card.card for card in cards},
        memory_of(enrolment),
    )


def write_folded(enrolment: Enrolment, folded: Folded, *, parameters: Parameters | None = None) -> None:
    """Store states and cards, in two statements; rows of other concepts stay."""
    parameters = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
    beliefs = [
        Belief(enrolment=enrolment, concept_id=concept, **belief_values(state, parameters=parameters))
        for concept, state in folded.states.items()
    ]
    cards = [
        ReviewCard(enrolment=enrolment, concept_id=concept, **card_values(card))
        for concept, card in folded.cards.items()
    ]
    Belief.objects.bulk_create(
        beliefs, update_conflicts=True, unique_fields=["enrolment", "concept"], update_fields=BELIEF_FIELDS
    )
    ReviewCard.objects.bulk_create(
        cards, update_conflicts=True, unique_fields=["enrolment", "concept"], update_fields=CARD_FIELDS
    )


def rewrite(enrolment: Enrolment, folded: Folded, *, parameters: Parameters | None = None) -> None:
    """Store states and cards and remove whatever the log does not account for."""
    write_folded(enrolment, folded, parameters=parameters)
    enrolment.beliefs.exclude(concept__in=_ids(folded.states)).delete()
    enrolment.review_cards.exclude(concept__in=_ids(folded.cards)).delete()


def belief_values(state: ConceptState, *, parameters: Parameters) -> dict[str, Any]:
    """Return what a belief row says for a state."""
    shown = estimate(state, parameters=parameters, now=None)
    return {
        "p_mastery": shown.p,
        "low": shown.low,
        "high": shown.high,
        "state": state_to_dict(state),
        "events": state.events,
        "last_event_at": state.at,
        "parameters": parameters.hash,
    }


def card_values(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a review row says for a card."""
    return {"card": dict(card), "due_at": due_at(card)}


def _ids(concepts: Iterable[str]) -> list[uuid.UUID]:
    return [uuid.UUID(concept) for concept in concepts]


def canonical(values: Mapping[str, Any]) -> str:
    """Return the one way to write a row's values down, so that two can be compared byte by byte."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
