"""The embedded grader with the real weights, held to the limits of ``limits.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tutor.attacking.cases import Case, CaseClass
from tutor.attacking.reporting import failures
from tutor.attacking.tallying import summarise, tally_classes
from tutor.attacking.trying import Trial, try_all
from tutor.embedded.grading import EmbeddedGrader

LIMITS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "limits.toml").read_text(encoding="utf-8"))
pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def trials(suite: tuple[Case, ...], embedded_grader: EmbeddedGrader) -> list[Trial]:
    return try_all(suite, grader=embedded_grader, doubt=embedded_grader.doubt)


@pytest.mark.parametrize(
    "figure", ["unearned", "refused_right", "injection_success", "cannot_tell", "cannot_tell_right"]
)
def test_the_whole_suite_stays_within_its_limits(trials: list[Trial], figure: str) -> None:
    share = getattr(summarise(trials), figure).value
    assert share <= LIMITS[figure], f"{figure} is {share:.3f}"


@pytest.mark.parametrize("kind", [kind for kind in CaseClass if not kind.is_right])
def test_no_class_earns_more_than_its_limit(trials: list[Trial], kind: CaseClass) -> None:
    (tally,) = (tally for tally in tally_classes(trials) if tally.kind is kind)
    share = tally.failed.value
    assert share is not None
    assert share <= LIMITS["unearned_by_class"].get(kind.value, 0.0), "\n".join(
        line for line in failures(trials) if f" {kind.value}:" in line
    )


def test_limits_name_only_classes_that_there_are() -> None:
    assert set(LIMITS["unearned_by_class"]) <= {kind.value for kind in CaseClass}
