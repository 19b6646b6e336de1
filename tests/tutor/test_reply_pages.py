from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from jobs.services import run_inline
from tests.tutor.material import DEFINITIONS, GOOD, WEAK, graded, learner_of, lesson_for, swings
from tests.tutor.sea import educator_of
from tests.tutor.test_checking import ScriptedGrader
from tests.tutor.test_disputing import WHY, disputed
from tutor.models import Attempt, Dispute, Lesson, Ruling
from tutor.ports import PointVerdict

pytestmark = pytest.mark.django_db


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lesson() -> Lesson:
    return lesson_for(learner_of(swings()))


@pytest.fixture
def learner(lesson: Lesson) -> Client:
    return page_of(lesson.enrolment.learner)


@pytest.fixture
def educator(lesson: Lesson) -> Client:
    return page_of(educator_of(lesson.enrolment))


def decision(attempt: Attempt, verdict: str, **values: str) -> dict[str, str]:
    numbers = [point.ordinal for point in attempt.lesson.points.all()]
    return {f"verdict-{n}": verdict for n in numbers} | {"reason": "I read it"} | values


def test_a_learner_says_what_is_wrong_and_sees_how_far_it_has_come(learner: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    page = learner.get(f"/attempts/{attempt.pk}/")
    assert "I think this is wrong" in page.text
    sent = learner.post(f"/attempts/{attempt.pk}/dispute/", {"reason": WHY}, follow=True)
    assert "You disputed this grade" in sent.text
    assert WHY in sent.text
    assert "I think this is wrong" not in sent.text
    assert "Waiting for a free worker" in sent.text
    job = Dispute.objects.get().job
    assert job is not None
    run_inline(job)
    page = learner.get(f"/attempts/{attempt.pk}/")
    assert "A second look came to the same result" in page.text
    assert "same engine, points one at a time in another order" in page.text
    assert DEFINITIONS["damping"] not in unescape(page.text), "the reasons do not give the idea away"


def test_an_empty_objection_is_asked_for_again(learner: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    answer = learner.post(f"/attempts/{attempt.pk}/dispute/", {"reason": " "}, follow=True)
    assert "Say in a sentence what is wrong" in answer.text
    assert not Dispute.objects.exists()


def test_an_educator_sees_both_looks_decides_and_the_learner_reads_why(
    learner: Client, educator: Client, lesson: Lesson
) -> None:
    attempt = graded(lesson, GOOD, grader=ScriptedGrader())
    disputed(attempt, grader=ScriptedGrader(PointVerdict.SHOWN, PointVerdict.SHOWN))
    page = educator.get("/grades/").text
    assert WHY in page
    assert "First look: missing" in page
    assert "Second look: shown" in page
    assert "differs from the first" in page
    sent = educator.post(f"/attempts/{attempt.pk}/ruling/", decision(attempt, "shown"), follow=True)
    assert "The grade is changed" in sent.text
    assert "No grade is disputed" in sent.text
    told = learner.get(f"/attempts/{attempt.pk}/").text
    assert "you showed it" in told
    assert "The grade was changed by ed: I read it" in told
    assert "Try again" not in told


def test_an_educator_upholds(learner: Client, educator: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    disputed(attempt)
    educator.post(f"/attempts/{attempt.pk}/ruling/", decision(attempt, "missing"))
    assert Ruling.objects.get().outcome == "upheld"
    told = learner.get(f"/attempts/{attempt.pk}/").text
    assert "The grade stays as it was by ed" in told
    assert "left the grade as it was" in told


def test_grades_that_nobody_disputed_can_be_looked_through(educator: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    assert f"/attempts/{attempt.pk}/ruling/" in educator.get("/grades/").text
    page = educator.get(f"/attempts/{attempt.pk}/ruling/").text
    assert WEAK in page
    assert DEFINITIONS["damping"] in unescape(page), "an educator sees what the points ask for"
    educator.post(f"/attempts/{attempt.pk}/ruling/", decision(attempt, "missing"))
    assert f"/attempts/{attempt.pk}/ruling/" not in educator.get("/grades/").text
    assert "Decided before" in educator.get(f"/attempts/{attempt.pk}/ruling/").text


def test_a_decision_without_a_reason_keeps_its_form(educator: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    answer = educator.post(f"/attempts/{attempt.pk}/ruling/", decision(attempt, "shown", reason=""))
    assert answer.status_code == 422
    assert "This field is required" in answer.text
    assert not Ruling.objects.exists()


def test_words_that_are_not_there_are_told_on_a_page(educator: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    sent = decision(attempt, "shown") | {"quote-1": "the energy is lost"}
    answer = educator.post(f"/attempts/{attempt.pk}/ruling/", sent)
    assert answer.status_code == 422
    assert "do not stand in the answer" in answer.text


def test_a_refused_answer_can_be_disputed_too(learner: Client, educator: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, DEFINITIONS["damping"])
    disputed(attempt)
    assert "not graded, by the same rule" in learner.get(f"/attempts/{attempt.pk}/").text
    assert "It was not graded" in educator.get("/grades/").text


def test_a_stranger_and_a_learner_see_no_educators_page(learner: Client, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    disputed(attempt)
    mallory = page_of(User.objects.create_user("mallory", password="x"))
    for client in (learner, mallory):
        assert client.get("/grades/").status_code == 404
        assert client.get(f"/attempts/{attempt.pk}/ruling/").status_code == 404
        assert client.post(f"/attempts/{attempt.pk}/ruling/", decision(attempt, "shown")).status_code == 404
        assert "Grades" not in client.get("/subjects/").text
    assert mallory.post(f"/attempts/{attempt.pk}/dispute/", {"reason": WHY}).status_code == 404
    other = page_of(User.objects.create_user("eve", password="x", role=User.Role.EDUCATOR))
    assert "No grade is disputed" in other.get("/grades/").text
    assert other.get(f"/attempts/{attempt.pk}/ruling/").status_code == 404
    assert Client().get("/grades/").status_code == 302
