from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from mastery.parameters import Kind, Parameters
from mastery.review import due_at, fold_card, rating, retrievability
from mastery.states import Observation

DEFAULTS = Parameters()
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def shown(score: float, *, days: float = 0, kind: Kind = Kind.EXPLAIN_BACK) -> Observation:
    return Observation("tides", kind, score, NOON + days * DAY)


@pytest.mark.parametrize(
    ("observation", "is_first", "expected"),
    [
        (shown(0.0), True, Rating.Again),
        (shown(0.49), False, Rating.Again),
        (shown(0.5), False, Rating.Hard),
        (shown(0.7), False, Rating.Good),
        (shown(1.0), True, Rating.Good),
        (shown(1.0, kind=Kind.CLOZE), True, Rating.Good),
        (shown(1.0, kind=Kind.CLOZE), False, Rating.Easy),
    ],
)
def test_a_score_presses_the_right_button(observation: Observation, is_first: bool, expected: Rating) -> None:
    assert rating(observation, is_first=is_first, parameters=DEFAULTS) == expected


def test_successes_space_the_reviews_out_and_a_failure_brings_them_back() -> None:
    card, gaps, now = None, [], NOON
    for _ in range(4):
        card = fold_card(card, Observation("tides", Kind.EXPLAIN_BACK, 1.0, now), parameters=DEFAULTS)
        assert card is not None
        gaps.append((due_at(card) - now).days)
        now = due_at(card)
    assert gaps == GAPS
    failed = fold_card(card, Observation("tides", Kind.EXPLAIN_BACK, 0.0, now), parameters=DEFAULTS)
    assert failed is not None
    assert (due_at(failed) - now).days < gaps[1]


GAPS = [2, 11, 46, 163]


def test_an_educators_word_says_nothing_about_memory() -> None:
    card = fold_card(None, shown(1.0), parameters=DEFAULTS)
    assert fold_card(card, shown(0.0, days=1, kind=Kind.OVERRIDE), parameters=DEFAULTS) == card
    assert fold_card(None, shown(1.0, kind=Kind.OVERRIDE), parameters=DEFAULTS) is None


def test_recall_fades_to_the_desired_retention_by_the_time_a_card_is_due() -> None:
    card = fold_card(None, shown(1.0), parameters=DEFAULTS)
    assert card is not None
    assert retrievability(card, now=due_at(card)) == pytest.approx(0.9, abs=0.02)
    assert retrievability(card, now=NOON + 200 * DAY) < retrievability(card, now=NOON + 20 * DAY)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 100)), max_size=8))
def test_the_same_observations_give_the_same_card_and_a_due_date_that_follows(
    history: list[tuple[float, float]],
) -> None:
    observations = sorted((shown(score, days=day) for score, day in history), key=lambda seen: seen.at)
    first, second = (_folded(observations) for _ in range(2))
    assert first == second
    if first is not None:
        assert due_at(first) > observations[-1].at


def _folded(observations: list[Observation]) -> dict[str, Any] | None:
    card: dict[str, Any] | None = None
    for observation in observations:
        card = fold_card(card, observation, parameters=DEFAULTS) or card
    return card
