from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mastery.sm2 import FIRST_EASE, LEAST_EASE, LONGEST_DAYS, Sm2Card, moved, review

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def reviewed(*qualities: int, late_days: int = 0) -> list[Sm2Card]:
    cards: list[Sm2Card] = []
    at = NOON
    for quality in qualities:
        cards.append(review(cards[-1] if cards else None, quality=quality, at=at))
        at = cards[-1].due + late_days * DAY
    return cards


@pytest.mark.parametrize(
    ("qualities", "days", "ease"),
    [
        ([4, 4, 4, 4, 4], [1, 6, 15, 38, 95], 2.5),
        ([5, 5, 5, 5], [1, 6, 17, 50], 2.9),
        ([3, 3, 3, 3], [1, 6, 13, 26], 1.94),
        ([4, 4, 4, 2, 4, 4], [1, 6, 15, 1, 1, 6], 2.5),
        ([0], [1], 2.5),
    ],
)
def test_golden_sequences(qualities: list[int], days: list[int], ease: float) -> None:
    cards = reviewed(*qualities)
    assert [card.interval_days for card in cards] == days
    assert cards[-1].ease == pytest.approx(ease)


def test_a_failure_starts_anew_and_leaves_the_ease_alone() -> None:
    before, after = reviewed(5, 5, 5, 1)[-2:]
    assert (after.repetitions, after.interval_days, after.ease) == (0, 1, before.ease)


def test_an_early_success_changes_nothing_and_an_early_failure_does() -> None:
    (card,) = reviewed(4)
    soon = NOON + DAY / 2
    assert review(card, quality=5, at=soon) == card
    assert review(card, quality=0, at=soon).last_review == soon


def test_the_scale_ends_at_five() -> None:
    for quality in (-1, 6):
        with pytest.raises(ValueError, match="from 0 to 5"):
            review(None, quality=quality, at=NOON)


def test_a_card_whose_clock_was_moved_keeps_its_repetitions_and_ease() -> None:
    card = reviewed(4, 4)[-1]
    later = moved(card, last_review=NOON + 5 * DAY, due=NOON + 15 * DAY)
    assert (later.repetitions, later.ease, later.interval_days) == (2, FIRST_EASE, 10)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=40))
def test_whatever_happens_the_bounds_hold(history: list[tuple[int, int]]) -> None:
    card, at = None, NOON
    for quality, gap in history:
        at += gap * DAY
        card = review(card, quality=quality, at=at)
        assert card.ease >= LEAST_EASE
        assert 1 <= card.interval_days <= LONGEST_DAYS
        assert card.due > card.last_review
        if at > card.last_review:
            assert quality >= 3, "only an early success is passed over"
