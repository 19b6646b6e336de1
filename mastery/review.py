"""When to look again: an FSRS card (Ye, Su and Cao, KDD 2022; version 6 by py-fsrs) or an SM-2 card, folded
from the same events.

Memory being due and a concept being mastered are different things: FSRS times reviews well but predicts
answers worse than the belief does, so `due` never decides mastery. Learning steps of minutes are switched
off, for an explanation is not a flash card; fuzz is off, so that the same events give the same card.

Implicit review. Whoever explains a concept well has used what it rests on. So a passed explanation counts
as a part of a review, `IMPLICIT_SHARE` times the grader's certainty, of each gating prerequisite that is due,
and one review can pay several debts. The idea is known as fractional implicit repetition (Skycak, The Math
Academy Way, 2024), where credit flows down to what a task encompasses, at a weight below one. The share
here is a judgement and no finding: low, for an explanation seldom uses all that its concept rests on, and
harmless if too high, since mastery fades by the belief's own clock, which implicit review does not touch.
A part f of a review does three things: it gives f of the stability that a full one would add, f of the
interval that it would add, and it puts the clock back by f of the time since the last review. Thus

    due = last + f (now - last) + I + f (I' - I)

for an interval I that a full review would make I'. What is long overdue stays due; nothing falls due sooner.
Failures take nothing away, for the belief already casts doubt on prerequisites; recognising (cloze, choice)
and self-report exercise nothing below.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from fsrs import Card, Rating, Scheduler, State
from fsrs.card import CardDict
from fsrs.scheduler import DEFAULT_PARAMETERS

from mastery import sm2
from mastery.errors import CardNotReadable, ReviewWeightsNotUsable
from mastery.parameters import Kind, Parameters
from mastery.states import Observation

CARD_VERSION = 1
CARD_ID = 1  # py-fsrs would take the clock's milliseconds; the concept is the identity here
DESIRED_RETENTION = 0.9
EASY_SCORE = 0.95
DIGITS = 6
IMPLICIT_SHARE = 0.25
SILENT_KINDS = (Kind.OVERRIDE, Kind.SELF_REPORT, Kind.PLACEMENT)
QUALITIES = {Rating.Again: 2, Rating.Hard: 3, Rating.Good: 4, Rating.Easy: 5}


class SchedulerName(StrEnum):
    """What spaces the reviews of a subject."""

    FSRS = "fsrs"
    SM2 = "sm2"


@dataclass(frozen=True, slots=True)
class Memory:
    """By which scheduler, and with which learner's own weights, cards are folded.

    Attributes
    ----------
    scheduler : SchedulerName
    weights : tuple of float
        The 21 weights of FSRS 6; empty for those that it ships with.

    Examples
    --------
    >>> Memory().fit
    ''
    >>> len(Memory(weights=scheduler_of(()).parameters).fit)
    16
    """

    scheduler: SchedulerName = SchedulerName.FSRS
    weights: tuple[float, ...] = ()

    @property
    def fit(self) -> str:
        """The first 16 digits of the SHA-256 of the weights; empty for those that FSRS ships with."""
        if not self.weights:
            return ""
        return hashlib.sha256(json.dumps(self.weights).encode()).hexdigest()[:16]


DEFAULT_MEMORY = Memory()


@lru_cache(maxsize=256)
def scheduler_of(weights: tuple[float, ...]) -> Scheduler:
    """Return py-fsrs's scheduler for some weights, or with none of them for its own.

    Raises
    ------
    ReviewWeightsNotUsable
    """
    try:
        return Scheduler(
            parameters=weights or DEFAULT_PARAMETERS,
            desired_retention=DESIRED_RETENTION,
            learning_steps=(),
            relearning_steps=(),
            enable_fuzzing=False,
        )
    except ValueError as exc:
        raise ReviewWeightsNotUsable(str(exc)) from exc


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


def fold_cards(
    cards: Mapping[str, Mapping[str, Any]],
    observation: Observation,
    *,
    parameters: Parameters,
    memory: Memory = DEFAULT_MEMORY,
) -> dict[str, dict[str, Any]]:
    """Return the cards that one observation changes: the concept's own, and due prerequisites' in part.

    Parameters
    ----------
    cards : mapping of str to mapping
        By concept; a missing one was never reviewed. Not changed.
    observation : Observation
    parameters : Parameters
    memory : Memory

    Returns
    -------
    dict of str to dict
        Plain JSON data, by concept.

    Examples
    --------
    >>> day = datetime(2026, 1, 1, tzinfo=UTC)
    >>> moon = fold_cards({}, Observation("moon", Kind.EXPLAIN_BACK, 1.0, day), parameters=Parameters())
    >>> later = Observation("tides", Kind.EXPLAIN_BACK, 1.0, day + timedelta(days=3), prerequisites=("moon",))
    >>> both = fold_cards(moon, later, parameters=Parameters())
    >>> {concept: due_at(card).date().isoformat() for concept, card in sorted(both.items())}
    {'moon': '2026-01-06', 'tides': '2026-01-06'}
    """
    own = fold_card(cards.get(observation.concept), observation, parameters=parameters, memory=memory)
    changed = {} if own is None else {observation.concept: own}
    share = _exercised(observation, parameters=parameters)
    if not share:
        return changed
    for concept in observation.prerequisites:
        card = cards.get(concept)
        if card and due_at(card) <= observation.at:
            changed[concept] = review_in_part(card, at=observation.at, share=share, memory=memory)
    return changed


def fold_card(
    card: Mapping[str, Any] | None,
    observation: Observation,
    *,
    parameters: Parameters,
    memory: Memory = DEFAULT_MEMORY,
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
    memory : Memory

    Returns
    -------
    dict or None
        Plain JSON data.

    Raises
    ------
    CardNotReadable
        If another scheduler wrote the card.

    Examples
    --------
    >>> seen = Observation("tides", Kind.EXPLAIN_BACK, 1.0, datetime(2026, 1, 1, tzinfo=UTC))
    >>> due_at(fold_card(None, seen, parameters=Parameters())).isoformat()
    '2026-01-03T00:00:00+00:00'
    """
    if observation.kind in SILENT_KINDS:
        return dict(card) if card else None
    grade = rating(observation, is_first=card is None, parameters=parameters)
    return _reviewed(card, grade, at=observation.at.astimezone(UTC), memory=memory)


def review_in_part(card: Mapping[str, Any], *, at: datetime, share: float, memory: Memory) -> dict[str, Any]:
    """Return a card after a part of a good review; see above.

    Parameters
    ----------
    card : mapping
    at : datetime
        Aware, and not before the card's last review.
    share : float
        0..1; 0 changes nothing.
    memory : Memory
    """
    at = at.astimezone(UTC)
    whole = _reviewed(card, Rating.Good, at=at, memory=memory)
    last, due = _moment(card["last_review"]), due_at(card)
    interval, then = due - last, due_at(whole) - at
    moved_last = _to_the_second(last + share * (at - last))
    moved_due = _to_the_second(moved_last + interval + share * max(then - interval, timedelta()))
    moved_due = max(moved_due, due)
    if memory.scheduler is SchedulerName.SM2:
        return _write_sm2(sm2.moved(_read_sm2(card), last_review=moved_last, due=moved_due))
    gained = max(float(whole["stability"]) - float(card["stability"]), 0.0)
    return dict(card) | {
        "stability": round(float(card["stability"]) + share * gained, DIGITS),
        "last_review": moved_last.isoformat(),
        "due": moved_due.isoformat(),
    }


def due_at(card: Mapping[str, Any]) -> datetime:
    """Return when a card is due."""
    return _moment(card["due"])


def retrievability(
    card: Mapping[str, Any], *, now: datetime, memory: Memory = DEFAULT_MEMORY
) -> float | None:
    """Return the chance that the concept could be recalled now, by FSRS; SM-2 says nothing about that.

    Examples
    --------
    >>> noon = datetime(2026, 1, 1, tzinfo=UTC)
    >>> card = fold_card(None, Observation("tides", Kind.EXPLAIN_BACK, 1.0, noon), parameters=Parameters())
    >>> retrievability(card, now=noon)
    1.0
    """
    if _scheduler_in(card) is SchedulerName.SM2:
        return None
    scheduler = scheduler_of(memory.weights)
    return round(float(scheduler.get_card_retrievability(_read(card), now.astimezone(UTC))), DIGITS)


def _exercised(observation: Observation, *, parameters: Parameters) -> float:
    """How much of a review an observation is of what its concept rests on."""
    if observation.kind is not Kind.EXPLAIN_BACK or observation.score < parameters.passing_score:
        return 0.0
    return IMPLICIT_SHARE * observation.certainty


def _reviewed(
    card: Mapping[str, Any] | None, grade: Rating, *, at: datetime, memory: Memory
) -> dict[str, Any]:
    if card and _scheduler_in(card) is not memory.scheduler:
        raise CardNotReadable(_scheduler_in(card), wanted=memory.scheduler)
    if memory.scheduler is SchedulerName.SM2:
        known = _read_sm2(card) if card else None
        return _write_sm2(sm2.review(known, quality=QUALITIES[grade], at=at))
    old = _read(card) if card else Card(card_id=CARD_ID, state=State.Learning, due=at)
    new, _log = scheduler_of(memory.weights).review_card(old, grade, at)
    return _write(new, fit=memory.fit)


def _scheduler_in(card: Mapping[str, Any]) -> SchedulerName:
    return SchedulerName(card.get("scheduler", SchedulerName.FSRS))


def _read(card: Mapping[str, Any]) -> Card:
    return Card.from_dict(cast(CardDict, dict(card)))


def _write(card: Card, *, fit: str) -> dict[str, Any]:
    plain = card.to_dict()
    numbers = {name: round(float(plain[name] or 0), DIGITS) for name in ("stability", "difficulty")}
    return {"v": CARD_VERSION} | dict(plain) | numbers | ({"fit": fit} if fit else {})


def _read_sm2(card: Mapping[str, Any]) -> sm2.Sm2Card:
    return sm2.Sm2Card(
        repetitions=int(card["repetitions"]),
        ease=float(card["ease"]),
        interval_days=int(card["interval_days"]),
        last_review=_moment(card["last_review"]),
        due=due_at(card),
    )


def _write_sm2(card: sm2.Sm2Card) -> dict[str, Any]:
    return {
        "v": CARD_VERSION,
        "scheduler": SchedulerName.SM2.value,
        "repetitions": card.repetitions,
        "ease": card.ease,
        "interval_days": card.interval_days,
        "last_review": card.last_review.isoformat(),
        "due": card.due.isoformat(),
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _to_the_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
