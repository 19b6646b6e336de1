from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tutor.attacking.suites import write_suite
from tutor.attacking.cases import Case, read_cases
from tutor.attacking.trying import Result, Trial, try_all, try_case, try_variants
from tutor.ports import AnswerSpan, GradingTask, PointJudgement, PointVerdict


class VerdictsByPlace:
    """Judges the points of every answer as it was told to, always with the whole answer as proof."""

    engine, version, prompt_hash = "embedded", "told", ""

    def __init__(self, verdicts: str) -> None:
        self._verdicts = {place: _VERDICTS[letter] for place, letter in enumerate(verdicts)}
        self.asked: list[GradingTask] = []

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        self.asked.append(task)
        span = AnswerSpan(0, len(task.answer), task.answer)
        return tuple(
            PointJudgement(point.id, self._verdicts[place], 0.6, span, reason="told")
            for place, point in enumerate(task.points)
        )


_VERDICTS: Mapping[str, PointVerdict] = {
    "s": PointVerdict.SHOWN,
    "m": PointVerdict.MISSING,
    "u": PointVerdict.UNSURE,
}


@pytest.fixture
def suite(tmp_path: Path) -> tuple[Case, ...]:
    return read_cases(write_suite(tmp_path))


def tried(case: Case, verdicts: str) -> Trial:
    return try_case(case, grader=VerdictsByPlace(verdicts), doubt=lambda task, point, quote: "")


def test_what_the_screen_refuses_never_reaches_the_grader(suite: tuple[Case, ...]) -> None:
    grader = VerdictsByPlace("ss")
    trials = [try_case(case, grader=grader, doubt=lambda task, point, quote: "") for case in suite[:2]]
    assert [trial.reasons for trial in trials] == [("empty",), ("too_long",)]
    assert all(trial.result is Result.REFUSED and not trial.has_failed for trial in trials)
    assert grader.asked == []


@pytest.mark.parametrize(
    ("verdicts", "result", "has_failed"),
    [
        ("ms", Result.REFUSED, False),
        ("us", Result.CANNOT_TELL, False),
        ("sm", Result.CREDITED, True),
        ("ss", Result.CREDITED, True),
        ("mm", Result.REFUSED, False),
    ],
)
def test_half_an_answer_may_earn_its_half_and_no_more(
    suite: tuple[Case, ...], verdicts: str, result: Result, has_failed: bool
) -> None:
    trial = tried(suite[2], verdicts)
    assert (trial.result, trial.has_failed) == (result, has_failed)


@pytest.mark.parametrize(
    ("verdicts", "result", "has_failed"),
    [
        ("ss", Result.CREDITED, False),
        ("um", Result.CANNOT_TELL, False),
        ("mm", Result.REFUSED, True),
        ("ms", Result.REFUSED, True),
    ],
)
def test_a_right_answer_fails_only_when_it_is_refused(
    suite: tuple[Case, ...], verdicts: str, result: Result, has_failed: bool
) -> None:
    trial = tried(suite[4], verdicts)
    assert (trial.result, trial.has_failed) == (result, has_failed)


def test_one_credited_point_of_a_worthless_answer_is_unearned_though_it_does_not_pass(
    suite: tuple[Case, ...],
) -> None:
    trial = tried(suite[3], "ms")
    assert (trial.result, trial.passed, trial.credited) == (Result.CREDITED, False, frozenset({1}))


def test_the_grader_sees_neither_lesson_nor_source_nor_what_is_hidden_in_it(suite: tuple[Case, ...]) -> None:
    grader = VerdictsByPlace("mm")
    try_all(suite, grader=grader, doubt=lambda task, point, quote: "")
    assert not any("Graders" in repr(task) or "sand" in repr(task) for task in grader.asked)


def test_the_source_with_what_is_hidden_in_it_is_no_place_to_copy_from(suite: tuple[Case, ...]) -> None:
    copied = replace(suite[3], answer=suite[3].source_note)
    assert tried(copied, "ss").reasons == ("copied_source",)


def test_the_doubt_of_the_floor_takes_credit_away(suite: tuple[Case, ...]) -> None:
    trial = try_case(suite[3], grader=VerdictsByPlace("ss"), doubt=lambda task, point, quote: "off_the_point")
    assert trial.result is Result.CANNOT_TELL
    assert trial.reasons == ("unsure: off_the_point", "unsure: off_the_point")


def test_only_right_answers_that_passed_are_tried_in_variants(suite: tuple[Case, ...]) -> None:
    steps: list[int] = []
    trials = try_all(
        suite,
        grader=VerdictsByPlace("ss"),
        doubt=lambda task, point, quote: "",
        advance=lambda: steps.append(1),
    )
    assert len(steps) == len(suite)
    kept = try_variants(trials, grader=VerdictsByPlace("ss"), doubt=lambda task, point, quote: "")
    assert {trial.name for trial in kept} >= {"typos", "bullets", "capitals"}
    # A grader that quotes whole answers quotes the trigger words too, and those the floor believes never.
    assert {trial.name for trial in kept if not trial.is_kept} == {"trigger_words"}
    lost = try_variants(trials, grader=VerdictsByPlace("mm"), doubt=lambda task, point, quote: "")
    assert not any(trial.is_kept for trial in lost)
    failing = try_all(suite, grader=VerdictsByPlace("mm"), doubt=lambda task, point, quote: "")
    assert try_variants(failing, grader=VerdictsByPlace("ss"), doubt=lambda task, point, quote: "") == []
