from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Subject
from jobs.errors import JobCancelled
from jobs.models import Job
from jobs.services import JobRun, claim, run_inline
from research.models import Library
from tests.tutor.sea import client_of, educator_of, learner_in, link, open_sea
from tutor.services.foreseeing import request_foresight, run_foresee_effort

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject() -> Subject:
    return open_sea()


@pytest.fixture
def educator(subject: Subject) -> User:
    return educator_of(learner_in(subject))


def url(subject: Subject) -> str:
    return f"/api/v1/subjects/{subject.pk}/effort"


def test_an_educator_sees_what_each_goal_is_expected_to_cost(subject: Subject, educator: User) -> None:
    client = client_of(educator)
    before = client.get(url(subject)).json()
    assert before == {"goals": [], "learners": 0, "revision": None, "is_current": False, "as_of": None}
    asked = client.post(url(subject))
    assert asked.status_code == 202
    job = run_inline(Job.objects.get(pk=asked.json()["id"]))
    assert (job.state, job.done, job.total) == (Job.State.SUCCEEDED, 80, 80), job.error
    after = client.get(url(subject)).json()
    assert [(goal["key"], goal["needs"]) for goal in after["goals"]] == [("surges", 3), ("waves", 1)]
    surges = after["goals"][0]["lessons"]
    assert 0 < surges["low"] <= surges["median"] <= surges["high"]
    assert after["is_current"]


def test_a_forecast_of_an_older_graph_says_so_and_is_repeatable(subject: Subject, educator: User) -> None:
    first, second = (
        run_inline(request_foresight(subject, requested_by=educator, learners=2)) for _ in range(2)
    )
    assert first.result == second.result
    link(subject.concepts.get(key="surges"), subject.concepts.get(key="waves"))
    Subject.objects.filter(pk=subject.pk).update(revision=subject.revision + 1)
    told = client_of(educator).get(url(subject)).json()
    assert not told["is_current"]
    assert len(told["goals"]) == 2


def test_a_cancelled_forecast_stops_at_the_next_learner(subject: Subject, educator: User) -> None:
    job = request_foresight(subject, requested_by=educator)
    assert claim(job, owner="here", now=timezone.now())
    running = JobRun(Job.objects.get(pk=job.pk))
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    with pytest.raises(JobCancelled):
        run_foresee_effort(running)
    assert client_of(educator).get(url(subject)).json()["goals"] == []


def test_an_empty_subject_has_no_goals_to_foresee(educator: User) -> None:
    library = Library.objects.create(key="empty", name="Empty", is_open=True)
    empty = Subject.objects.create(key="empty", name="Empty", library=library)
    job = run_inline(request_foresight(empty, requested_by=educator))
    assert (job.state, job.result["goals"]) == (Job.State.SUCCEEDED, [])


def test_learners_may_not_see_it_and_strangers_see_no_subject(subject: Subject) -> None:
    learner = client_of(learner_in(subject, "lou").learner)
    assert (learner.get(url(subject)).status_code, learner.post(url(subject)).status_code) == (403, 403)
    assert APIClient().get(url(subject)).status_code in (401, 403)
    subject.library.is_open = False
    subject.library.save()
    stranger = client_of(User.objects.create_user("x"))
    assert (stranger.get(url(subject)).status_code, stranger.post(url(subject)).status_code) == (404, 404)
    assert not Job.objects.exists()


def test_the_educators_page_shows_it_and_simulates_once_at_a_time(subject: Subject, educator: User) -> None:
    page, browser = "/subjects/sea/effort/", Client()
    browser.force_login(educator)
    assert "Nothing has been simulated yet" in browser.get(page).content.decode()
    for _ in range(2):
        assert browser.post(page).status_code == 302
    job = Job.objects.get()
    assert "Simulating" in browser.get(page).content.decode()
    run_inline(job)
    panel = browser.get(page, headers={"HX-Request": "true"}).content.decode()
    assert panel.startswith("<section")
    assert "Surges" in panel
    assert "3 concepts" in panel
    assert 'href="/subjects/sea/effort/"' in browser.get("/subjects/sea/graph/").content.decode()


def test_the_page_is_for_who_keeps_the_subject(subject: Subject) -> None:
    browser = Client()
    assert browser.get("/subjects/sea/effort/").status_code == 302
    browser.force_login(learner_in(subject, "lou").learner)
    assert browser.get("/subjects/sea/effort/").status_code == 403
    assert browser.post("/subjects/sea/effort/").status_code == 403
    subject.library.is_open = False
    subject.library.save()
    browser.force_login(User.objects.create_user("x"))
    assert browser.get("/subjects/sea/effort/").status_code == 404
    assert not Job.objects.exists()
