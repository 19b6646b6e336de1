"""SM-2: the other way to space reviews, for subjects whose teachers prefer it (Wozniak, Optimization of
learning, 1990).

A success at its time lengthens the interval by the ease; a failure starts anew without changing the ease.
The algorithm knows nothing of reviews before their day, so that an early success leaves everything as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST_DAYS, SECOND_DAYS = 1, 6
FIRST_EASE, LEAST_EASE = 2.5, 1.3
PASSING_QUALITY, BEST_QUALITY = 3, 5
LONGEST_DAYS = 36_500
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Sm2Card:
    """How one concept stands.

    Attributes
    ----------
    repetitions : int
        Successes in a row, each at its time.
    ease : float
        By what the interval is multiplied; at least 1.3.
    interval_days : int
    last_review : datetime
        Aware.
    due : datetime
    """

    repetitions: int
    ease: float
    interval_days: int
    last_review: datetime
    due: datetime


def review(card: Sm2Card | None, *, quality: int, at: datetime) -> Sm2Card:
    """Return the card after one review.

    Parameters
    ----------
    card : Sm2Card or None
        None before the first review.
    quality : int
        0..5; from 3 on a success.
    at : datetime
        Aware.

    Raises
    ------
    ValueError
        If there is no such quality.

    Examples
    --------
    >>> from datetime import UTC
    >>> first = review(None, quality=4, at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> second = review(first, quality=4, at=first.due)
    >>> first.interval_days, second.interval_days, second.ease
    (1, 6, 2.5)
    """
    if not 0 <= quality <= BEST_QUALITY:
        raise ValueError(f"A quality of {quality} is not on the scale; give one from 0 to {BEST_QUALITY}.")
    ease = card.ease if card else FIRST_EASE
    if quality < PASSING_QUALITY:
        return Sm2Card(0, ease, FIRST_DAYS, at, at + timedelta(days=FIRST_DAYS))
    if card and card.repetitions and at < card.due:
        return card
    missed = BEST_QUALITY - quality
    ease = round(max(LEAST_EASE, ease + 0.1 - missed * (0.08 + missed * 0.02)), DIGITS)
    days = _next_interval(card, ease=ease)
    return Sm2Card(
        repetitions=(card.repetitions if card else 0) + 1,
        ease=ease,
        interval_days=days,
        last_review=at,
        due=at + timedelta(days=days),
    )


def moved(card: Sm2Card, *, last_review: datetime, due: datetime) -> Sm2Card:
    """Return the same card with its clock put elsewhere: no repetition, and no change of ease."""
    days = max(FIRST_DAYS, math.ceil((due - last_review) / timedelta(days=1)))
    return replace(card, interval_days=days, last_review=last_review, due=due)


def _next_interval(card: Sm2Card | None, *, ease: float) -> int:
    if card is None or card.repetitions == 0:
        return FIRST_DAYS
    if card.repetitions == 1:
        return max(SECOND_DAYS, card.interval_days)
    return min(LONGEST_DAYS, math.ceil(round(card.interval_days * ease, DIGITS)))
