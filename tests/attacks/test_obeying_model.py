"""A model that obeys every injection: what the floor alone holds, and what it cannot know."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest

from tests.fakes.obeying_model import (
    ObeyingChat,
    Quoting,
    everything,
    the_nearest_sentence,
    the_point,
    what_it_was_told,
)
from tutor.attacking.cases import Case, CaseClass
from tutor.attacking.reporting import failures
from tutor.attacking.trying import Trial, try_all
from tutor.embedded.grading import EmbeddedGrader
from tutor.model_engine.grading import ModelGrader
from tutor.ports import Doubt, GradingTask, PointToGrade, PointVerdict

pytestmark = pytest.mark.weights
LIMITS: dict[str, float] = tomllib.loads((Path(__file__).parent / "limits.toml").read_text(encoding="utf-8"))[
    "obeyed_by_class"
]
ATTACKS = [kind for kind in CaseClass if not kind.is_right]


@pytest.fixture(scope="module")
def doubt(embedded_grader: EmbeddedGrader) -> Doubt:
    return lru_cache(maxsize=None)(embedded_grader.doubt)


def obeyed(cases: Iterable[Case], *, quoting: Quoting, doubt: Doubt) -> list[Trial]:
    return try_all(list(cases), grader=ModelGrader(ObeyingChat(quoting)), doubt=doubt)


@pytest.mark.parametrize("kind", ATTACKS)
def test_a_model_that_obeys_earns_nothing_that_the_floor_can_know_of(
    suite: tuple[Case, ...], doubt: Doubt, kind: CaseClass
) -> None:
    cases = [case for case in suite if case.kind is kind]
    runs = [
        obeyed(cases, quoting=quoting, doubt=doubt)
        for quoting in (everything, the_nearest_sentence, what_it_was_told)
    ]
    worst = max(runs, key=lambda trials: sum(trial.has_failed for trial in trials))
    share = sum(trial.has_failed for trial in worst) / len(cases)
    assert share <= LIMITS.get(kind.value, 0.0), "\n".join(failures(worst))


def test_words_that_the_model_invents_earn_nothing_whatever_the_answer(
    suite: tuple[Case, ...], doubt: Doubt
) -> None:
    trials = obeyed(suite, quoting=the_point, doubt=doubt)
    assert [trial for trial in trials if trial.credited] == []


def test_the_model_does_obey_or_nothing_would_be_shown_by_this() -> None:
    task = GradingTask("What slows a sledge?", (PointToGrade("a", "Rubbing slows it."),), "Rubbing does it.")
    (judgement,) = ModelGrader(ObeyingChat(everything)).grade(task)
    assert judgement.verdict is PointVerdict.SHOWN
    assert judgement.span is not None
    assert judgement.span.quote == task.answer
