from __future__ import annotations

import numpy as np
import pytest

from tutor.agreement import Finding, Rule, Table, agreement, cohens_kappa, find, tally


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        (Table(20, 5, 10, 15), 0.4),
        (Table(45, 15, 25, 15), 0.130435),
        (Table(25, 35, 5, 35), 0.259259),
        (Table(10, 0, 0, 10), 1.0),
        (Table(0, 10, 10, 0), -1.0),
        (Table(9, 0, 1, 0), 0.0),
    ],
)
def test_kappa_is_as_worked_by_hand(table: Table, kappa: float) -> None:
    assert cohens_kappa(table) == pytest.approx(kappa, abs=1e-6)


@pytest.mark.parametrize("table", [Table(), Table(both=5), Table(neither=3)])
def test_kappa_is_not_defined_where_nothing_varies(table: Table) -> None:
    assert cohens_kappa(table) is None


def test_pairs_are_counted_by_who_says_shown() -> None:
    pairs = [(True, True), (True, False), (False, True), (False, True), (False, False)]
    assert tally(pairs) == Table(both=1, only_automatic=1, only_educator=2, neither=1)
    assert tally([]).points == 0


def test_of_nothing_everything_is_possible() -> None:
    known = agreement(Table(), answers=0)
    assert known.kappa.value is None
    assert known.share.value is None
    assert known.kappa.low < -0.5
    assert known.kappa.high > 0.7


def test_a_few_agreements_in_a_row_prove_little_and_many_prove_much() -> None:
    few, many = (agreement(Table(both=n, neither=n), answers=n).kappa for n in (2, 50))
    assert (few.value, many.value) == (1.0, 1.0)
    assert few.low < 0.25
    assert many.low > 0.9


def test_the_same_table_gives_the_same_interval() -> None:
    assert agreement(Table(3, 1, 1, 3), answers=4) == agreement(Table(3, 1, 1, 3), answers=4)


@pytest.mark.parametrize("cells", [(0.45, 0.1, 0.1, 0.35), (0.6, 0.15, 0.05, 0.2), (0.25, 0.25, 0.25, 0.25)])
@pytest.mark.parametrize("points", [8, 30])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(
    cells: tuple[float, ...], points: int
) -> None:
    both, only_first, only_second, neither = cells
    first, second = both + only_first, both + only_second
    chance = first * second + (1 - first) * (1 - second)
    truth = (both + neither - chance) / (1 - chance)
    samples = np.random.default_rng(7).multinomial(points, cells, size=300)
    intervals = [agreement(Table(*map(int, row)), answers=points).kappa for row in samples]
    held = sum(one.low <= truth <= one.high for one in intervals)
    assert held / len(intervals) >= (0.88 if points > 20 else 0.82)


@pytest.mark.parametrize(
    ("table", "answers", "finding"),
    [
        (Table(1, 0, 9, 2), 6, Finding.BELOW),
        (Table(1, 0, 9, 2), 4, Finding.OPEN),
        (Table(0, 0, 10, 0), 5, Finding.BELOW),
        (Table(4, 0, 6, 4), 6, Finding.OPEN),
        (Table(9, 0, 0, 9), 6, Finding.ABOVE),
        (Table(20, 0, 0, 0), 8, Finding.ABOVE),
        (Table(10, 0, 0, 0), 5, Finding.OPEN),
    ],
)
def test_the_rule_speaks_only_when_it_is_sure(table: Table, answers: int, finding: Finding) -> None:
    assert find(agreement(table, answers=answers)) is finding


def test_low_kappa_with_high_agreement_switches_nothing_off() -> None:
    known = agreement(Table(both=190, only_automatic=2, only_educator=8), answers=80)
    assert known.kappa.high < 0.4
    assert find(known) is Finding.ABOVE


def test_another_rule_can_be_asked() -> None:
    known = agreement(Table(4, 0, 6, 4), answers=6)
    assert find(known, rule=Rule(kappa_floor=0.9, share_floor=0.95)) is Finding.BELOW
