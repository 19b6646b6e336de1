from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.leaning import FARTHEST, NO_LEANING, Decided, leaning_from

DECIDED = st.builds(Decided, st.floats(-9, 9), st.booleans())
FIRST = [Decided(z, is_shown=z > 0) for z in (-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0)]


def moved(rows: list[Decided], by: float) -> list[Decided]:
    return [Decided(row.log_odds + by, row.is_shown) for row in rows]


def test_without_decisions_a_course_leans_nowhere() -> None:
    assert leaning_from([]) == NO_LEANING


def test_decisions_that_the_grader_would_have_taken_move_little() -> None:
    assert abs(leaning_from(FIRST).cut) < 0.05


def test_a_mild_teacher_lowers_the_bar_and_a_strict_one_raises_it() -> None:
    assert leaning_from(moved(FIRST, -1.5)).cut > 0.5
    assert leaning_from(moved(FIRST, 1.5)).cut < -0.5


def test_many_right_answers_raise_the_probability_and_not_the_cut() -> None:
    mostly_right = [*FIRST, *(Decided(2.0, is_shown=True) for _ in range(30))]
    found = leaning_from(mostly_right)
    assert abs(found.cut) < 0.3
    assert found.prior > found.cut


def test_a_prior_that_the_grader_has_is_not_learned_twice() -> None:
    rare = [Decided(0.0, is_shown=at == 0) for at in range(10)]
    assert leaning_from(rare).prior < leaning_from(rare, prior=math.log(1 / 9)).prior == 0


@given(st.lists(DECIDED, max_size=30), st.floats(0.05, 3))
def test_a_leaning_is_finite_bounded_and_shrinks_with_the_spread(rows: list[Decided], spread: float) -> None:
    found, held = leaning_from(rows, spread=spread), leaning_from(rows, spread=0.01)
    for one in (found.cut, found.prior):
        assert math.isfinite(one)
        assert abs(one) <= FARTHEST
    assert abs(held.cut) <= 0.01
    assert abs(held.prior) <= 0.01


@given(st.lists(DECIDED, max_size=20), st.integers(0, 19))
def test_one_more_decision_that_a_point_is_shown_never_lowers_the_probability(
    rows: list[Decided], at: int
) -> None:
    more = [*rows, Decided(float(at % 5) - 2, is_shown=True)]
    assert leaning_from(more).prior >= leaning_from(rows).prior - 1e-6


@given(st.lists(DECIDED, min_size=1, max_size=20))
def test_what_is_turned_round_leans_the_other_way(rows: list[Decided]) -> None:
    turned = [Decided(-row.log_odds, not row.is_shown) for row in rows]
    assert leaning_from(turned).cut == pytest.approx(-leaning_from(rows).cut, abs=1e-5)


def test_what_is_no_number_and_no_spread_are_refused() -> None:
    with pytest.raises(ValueError, match="Leave out"):
        leaning_from([Decided(math.inf, is_shown=True)])
    with pytest.raises(ValueError, match="above 0"):
        leaning_from(FIRST, spread=0)
