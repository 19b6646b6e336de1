"""Reads what is believed of many learners at once: few queries, each belief decoded once."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from mastery.estimator import MasteryRule
from mastery.models import Belief, Enrolment, ReviewCard
from mastery.parameters import Parameters
from mastery.services.believing import BriefStanding, brief_standing_of
from mastery.services.parameters_in_force import DEFAULTS
from mastery.states import state_from_dict


class StoredBelief(NamedTuple):
    """What is stored of one concept of one learner, as the database writes it: state, and day of review."""

    state: str
    due_at: str | None


# Enrolment -> concept id as text -> what is stored.
Survey = Mapping[uuid.UUID, Mapping[str, StoredBelief]]


def survey(enrolments: QuerySet[Enrolment]) -> Survey:
    """Read the beliefs of many enrolments as they are stored; one without beliefs is absent."""
    whose = enrolments.order_by().values("pk")
    keys = (Cast("enrolment_id", TextField()), Cast("concept_id", TextField()))
    cards = ReviewCard.objects.filter(enrolment__in=whose).order_by()
    days = cards.values_list(*keys, Cast("due_at", TextField()))
    due = {(enrolment, concept): due_at for enrolment, concept, due_at in days.iterator(chunk_size=5000)}
    beliefs = Belief.objects.filter(enrolment__in=whose).order_by()
    rows = beliefs.values_list(*keys, Cast("state", TextField()))
    found: dict[str, dict[str, StoredBelief]] = defaultdict(dict)
    concepts = _Spelled()
    for enrolment, concept, state in rows.iterator(chunk_size=5000):
        found[enrolment][concepts[concept]] = StoredBelief(state, due.get((enrolment, concept)))
    return {uuid.UUID(enrolment): of for enrolment, of in found.items()}


class _Spelled(dict[str, str]):
    """Ids as text by what the database writes for them: few among many rows, so each is spelled once."""

    def __missing__(self, written: str) -> str:
        self[written] = str(uuid.UUID(written))
        return self[written]


def goals_of(enrolments: QuerySet[Enrolment]) -> dict[uuid.UUID, tuple[str, ...]]:
    """Read the goals of many enrolments, as concept ids in order; one without goals is absent."""
    links = Enrolment.goals.through._default_manager.filter(enrolment__in=enrolments.order_by().values("pk"))
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for enrolment, concept in links.values_list("enrolment_id", "concept_id"):
        found[enrolment].append(str(concept))
    return {enrolment: tuple(sorted(goals)) for enrolment, goals in found.items()}


class StandingReader:
    """Decides how stored beliefs stand at one moment; the same stored belief is decoded only once."""

    def __init__(self, *, threshold: float, now: datetime, parameters: Parameters = DEFAULTS) -> None:
        self._rule = MasteryRule.at(threshold)
        self._now = now
        self._parameters = parameters
        self._read: dict[StoredBelief, BriefStanding] = {}

    def standings(self, stored: Mapping[str, StoredBelief]) -> dict[str, BriefStanding]:
        """Return how every concept of one learner stands, by concept id."""
        return {concept: self._standing(belief) for concept, belief in stored.items()}

    def _standing(self, belief: StoredBelief) -> BriefStanding:
        known = self._read.get(belief)
        if known is None:
            due_at = _moment(belief.due_at)
            known = self._read[belief] = brief_standing_of(
                state_from_dict(json.loads(belief.state)),
                rule=self._rule,
                is_due=due_at is not None and due_at <= self._now,
                now=self._now,
                parameters=self._parameters,
            )
        return known


def _moment(written: str | None) -> datetime | None:
    """Read a moment as a database writes it: with its offset, or without and in UTC."""
    if written is None:
        return None
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
