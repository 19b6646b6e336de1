from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from jobs.models import Job
from jobs.services import run_inline
from mastery.models import Enrolment
from tests.tutor.material import DEFINITIONS, GOOD, WEAK, graded, learner_of, lesson_for, swings
from tutor.models import Attempt, Lesson

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment() -> Enrolment:
    return learner_of(swings())


@pytest.fixture
def client(enrolment: Enrolment) -> Client:
    client = Client()
    client.force_login(enrolment.learner)
    return client


def test_from_the_study_button_to_the_lesson_without_javascript(client: Client, enrolment: Enrolment) -> None:
    answer = client.post("/subjects/swings/study/damping/")
    job = Job.objects.get(kind="prepare_lesson")
    assert answer["Location"] == f"/lessons/wait/{job.pk}/"
    waiting = client.get(answer["Location"])
    assert b'http-equiv="refresh"' in waiting.content
    run_inline(job)
    there = client.get(answer["Location"], follow=True)
    page = there.content.decode()
    assert "damping" in page
    assert "100% of the sentences" in page
    assert "embedded engine" in page
    lesson = Lesson.objects.get()
    cited = lesson.sentences.filter(section="explanation").first()
    assert cited is not None
    span = cited.citations.get()
    assert f"/passages/{span.passage_id}/?start={span.start}&amp;end={span.end}" in page
    assert client.get(f"/passages/{span.passage_id}/?start={span.start}&end={span.end}").status_code == 200


def test_an_answer_is_handed_in_waited_for_and_marked(client: Client, enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    sent = client.post(f"/lessons/{lesson.pk}/answer/", {"answer": GOOD})
    attempt = Attempt.objects.get()
    assert sent["Location"] == f"/attempts/{attempt.pk}/"
    assert b'http-equiv="refresh"' in client.get(sent["Location"]).content
    assert attempt.job is not None
    run_inline(attempt.job)
    page = client.get(sent["Location"]).content.decode()
    assert "you showed it" in page
    assert "<mark>" in page
    assert "What Cairn believes now" in page
    assert "Graded by the embedded engine" in page


def test_explain_it_differently_leads_to_another_lesson_or_says_why_not(
    client: Client, enrolment: Enrolment
) -> None:
    lesson = lesson_for(enrolment)
    page = client.get(f"/lessons/{lesson.pk}/").content.decode()
    assert f'action="/lessons/{lesson.pk}/differently/"' in page
    assert "medium level; reading ease" in page
    answer = client.post(f"/lessons/{lesson.pk}/differently/")
    job = Job.objects.get(params__differs_from=str(lesson.pk))
    assert answer["Location"] == f"/lessons/wait/{job.pk}/"
    run_inline(job)
    told = client.get(answer["Location"]).content.decode()
    assert "too little on" in told
    assert f'href="/lessons/{lesson.pk}/"' in told


def test_an_empty_form_keeps_its_place(client: Client, enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    answer = client.post(f"/lessons/{lesson.pk}/answer/", {"answer": "  "})
    assert answer.status_code == 422
    assert b"Write your explanation first" in answer.content
    assert not Attempt.objects.exists()


def test_a_refused_answer_is_told_kindly_and_a_missing_point_only_hinted_at(
    client: Client, enrolment: Enrolment
) -> None:
    lesson = lesson_for(enrolment)
    copied = graded(lesson, DEFINITIONS["damping"])
    assert "your own words" in client.get(f"/attempts/{copied.pk}/").content.decode()
    weak = graded(lesson, WEAK)
    page = client.get(f"/attempts/{weak.pk}/").content.decode()
    assert "Not there yet" in page
    assert DEFINITIONS["damping"] not in unescape(page)
    assert "Read it again at the source" not in page
    again = graded(lesson, WEAK + " Or so.")
    assert "Read it again at the source" in client.get(f"/attempts/{again.pk}/").content.decode()


def test_a_stranger_sees_none_of_it(enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    attempt = graded(lesson, GOOD)
    stranger = Client()
    stranger.force_login(User.objects.create_user("mallory", password="x"))
    assert stranger.get(f"/lessons/{lesson.pk}/").status_code == 404
    assert stranger.post(f"/lessons/{lesson.pk}/answer/", {"answer": GOOD}).status_code == 404
    assert stranger.post(f"/lessons/{lesson.pk}/differently/").status_code == 404
    assert stranger.get(f"/attempts/{attempt.pk}/").status_code == 404
    assert stranger.post("/subjects/swings/study/damping/").status_code == 404
    assert lesson.job is not None
    assert stranger.get(f"/lessons/wait/{lesson.job.pk}/").status_code == 404
    assert Client().get(f"/lessons/{lesson.pk}/").status_code == 302
