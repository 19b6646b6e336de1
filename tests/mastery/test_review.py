from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from mastery.errors import CardNotReadable, ReviewWeightsNotUsable
from mastery.parameters import Kind, Parameters
from mastery.review import (
    Memory,
    SchedulerName,
    due_at,
    fold_card,
    fold_cards,
    rating,
    retrievability,
    review_in_part,
    scheduler_of,
)
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
    soon, late = (retrievability(card, now=NOON + days * DAY) for days in (20, 200))
    assert late is not None
    assert soon is not None
    assert late < soon


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


SCHEDULERS = [Memory(), Memory(SchedulerName.SM2)]


def explained(concept: str, *, days: float, score: float = 1.0, **values: Any) -> Observation:
    kind = values.pop("kind", Kind.EXPLAIN_BACK)
    return Observation(concept, kind, score, NOON + days * DAY, **values)


def cards_after(*observations: Observation, memory: Memory) -> dict[str, dict[str, Any]]:
    cards: dict[str, dict[str, Any]] = {}
    for observation in observations:
        cards |= fold_cards(cards, observation, parameters=DEFAULTS, memory=memory)
    return cards


@pytest.mark.parametrize("memory", SCHEDULERS)
def test_one_explanation_pays_every_due_prerequisite_in_part(memory: Memory) -> None:
    before = cards_after(explained("moon", days=0), explained("sun", days=0), memory=memory)
    both = ("moon", "sun")
    after = cards_after(
        explained("moon", days=0),
        explained("sun", days=0),
        explained("tides", days=3, prerequisites=both),
        memory=memory,
    )
    for concept in both:
        whole = cards_after(explained(concept, days=0), explained(concept, days=3), memory=memory)
        assert due_at(before[concept]) < due_at(after[concept]) < due_at(whole[concept])


@pytest.mark.parametrize("memory", SCHEDULERS)
@pytest.mark.parametrize(
    "later",
    [
        explained("tides", days=0.5, prerequisites=("moon",)),
        explained("tides", days=9, score=0.6, prerequisites=("moon",)),
        explained("tides", days=9, certainty=0.0, prerequisites=("moon",)),
        explained("tides", days=9, kind=Kind.CHOICE, prerequisites=("moon",)),
        explained("tides", days=9, kind=Kind.OVERRIDE, prerequisites=("moon",)),
        explained("tides", days=9),
        explained("tides", days=9, prerequisites=("never seen",)),
    ],
    ids=["not due", "not passed", "uncertain", "recognised", "an educator's word", "rests on nothing", "new"],
)
def test_nothing_else_pays_for_a_prerequisite(later: Observation, memory: Memory) -> None:
    moon = explained("moon", days=0)
    before, after = cards_after(moon, memory=memory), cards_after(moon, later, memory=memory)
    assert after["moon"] == before["moon"]
    assert "never seen" not in after


@pytest.mark.parametrize("memory", SCHEDULERS)
def test_what_is_long_overdue_stays_due_and_comes_later_all_the_same(memory: Memory) -> None:
    moon = explained("moon", days=0)
    before = cards_after(moon, memory=memory)
    after = cards_after(moon, explained("tides", days=300, prerequisites=("moon",)), memory=memory)
    assert due_at(before["moon"]) < due_at(after["moon"])
    if memory.scheduler is SchedulerName.SM2:
        assert due_at(after["moon"]) <= NOON + 300 * DAY


@given(
    gap=st.floats(0, 2000), share=st.floats(0, 1), certain=st.floats(0, 1), memory=st.sampled_from(SCHEDULERS)
)
def test_a_part_of_a_review_never_takes_away_and_never_gives_more_than_the_whole(
    gap: float, share: float, certain: float, memory: Memory
) -> None:
    card = cards_after(explained("moon", days=0), memory=memory)["moon"]
    at = due_at(card) + gap * DAY
    parts = [review_in_part(card, at=at, share=share * part, memory=memory) for part in (0.0, certain, 1.0)]
    days = [due_at(part) for part in parts]
    assert days == sorted(days)
    assert days[0] == due_at(card)
    whole = fold_card(
        card, Observation("moon", Kind.EXPLAIN_BACK, 0.9, at), parameters=DEFAULTS, memory=memory
    )
    assert whole is not None
    assert days[-1] <= due_at(whole)


def test_sm2_spaces_as_it_was_published_and_knows_no_retrievability() -> None:
    memory = Memory(SchedulerName.SM2)
    card, gaps, now = None, [], NOON
    for _ in range(4):
        card = fold_card(
            card, Observation("tides", Kind.EXPLAIN_BACK, 1.0, now), parameters=DEFAULTS, memory=memory
        )
        assert card is not None
        gaps.append((due_at(card) - now).days)
        now = due_at(card)
    assert gaps == [1, 6, 15, 38]
    assert retrievability(card or {}, now=now, memory=memory) is None


def test_a_card_of_another_scheduler_is_refused_with_the_remedy() -> None:
    card = fold_card(None, shown(1.0), parameters=DEFAULTS)
    with pytest.raises(CardNotReadable, match="replay_mastery --fix"):
        fold_card(card, shown(1.0, days=3), parameters=DEFAULTS, memory=Memory(SchedulerName.SM2))


def test_weights_of_ones_own_move_the_day_and_are_named_on_the_card() -> None:
    slow = tuple(one * 3 if place < 4 else one for place, one in enumerate(scheduler_of(()).parameters))
    memory = Memory(weights=slow)
    own = fold_card(None, shown(1.0), parameters=DEFAULTS, memory=memory)
    usual = fold_card(None, shown(1.0), parameters=DEFAULTS)
    assert own is not None
    assert usual is not None
    assert due_at(own) > due_at(usual)
    assert (own["fit"], "fit" in usual) == (memory.fit, False)


def test_weights_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ReviewWeightsNotUsable, match="fit_reviews"):
        scheduler_of((1.0,) * 3)
