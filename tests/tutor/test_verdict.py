from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.ports import PointJudgement, PointVerdict
from tutor.verdict import Verdict, decide, merge

P = {
    "s": (PointVerdict.SHOWN, 0.9),
    "m": (PointVerdict.MISSING, 0.1),
    "u": (PointVerdict.UNSURE, 0.4),
    "c": (PointVerdict.CONTRADICTED, 0.1),
}


def row(letters: str) -> list[PointJudgement]:
    return [PointJudgement(str(at), *P[letter]) for at, letter in enumerate(letters)]


@pytest.mark.parametrize(
    ("letters", "verdict"),
    [
        ("s", "pass"),
        ("sm", "pass"),
        ("ssm", "pass"),
        ("smm", "not_yet"),
        ("smmm", "not_yet"),
        ("smu", "cannot_tell"),
        ("mss", "not_yet"),
        ("uss", "cannot_tell"),
        ("umm", "not_yet"),
        ("um", "cannot_tell"),
        ("ssc", "not_yet"),
        ("ssu", "pass"),
        ("m", "not_yet"),
        ("u", "cannot_tell"),
    ],
)
def test_the_verdict_follows_from_the_points(letters: str, verdict: str) -> None:
    assert decide(row(letters)).verdict == verdict


def test_the_follow_up_is_about_the_point_that_decides() -> None:
    assert decide(row("uss")).ask_about == "0"
    assert decide(row("smu")).ask_about == "2"


@given(st.text("smu", min_size=1, max_size=6))
def test_a_pass_scores_more_than_half_and_a_fail_less(letters: str) -> None:
    outcome = decide(row(letters), is_final=True)
    if letters[0] == "s":
        assert outcome.score > 0.5
    else:
        assert outcome.score < 0.5
    assert outcome.verdict == "not_yet" or letters[0] == "s"


def test_a_rubric_without_points_decides_nothing() -> None:
    with pytest.raises(ValueError, match="Prepare the lesson again"):
        decide([])


@given(st.text("smuc", min_size=1, max_size=6))
def test_after_the_follow_up_nothing_is_left_open(letters: str) -> None:
    assert decide(row(letters), is_final=True).verdict != Verdict.CANNOT_TELL


@given(st.text("smuc", min_size=1, max_size=6), st.data())
def test_showing_one_more_point_never_makes_a_verdict_worse(letters: str, data: st.DataObject) -> None:
    rank = {Verdict.NOT_YET: 0, Verdict.CANNOT_TELL: 1, Verdict.PASSED: 2}
    at = data.draw(st.integers(0, len(letters) - 1))
    better = letters[:at] + "s" + letters[at + 1 :]
    assert rank[decide(row(better)).verdict] >= rank[decide(row(letters)).verdict]


def test_a_follow_up_settles_what_was_unsure_and_keeps_what_was_shown() -> None:
    assert [one.verdict.value[0] for one in merge(row("sum"), row("mss"))] == ["s", "s", "s"]
    assert [one.verdict.value[0] for one in merge(row("su"), row("cm"))] == ["c", "m"]
