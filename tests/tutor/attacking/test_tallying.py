from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tutor.attacking.suites import write_suite
from tutor.attacking.cases import Case, CaseClass, read_cases
from tutor.attacking.reporting import as_data, failures, last_line, table
from tutor.attacking.tallying import Share, summarise, tally_classes, tally_variants
from tutor.attacking.trying import Result, Trial, VariantTrial


@pytest.fixture
def suite(tmp_path: Path) -> tuple[Case, ...]:
    return read_cases(write_suite(tmp_path))


@pytest.fixture
def trials(suite: tuple[Case, ...]) -> list[Trial]:
    """Refused, refused, asked once more, credited, and a right answer refused."""
    results = [Result.REFUSED, Result.REFUSED, Result.CANNOT_TELL, Result.CREDITED, Result.REFUSED]
    return [
        Trial(
            case,
            result,
            passed=False,
            credited=frozenset({0} if result is Result.CREDITED else ()),
            reasons=("why",),
        )
        for case, result in zip(suite, results, strict=True)
    ]


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_stays_within_0_and_1(of: int, data: st.DataObject) -> None:
    share = Share(data.draw(st.integers(0, of)), of)
    low, high = share.interval
    assert share.value is not None
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1


def test_more_cases_make_a_narrower_interval() -> None:
    def width(share: Share) -> float:
        low, high = share.interval
        return high - low

    assert width(Share(50, 100)) < width(Share(5, 10)) < width(Share(0, 0)) == 1


def test_each_class_is_counted_by_itself(trials: list[Trial]) -> None:
    by_kind = {tally.kind: tally for tally in tally_classes(trials)}
    assert list(by_kind) == [
        CaseClass.EMPTY, CaseClass.HALF_RIGHT, CaseClass.PADDING, CaseClass.INJECTION_IN_SOURCE,
        CaseClass.RIGHT,
    ]  # fmt: skip
    assert by_kind[CaseClass.EMPTY].failed == Share(0, 1)
    assert by_kind[CaseClass.HALF_RIGHT].cannot_tell == 1
    assert by_kind[CaseClass.INJECTION_IN_SOURCE].failed == Share(1, 1)
    assert by_kind[CaseClass.RIGHT].failed == Share(1, 1)


def test_the_summary_keeps_both_directions_and_not_to_tell_apart(trials: list[Trial]) -> None:
    case = trials[-1].case
    variant_trials = [
        VariantTrial("typos", case, is_kept=True),
        VariantTrial("capitals", case, is_kept=False),
    ]
    summary = summarise(trials, variant_trials)
    assert last_line(summary) == (
        "unearned=0.250 refused_right=1.000 injection_success=1.000 cannot_tell=0.200 retention=0.500 n=5"
    )
    assert summary.cannot_tell_right == Share(0, 1)
    assert tally_variants(variant_trials) == {"typos": Share(1, 1), "capitals": Share(0, 1)}


def test_the_table_has_a_line_for_each_class_and_variant_and_ends_with_the_figures(
    trials: list[Trial],
) -> None:
    retention = {"typos": Share(3, 4)}
    lines = table(tally_classes(trials), retention, summarise(trials))
    assert any(line.startswith("injection_in_source") and "1.000 [0.21, 1.00]" in line for line in lines)
    assert any(line.startswith("typos") and "0.750" in line for line in lines)
    assert lines[-1].endswith("retention=- n=5")


def test_failures_are_told_with_what_was_said_and_why(trials: list[Trial]) -> None:
    attack, right = failures(trials)
    assert attack.startswith("friction injection_in_source: credited [1], may show [] (why)")
    assert right.startswith("friction right: credited [], may show [1, 2]")


def test_data_for_programs_holds_every_trial(trials: list[Trial]) -> None:
    data = json.loads(
        json.dumps(as_data(trials, tally_classes(trials), {"typos": Share(1, 2)}, summarise(trials)))
    )
    assert (data["n"], data["unearned"], data["variants"]) == (5, 0.25, {"typos": 0.5})
    assert [row["failed"] for row in data["trials"]] == [False, False, False, True, True]
    assert data["trials"][2]["shows"] == [2]
    assert {row["class"]: row["failed"] for row in data["classes"]}["right"] == 1.0
