"""Cases on concepts that nobody looked at while the grader was mended: what it is worth on fresh ones."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tutor.attacking.cases import Case, read_cases
from tutor.attacking.reporting import failures
from tutor.attacking.tallying import summarise
from tutor.attacking.trying import try_all
from tutor.embedded.grading import EmbeddedGrader
from tutor.screening import screen

HOME = Path(__file__).parent
FOLDERS = {name: read_cases(HOME / name) for name in ("held_out", "held_out_2")}
CASES = [case for cases in FOLDERS.values() for case in cases]
LIMITS: dict[str, Any] = tomllib.loads((HOME / "limits.toml").read_text(encoding="utf-8"))


def test_they_are_many_and_on_other_concepts_than_the_suite() -> None:
    assert all(len(cases) >= 60 for cases in FOLDERS.values())
    known = {case.concept.key for case in read_cases(HOME / "cases")}
    assert known.isdisjoint(case.concept.key for case in CASES)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.kind.is_right], ids=lambda case: case.answer[:40]
)
def test_a_right_answer_is_nobodys_copy(case: Case) -> None:
    screened = screen(
        case.answer, question=case.concept.question, lesson=case.concept.lesson, sources=case.sources
    )
    assert (screened.refusal, screened.copied) == (None, ())


@pytest.mark.weights
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_embedded_grader_stays_within_its_limits(embedded_grader: EmbeddedGrader, folder: str) -> None:
    trials = try_all(FOLDERS[folder], grader=embedded_grader, doubt=embedded_grader.doubt)
    summary = summarise(trials, [])
    found = {name: getattr(summary, name).value for name in LIMITS[folder]}
    within = all(found[name] <= limit for name, limit in LIMITS[folder].items())
    assert within, [found, *failures(trials)]
