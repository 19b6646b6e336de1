r"""Fit the spacing of reviews to one learner: how fast this person forgets, by FSRS.

FSRS has 21 weights; a learner has tens or a few hundreds of reviews. So three numbers are fitted and the
rest stays as FSRS ships it: a factor on how long first memories last (weights 0 to 3), a shift of how much
a review lengthens them (weight 8, on a log scale), and a factor on the exponent of the forgetting curve
(weight 20). Each is drawn to "as usual" by a normal prior with standard deviation `SPREAD` in its own log
scale, and the mode of the posterior is found by a pattern search (Hooke and Jeeves, Journal of the ACM 8,
1961), which needs no derivative and no library.

What is predicted is whether a review on a later day is a failure ("again"), before it is folded in; the loss
is the mean negative log likelihood of that. `fit_review_weights` first fits on the earlier reviews and
compares on the later ones, and refuses unless the loss falls there. py-fsrs has an optimiser of its own. It
fits all weights, needs pandas beside torch, gives back the usual weights below 512 reviews without saying
so, and holds nothing out, so it is not used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from fsrs import Card, Rating, State
from fsrs.scheduler import LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

from mastery.parameters import Parameters
from mastery.review import CARD_ID, SILENT_KINDS, rating, scheduler_of
from mastery.states import Observation

ENOUGH_REVIEWS = 60
HELD_OUT_SHARE = 0.3
SPREAD = 0.5
STEP, SMALLEST_STEP = 0.4, 0.02
FIRST_STABILITIES, GROWTH, DECAY = range(4), 8, 20
UNLIKELY = 1e-4
DIGITS = 6


class Review(NamedTuple):
    """One review of a concept: when, and which of the four buttons it comes to."""

    at: datetime
    rating: Rating


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights that predict held-out reviews better, fitted in the end on all of them.

    Attributes
    ----------
    weights : tuple of float
    reviews : int
        On a later day than the one before: what is predicted.
    loss_before, loss_after : float
        Held-out log loss of the usual weights, and of those that were fitted without the held-out reviews.
    """

    weights: tuple[float, ...]
    reviews: int
    loss_before: float
    loss_after: float


class Knobs(NamedTuple):
    """The three numbers that are fitted; all zero is as usual."""

    stability: float = 0.0
    growth: float = 0.0
    decay: float = 0.0


def histories_of(observations: Iterable[Observation], *, parameters: Parameters) -> dict[str, list[Review]]:
    """Return the reviews of each concept; implicit ones are no answers, so that they are not counted.

    Parameters
    ----------
    observations : iterable of Observation
        In order of time.
    parameters : Parameters
    """
    found: dict[str, list[Review]] = {}
    for seen in observations:
        if seen.kind in SILENT_KINDS:
            continue
        earlier = found.setdefault(seen.concept, [])
        grade = rating(seen, is_first=not earlier, parameters=parameters)
        earlier.append(Review(seen.at.astimezone(UTC), grade))
    return found


def fit_review_weights(
    histories: Mapping[str, Sequence[Review]], *, enough: int = ENOUGH_REVIEWS
) -> Fit | None:
    """Return a learner's own weights, or None where there is too little to go by or they predict no better.

    Parameters
    ----------
    histories : mapping of str to sequence of Review
        By concept, each in order of time.
    enough : int
        How many reviews on a later day there must be.

    Examples
    --------
    >>> fit_review_weights({}) is None
    True
    """
    times = sorted(at for history in histories.values() for at in _predicted(history))
    if len(times) < max(enough, 2):
        return None
    since = times[int(len(times) * (1 - HELD_OUT_SHARE))]
    fitted = _search(lambda knobs: _posterior_loss(histories, knobs, until=since))
    usual, own = (_loss(histories, weights_with(knobs), since=since) for knobs in (Knobs(), fitted))
    if not own < usual:
        return None
    knobs = _search(lambda knobs: _posterior_loss(histories, knobs))
    if knobs == Knobs():
        return None
    return Fit(weights_with(knobs), len(times), round(usual, DIGITS), round(own, DIGITS))


def weights_with(knobs: Knobs) -> tuple[float, ...]:
    """Return the weights of FSRS with three of its numbers moved, within its own bounds.

    Examples
    --------
    >>> weights_with(Knobs()) == tuple(scheduler_of(()).parameters)
    True
    """
    weights = list(scheduler_of(()).parameters)
    for place in FIRST_STABILITIES:
        weights[place] *= math.exp(knobs.stability)
    weights[GROWTH] += knobs.growth
    weights[DECAY] *= math.exp(knobs.decay)
    bounds = zip(weights, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, strict=True)
    return tuple(round(min(max(weight, low), high), DIGITS) for weight, low, high in bounds)


def _predicted(history: Sequence[Review]) -> list[datetime]:
    """Those that come a day or more after the one before; what follows within hours says nothing here."""
    return [later.at for earlier, later in pairwise(history) if (later.at - earlier.at).days > 0]


def _loss(
    histories: Mapping[str, Sequence[Review]],
    weights: tuple[float, ...],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> float:
    """Mean log loss of the predictions from ``since`` and before ``until``; 0 where there is none."""
    scheduler = scheduler_of(weights)
    total, count = 0.0, 0
    for history in histories.values():
        card, last = None, None
        for at, grade in history:
            if until is not None and at >= until:
                break
            if card and last and (at - last).days > 0 and (since is None or at >= since):
                p = min(max(float(scheduler.get_card_retrievability(card, at)), UNLIKELY), 1 - UNLIKELY)
                total -= math.log(1 - p if grade is Rating.Again else p)
                count += 1
            card = card or Card(card_id=CARD_ID, state=State.Learning, due=at)
            card, _log = scheduler.review_card(card, grade, at)
            last = at
    return total / count if count else 0.0


def _posterior_loss(
    histories: Mapping[str, Sequence[Review]], knobs: Knobs, *, until: datetime | None = None
) -> float:
    reviews = sum(until is None or at < until for history in histories.values() for at in _predicted(history))
    drawn_back = sum(knob**2 for knob in knobs) / (2 * SPREAD**2)
    return _loss(histories, weights_with(knobs), until=until) * reviews + drawn_back


def _search(loss: Callable[[Knobs], float]) -> Knobs:
    """Step along one knob at a time while that helps, then by half the step."""
    best = Knobs()
    lowest, step = loss(best), STEP
    while step >= SMALLEST_STEP:
        moved = False
        for place in range(len(best)):
            for side in (step, -step):
                tried = Knobs(*(knob + side * (place == at) for at, knob in enumerate(best)))
                cost = loss(tried)
                if cost < lowest - 1e-9:
                    best, lowest, moved = tried, cost, True
                    break
        if not moved:
            step /= 2
    return Knobs(*(round(knob, DIGITS) for knob in best))
