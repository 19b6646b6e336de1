"""Reads what is believed of a learner as of a moment, forgetting included."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextField
from django.db.models.functions import Cast

from concepts.services.compiled_graphs import with_dashes
from mastery.estimator import Estimate, MasteryRule, believed, estimate, is_mastered
from mastery.models import Belief, Enrolment
from mastery.parameters import Parameters
from mastery.services.experimenting import threshold_of
from mastery.services.parameters_in_force import DEFAULTS, parameters_in_force
from mastery.states import ConceptState, state_from_dict, untouched


@dataclass(frozen=True, slots=True)
class Standing:
    """How one concept stands for one learner at one moment."""

    state: ConceptState
    estimate: Estimate
    is_mastered: bool
    due_at: datetime | None
    is_due: bool


def standings(
    enrolment: Enrolment, *, now: datetime, parameters: Parameters | None = None
) -> dict[str, Standing]:
    """Return how every concept with a belief stands, by concept id, for the learner's own threshold."""
    parameters = parameters or parameters_in_force(enrolment.subject_id)
    due = dict(enrolment.review_cards.order_by().values_list("concept_id", "due_at"))
    rule = MasteryRule.at(threshold_of(enrolment, now=now))
    return {
        str(concept): standing_of(
            state_from_dict(state), rule=rule, due_at=due.get(concept), now=now, parameters=parameters
        )
        for concept, state in enrolment.beliefs.order_by().values_list("concept_id", "state")
    }


@dataclass(frozen=True, slots=True)
class BriefStanding:
    """How one concept stands, as far as a choice looks at it: the belief without its interval."""

    p: float
    is_mastered: bool
    is_due: bool
    tries: int
    failures: int
    seen_at: datetime | None = None


def brief_standings(
    enrolment: Enrolment, *, now: datetime, parameters: Parameters | None = None
) -> dict[str, BriefStanding]:
    """Return of every concept with a belief what `standings` says of it, in brief and in half the time."""
    parameters = parameters or parameters_in_force(enrolment.subject_id)
    concept_id = Cast("concept_id", TextField())
    cards = enrolment.review_cards.filter(due_at__lte=now).order_by()
    due = set(cards.values_list(concept_id, flat=True))
    rule = MasteryRule.at(threshold_of(enrolment, now=now))
    found = {}
    for concept, stored in enrolment.beliefs.order_by().values_list(concept_id, "state"):
        found[with_dashes(concept)] = brief_standing_of(
            state_from_dict(stored), rule=rule, is_due=concept in due, now=now, parameters=parameters
        )
    return found


def brief_standing_of(
    state: ConceptState,
    *,
    rule: MasteryRule,
    is_due: bool,
    now: datetime,
    parameters: Parameters = DEFAULTS,
) -> BriefStanding:
    """Decide in brief what `standing_of` decides; ``is_due`` says whether the day of review has come."""
    mastered = is_mastered(state, rule=rule, parameters=parameters, now=now)
    return BriefStanding(
        p=believed(state, parameters=parameters, now=now),
        is_mastered=mastered,
        is_due=mastered and is_due,
        tries=state.tries,
        failures=state.failures,
        seen_at=state.at,
    )


def in_brief(standing: Standing) -> BriefStanding:
    """Return of a standing what `brief_standing_of` would have said."""
    state = standing.state
    return BriefStanding(
        standing.estimate.p, standing.is_mastered, standing.is_due, state.tries, state.failures, state.at
    )


def unknown(subject: uuid.UUID, *, parameters: Parameters | None = None) -> Standing:
    """Return how a concept of a subject stands of which nothing is known."""
    parameters = parameters or parameters_in_force(subject)
    state = untouched(parameters)
    return Standing(state, estimate(state, parameters=parameters, now=None), False, None, False)  # noqa: FBT003


def standing_of_belief(
    belief: Belief, *, due_at: datetime | None, now: datetime, parameters: Parameters | None = None
) -> Standing:
    """Return how the concept of one stored belief stands."""
    parameters = parameters or parameters_in_force(belief.enrolment.subject_id)
    rule = MasteryRule.at(threshold_of(belief.enrolment, now=now))
    state = state_from_dict(belief.state)
    return standing_of(state, rule=rule, due_at=due_at, now=now, parameters=parameters)


def standing_of(
    state: ConceptState,
    *,
    rule: MasteryRule,
    due_at: datetime | None,
    now: datetime,
    parameters: Parameters = DEFAULTS,
) -> Standing:
    """Decide mastery by the rule, and apart from it whether a review of what is mastered is due."""
    mastered = is_mastered(state, rule=rule, parameters=parameters, now=now)
    return Standing(
        state=state,
        estimate=estimate(state, parameters=parameters, now=now),
        is_mastered=mastered,
        due_at=due_at,
        is_due=mastered and due_at is not None and due_at <= now,
    )
