from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, State

from mastery.parameters import Kind, Parameters
from mastery.review import scheduler_of
from mastery.review_fitting import (
    Knobs,
    Review,
    _loss,
    fit_review_weights,
    histories_of,
    weights_with,
)
from mastery.states import Observation

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
QUICK_TO_FORGET = Knobs(stability=-1.2, growth=-0.6)


def simulated(knobs: Knobs, *, concepts: int, reviews: int = 6, seed: int = 1) -> dict[str, list[Review]]:
    """A learner who truly forgets by these weights, and reviews when the usual weights say so."""
    rng = random.Random(seed)
    truth, usual = scheduler_of(weights_with(knobs)), scheduler_of(())
    found = {}
    for number in range(concepts):
        at = NOON + rng.random() * 30 * DAY
        known = planned = Card(card_id=1, state=State.Learning, due=at)
        history = []
        for step in range(reviews):
            recalls = step == 0 or rng.random() < truth.get_card_retrievability(known, at)
            grade = Rating.Good if recalls else Rating.Again
            history.append(Review(at, grade))
            known, _ = truth.review_card(known, grade, at)
            planned, _ = usual.review_card(planned, grade, at)
            at = max(planned.due, at + DAY) + rng.random() * 2 * DAY
        found[f"c{number}"] = history
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_learner_who_forgets_quickly_gets_weights_that_say_so(seed: int) -> None:
    fit = fit_review_weights(simulated(QUICK_TO_FORGET, concepts=50, seed=seed))
    assert fit is not None
    assert fit.loss_after < fit.loss_before
    assert fit.reviews == 250
    assert fit.weights[2] < 0.7 * scheduler_of(()).parameters[2]
    fresh = simulated(QUICK_TO_FORGET, concepts=200, seed=seed + 100)
    assert _loss(fresh, fit.weights) < _loss(fresh, ())


def test_a_usual_learner_is_seldom_given_other_weights_and_never_far_worse_ones() -> None:
    losses = []
    for seed in range(8):
        fit = fit_review_weights(simulated(Knobs(), concepts=30, seed=seed))
        if fit is not None:
            fresh = simulated(Knobs(), concepts=200, seed=seed + 100)
            losses.append(_loss(fresh, fit.weights) - _loss(fresh, ()))
    assert len(losses) <= 6
    assert max(losses, default=0.0) < 0.02


def test_too_little_gives_nothing() -> None:
    few = simulated(QUICK_TO_FORGET, concepts=5)
    assert fit_review_weights(few) is None
    assert fit_review_weights(few, enough=10_000) is None
    assert fit_review_weights({"moon": []}, enough=0) is None
    assert fit_review_weights({"moon": [Review(NOON, Rating.Good)]}, enough=0) is None


def test_the_same_reviews_give_the_same_weights() -> None:
    histories = simulated(QUICK_TO_FORGET, concepts=30)
    turned = dict(reversed(histories.items()))
    first, again, other = map(fit_review_weights, (histories, histories, turned))
    assert first is not None
    assert other is not None
    assert first == again
    assert other.weights == first.weights


def test_weights_stay_within_the_bounds_of_fsrs_however_far_they_are_turned() -> None:
    for far in (-50.0, 50.0):
        scheduler_of(weights_with(Knobs(far, far, far)))


def test_what_says_nothing_of_memory_is_no_review() -> None:
    observations = [
        Observation("moon", Kind.EXPLAIN_BACK, 1.0, NOON),
        Observation("moon", Kind.OVERRIDE, 0.0, NOON + DAY),
        Observation("moon", Kind.SELF_REPORT, 0.0, NOON + 2 * DAY),
        Observation("moon", Kind.CHOICE, 0.0, NOON + 3 * DAY),
    ]
    (reviews,) = histories_of(observations, parameters=Parameters()).values()
    assert [one.rating for one in reviews] == [Rating.Good, Rating.Again]
