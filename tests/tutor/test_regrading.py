from __future__ import annotations

import pytest

from tutor.ports import GradingTask, PointJudgement, PointToGrade, PointVerdict
from tutor.reasons import PLAIN, plain_reason
from tutor.regrading import OnePointAtATime, agree


class Listing:
    """A grader that remembers what it was asked and shows every point."""

    engine, version, prompt_hash = "listing", "v" * 80, "hash"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        self.asked.append([point.id for point in task.points])
        return tuple(PointJudgement(point.id, PointVerdict.SHOWN, 0.9) for point in task.points)


def test_points_are_asked_for_singly_and_backwards_and_answered_in_order() -> None:
    grader = Listing()
    again = OnePointAtATime(grader)
    task = GradingTask("Why?", tuple(PointToGrade(name, name) for name in "abc"), "Because.")
    assert [one.point_id for one in again.grade(task)] == ["a", "b", "c"]
    assert grader.asked == [["c"], ["b"], ["a"]]
    assert (again.engine, again.prompt_hash) == ("listing", "hash")
    assert again.version.startswith("one point at a time")
    assert len(again.version) == 80


def judged(*verdicts: PointVerdict) -> list[PointJudgement]:
    return [PointJudgement(str(n), verdict, 0.5) for n, verdict in enumerate(verdicts)]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (PointVerdict.SHOWN, PointVerdict.SHOWN, True),
        (PointVerdict.MISSING, PointVerdict.UNSURE, True),
        (PointVerdict.CONTRADICTED, PointVerdict.MISSING, False),
        (PointVerdict.SHOWN, PointVerdict.MISSING, False),
    ],
)
def test_two_looks_agree_when_they_credit_and_fault_the_same_points(
    first: PointVerdict, second: PointVerdict, same: bool
) -> None:
    assert agree(judged(PointVerdict.SHOWN, first), judged(PointVerdict.SHOWN, second)) is same


def test_a_point_that_only_one_look_judged_is_no_agreement() -> None:
    assert not agree(judged(PointVerdict.SHOWN), judged(PointVerdict.SHOWN, PointVerdict.SHOWN))


@pytest.mark.parametrize("code", sorted(PLAIN))
def test_every_code_is_told_as_a_sentence(code: str) -> None:
    told = plain_reason("missing", code)
    assert told[0].isupper()
    assert told.endswith(".")


def test_a_graders_own_sentence_is_passed_on_only_where_it_may_tell() -> None:
    own = "It never says that energy is lost."
    assert plain_reason("missing", own, may_tell=True) == own
    assert plain_reason("missing", own) != own
    assert plain_reason("contradicted", "a new code", may_tell=True) == plain_reason("contradicted", "")
