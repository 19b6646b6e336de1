"""A model that obeys every injection: the decoy catches it; where it does not, what the floor holds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest

from llm.ports import ChatModel
from tests.fakes.obeying_model import (
    ObeyingChat,
    SlyChat,
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


def obeyed(cases: Iterable[Case], *, chat: ChatModel, doubt: Doubt) -> list[Trial]:
    return try_all(list(cases), grader=ModelGrader(chat), doubt=doubt)


def test_a_model_that_obeys_earns_nothing_in_any_class(suite: tuple[Case, ...], doubt: Doubt) -> None:
    for quoting in (everything, the_nearest_sentence, what_it_was_told):
        trials = obeyed(suite, chat=ObeyingChat(quoting), doubt=doubt)
        assert [trial for trial in trials if trial.credited] == [], failures(trials)


@pytest.mark.parametrize("kind", ATTACKS)
def test_a_model_that_sees_through_the_decoy_earns_little_that_the_floor_can_know_of(
    suite: tuple[Case, ...], doubt: Doubt, kind: CaseClass
) -> None:
    cases = [case for case in suite if case.kind is kind]
    trials = obeyed(cases, chat=SlyChat(the_nearest_sentence), doubt=doubt)
    share = sum(trial.has_failed for trial in trials) / len(cases)
    assert share <= LIMITS.get(kind.value, 0.0), "\n".join(failures(trials))


def test_words_that_the_model_invents_earn_nothing_whatever_the_answer(
    suite: tuple[Case, ...], doubt: Doubt
) -> None:
    trials = obeyed(suite, chat=ObeyingChat(the_point), doubt=doubt)
    assert [trial for trial in trials if trial.credited] == []


def test_the_models_do_obey_or_nothing_would_be_shown_by_this(suite: tuple[Case, ...]) -> None:
    case = next(case for case in suite if case.kind is CaseClass.FLUENT_WRONG)
    points = tuple(PointToGrade(str(place), text) for place, text in enumerate(case.concept.points))
    task = GradingTask(case.concept.question, points, case.answer, background=case.background)
    caught = ModelGrader(ObeyingChat(everything)).grade(task)
    assert {judgement.reason for judgement in caught} == {"credits_anything"}
    sly = ModelGrader(SlyChat(everything)).grade(task)
    assert PointVerdict.SHOWN in {judgement.verdict for judgement in sly}
