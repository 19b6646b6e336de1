from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from concepts.models import Subject
from mastery.models import MasteryEvent
from research.models import Library
from tests.tutor.material import GOOD, graded, learner_of, lesson_for, swings
from tests.tutor.sea import educator_of
from tutor.leaning import NO_LEANING, Leaning
from tutor.models import Attempt, Lesson
from tutor.ports import PointVerdict
from tutor.services import ruling
from tutor.services.engines import embedded_grader
from tutor.services.judging import judge
from tutor.services.leaning import course_leaning
from tutor.services.ruling import PointDecision

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson() -> Lesson:
    return lesson_for(learner_of(swings()))


@pytest.fixture
def educator(lesson: Lesson) -> User:
    return educator_of(lesson.enrolment)


def decide(attempt: Attempt, verdict: PointVerdict, *, author: User) -> None:
    points = [PointDecision(point.ordinal, verdict) for point in attempt.lesson.points.all()]
    ruling.rule(
        attempt,
        author=author,
        points=points,
        reason="I read it",
        now=timezone.now(),
    )


def test_a_course_without_decisions_leans_nowhere(lesson: Lesson) -> None:
    graded(lesson, GOOD)
    assert course_leaning(lesson.enrolment.subject) == NO_LEANING
    assert MasteryEvent.objects.get().hashes["leaning"] == "+0.000 +0.000"


@pytest.mark.parametrize(
    ("verdict", "sign"), [(PointVerdict.SHOWN, 1), (PointVerdict.MISSING, -1), (PointVerdict.CONTRADICTED, 0)]
)
def test_a_course_leans_as_its_teacher_decides(
    lesson: Lesson, educator: User, verdict: PointVerdict, sign: int
) -> None:
    decide(graded(lesson, GOOD), verdict, author=educator)
    found = course_leaning(lesson.enrolment.subject)
    assert (found.prior > 0) - (found.prior < 0) == sign
    assert (found.cut > 0) - (found.cut < 0) == sign


def test_a_decision_that_is_taken_again_counts_once_as_it_stands(lesson: Lesson, educator: User) -> None:
    attempt = graded(lesson, GOOD)
    decide(attempt, PointVerdict.SHOWN, author=educator)
    decide(attempt, PointVerdict.MISSING, author=educator)
    assert course_leaning(lesson.enrolment.subject).cut < 0


def test_the_next_answer_is_graded_by_what_the_course_has_learned(lesson: Lesson, educator: User) -> None:
    first = graded(lesson, GOOD)
    decide(first, PointVerdict.MISSING, author=educator)
    second = graded(lesson, f"{GOOD} So it is.")
    leaning = course_leaning(lesson.enrolment.subject)
    assert leaning.cut < 0
    assert MasteryEvent.objects.get(attempt_id=second.pk).hashes["leaning"] == str(leaning)


def test_a_leaning_moves_the_probability_of_the_same_answer(lesson: Lesson) -> None:
    attempt, grader = graded(lesson, GOOD), embedded_grader()
    strict, mild = (
        judge(attempt, grader=grader, doubt=grader.doubt, leaning=Leaning(by, by)).judgements[0].probability
        for by in (-0.5, 0.5)
    )
    assert strict < mild


def test_another_course_does_not_hear_of_it(lesson: Lesson, educator: User) -> None:
    decide(graded(lesson, GOOD), PointVerdict.MISSING, author=educator)
    other = swings_again()
    assert course_leaning(other.enrolment.subject) == NO_LEANING


def swings_again() -> Lesson:
    Library.objects.filter(key="swings").update(key="swings-before")
    Subject.objects.filter(key="swings").update(key="swings-before")
    return lesson_for(learner_of(swings(), "leo"))
