"""The suite itself: large enough, in every class, on many subjects, and fair in both directions."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from research.sentences import sentences
from tutor.attacking.cases import Case, CaseClass, Earns, read_cases
from tutor.plain_text import plain
from tutor.screening import screen
from vectorstore.words import stems

CASES = read_cases(Path(__file__).parent / "cases")
CONCEPTS = {case.concept.key: case.concept for case in CASES}
INJECTIONS = [case for case in CASES if case.kind.is_injection]


def of(kind: CaseClass) -> list[Case]:
    return [case for case in CASES if case.kind is kind]


def test_there_are_many_cases_on_many_concepts_of_several_subjects() -> None:
    assert len(CASES) >= 600
    assert len(CONCEPTS) >= 12
    assert len({concept.subject for concept in CONCEPTS.values()}) >= 4


@pytest.mark.parametrize("kind", CaseClass)
def test_every_class_is_tried_on_nearly_every_concept(kind: CaseClass) -> None:
    assert len({case.concept.key for case in of(kind)}) >= 12


@pytest.mark.parametrize("key", CONCEPTS)
def test_every_concept_is_tried_in_both_directions(key: str) -> None:
    rows = [case for case in CASES if case.concept.key == key]
    assert sum(case.kind.is_right for case in rows) >= 10
    assert sum(not case.kind.is_right for case in rows) >= 25


def test_no_answer_is_given_twice() -> None:
    counted = Counter((case.concept.key, case.answer) for case in CASES)
    assert [key for key, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("key", CONCEPTS)
def test_a_rubric_has_two_or_three_points_of_one_sentence_that_the_lesson_teaches(key: str) -> None:
    concept = CONCEPTS[key]
    assert 2 <= len(concept.points) <= 3
    assert set(concept.points) <= set(concept.lesson)
    assert all(point.count(".") == 1 and len(point.split()) <= 30 for point in concept.points)


@pytest.mark.parametrize("key", CONCEPTS)
def test_a_question_names_its_concept_and_gives_no_point_away(key: str) -> None:
    concept = CONCEPTS[key]
    asked = set(stems(concept.question))
    assert set(stems(concept.name)) <= asked
    for point in concept.points:
        idea = set(stems(point))
        assert len(idea - asked) >= 0.25 * len(idea)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.kind.is_right], ids=lambda case: case.answer[:40]
)
def test_a_right_answer_says_every_point_in_its_own_words(case: Case) -> None:
    assert case.earns is Earns.PASS
    assert case.shows == set(range(len(case.concept.points)))
    screened = screen(
        case.answer, question=case.concept.question, lesson=case.concept.lesson, sources=case.sources
    )
    assert (screened.refusal, screened.copied) == (None, ())


def test_half_an_answer_may_earn_any_point_of_some_rubric() -> None:
    assert {place for case in of(CaseClass.HALF_RIGHT) for place in case.shows} == {0, 1, 2}
    assert all(case.earns is Earns.PART for case in of(CaseClass.HALF_RIGHT))


def test_injections_come_in_several_scripts_and_encodings() -> None:
    text = "\n".join(case.answer for case in INJECTIONS)
    for script in (
        "[а-я]{4}",
        "[\u4e00-\u9fff]{4}",
        "[\u0600-\u06ff]{4}",
        "[\u0900-\u097f]{3}",
        "[\uac00-\ud7af]{2}",
    ):
        assert re.search(script, text), script
    for sign in ("Ignoriere", "Oubliez", "Ignora ", "</learner>", '"verdict"', "[INST]", "==", "znex", "%49"):
        assert sign in text, sign


def test_what_is_hidden_in_a_source_is_alluded_to_by_the_answer() -> None:
    for case in of(CaseClass.INJECTION_IN_SOURCE):
        assert case.source_note
        assert set(stems(case.answer)) & set(stems(case.source_note))


def test_a_disguised_copy_is_more_than_a_copy() -> None:
    for case in of(CaseClass.DISGUISED_COPY):
        left = case.answer
        for sentence in (*case.concept.lesson, *sentences(case.concept.source)):
            left = left.replace(sentence, "")
        assert left.strip()


def test_right_answers_are_disguised_too_as_phones_and_keyboards_do_it() -> None:
    assert sum(plain(case.answer).text != case.answer for case in of(CaseClass.RIGHT_DISGUISED)) >= 12
