"""When to look again: an FSRS card (Ye, Su and Cao, KDD 2022; version 6 by py-fsrs), folded from the same
events.

Memory being due and a concept being mastered are different things: FSRS times reviews well but predicts
answers worse than the belief does, so `due` never decides mastery. Learning steps of minutes are switched
off, for an explanation is not a flash card; fuzz is off, so that the same events give the same card.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from fsrs import Card, Rating, Scheduler, State
from fsrs.card import CardDict

from mastery.parameters import Kind, Parameters
from mastery.states import Observation

CARD_VERSION = 1
CARD_ID = 1  # py-fsrs would take the clock's milliseconds; the concept is the identity here
DESIRED_RETENTION = 0.9
EASY_SCORE = 0.95
DIGITS = 6

SCHEDULER = Scheduler(
    desired_retention=DESIRED_RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False
)


def rating(observation: Observation, *, is_first: bool, parameters: Parameters) -> Rating:
    """Translate a score into the four buttons of FSRS.

    "Easy" needs a full answer that no lesson had prepared, so a first check right after its lesson is at
    best "good".

    Examples
    --------
    >>> seen = Observation("tides", Kind.EXPLAIN_BACK, 1.0, datetime(2026, 1, 1, tzinfo=UTC))
    >>> rating(seen, is_first=True, parameters=Parameters()).name
    'Good'
    """
    if observation.score < parameters.failing_score:
        return Rating.Again
    if observation.score < parameters.passing_score:
        return Rating.Hard
    prepared = is_first or parameters.kinds[observation.kind].follows_lesson
    return Rating.Good if prepared or observation.score < EASY_SCORE else Rating.Easy


def fold_card(
    card: Mapping[str, Any] | None, observation: Observation, *, parameters: Parameters
) -> dict[str, Any] | None:
    """Return the card after one observation of its concept.

    Parameters
    ----------
    card : mapping or None
        What this function returned before; None for a concept never observed.
    observation : Observation
        An educator's override says nothing about memory and changes nothing; nor do self-report and what a
        placement concluded.
    parameters : Parameters

    Returns
    -------
    dict or None
        Plain JSON data.

    Examples
    --------
    >>> seen = Observation("tides", Kind.EXPLAIN_BACK, 1.0, datetime(2026, 1, 1, tzinfo=UTC))
    >>> due_at(fold_card(None, seen, parameters=Parameters())).isoformat()
    '2026-01-03T00:00:00+00:00'
    """
    if observation.kind in (Kind.OVERRIDE, Kind.SELF_REPORT, Kind.PLACEMENT):
        return dict(card) if card else None
    now = observation.at.astimezone(UTC)
    old = _read(card) if card else Card(card_id=CARD_ID, state=State.Learning, due=now)
    grade = rating(observation, is_first=card is None, parameters=parameters)
    new, _log = SCHEDULER.review_card(old, grade, now)
    return _write(new)


def due_at(card: Mapping[str, Any]) -> datetime:
    """Return when a card is due."""
    return datetime.fromisoformat(card["due"])


def retrievability(card: Mapping[str, Any], *, now: datetime) -> float:
    """Return the chance that the concept could be recalled now, by FSRS.

    Examples
    --------
    >>> noon = datetime(2026, 1, 1, tzinfo=UTC)
    >>> card = fold_card(None, Observation("tides", Kind.EXPLAIN_BACK, 1.0, noon), parameters=Parameters())
    >>> retrievability(card, now=noon)
    1.0
    """
    return round(float(SCHEDULER.get_card_retrievability(_read(card), now.astimezone(UTC))), DIGITS)


def _read(card: Mapping[str, Any]) -> Card:
    return Card.from_dict(cast(CardDict, dict(card)))


def _write(card: Card) -> dict[str, Any]:
    plain = card.to_dict()
    numbers = {name: round(float(plain[name] or 0), DIGITS) for name in ("stability", "difficulty")}
    return {"v": CARD_VERSION} | dict(plain) | numbers
