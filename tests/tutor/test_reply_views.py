from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from jobs.models import Job
from jobs.services import run_inline
from mastery.models import MasteryEvent
from tests.tutor.material import GOOD, WEAK, graded, learner_of, lesson_for, swings
from tests.tutor.sea import client_of, educator_of
from tests.tutor.test_checking import ScriptedGrader
from tests.tutor.test_disputing import WHY, disputed
from tutor.models import Attempt, Dispute, Lesson
from tutor.ports import PointVerdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson() -> Lesson:
    return lesson_for(learner_of(swings()))


@pytest.fixture
def attempt(lesson: Lesson) -> Attempt:
    return graded(lesson, GOOD, grader=ScriptedGrader())


@pytest.fixture
def learner(lesson: Lesson) -> APIClient:
    return client_of(lesson.enrolment.learner)


@pytest.fixture
def educator(lesson: Lesson) -> APIClient:
    return client_of(educator_of(lesson.enrolment))


@pytest.fixture
def stranger(db: None) -> APIClient:
    return client_of(User.objects.create_user("mallory", password="x", role=User.Role.EDUCATOR))


def send(client: APIClient, attempt: Attempt, reason: str = WHY) -> Any:
    return client.post(f"/api/v1/attempts/{attempt.pk}/disputes", {"reason": reason})


def decide(client: APIClient, dispute: Dispute, **body: Any) -> Any:
    body = {"outcome": "upheld", "reason": "I read it"} | body
    return client.post(f"/api/v1/disputes/{dispute.pk}/decision", body, format="json")


def test_a_learner_disputes_and_follows_what_becomes_of_it(
    learner: APIClient, educator: APIClient, attempt: Attempt
) -> None:
    sent = send(learner, attempt)
    assert sent.status_code == 202
    assert sent["Location"] == f"/api/v1/jobs/{sent.json()['id']}"
    assert send(learner, attempt).json()["id"] == sent.json()["id"]
    job = run_inline(Job.objects.get(pk=sent.json()["id"]))
    body = learner.get(f"/api/v1/disputes/{job.result['dispute']}").json()
    assert (body["state"], body["reason"], body["ruling"]) == ("differs", WHY, None)
    assert {one["number"] for one in body["points"]} == {1, 2}
    assert all(one["reason"].endswith(".") for one in body["points"])
    assert body["regrade"]["engine"] == "embedded"
    assert educator.get("/api/v1/disputes").json()["count"] == 1


def test_another_objection_to_the_same_grade_is_a_problem(learner: APIClient, attempt: Attempt) -> None:
    send(learner, attempt)
    answer = send(learner, attempt, "And another thing.")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:cairn:problem:disputed-already")
    assert send(learner, attempt, "").status_code == 400


def test_what_is_not_graded_cannot_be_disputed(learner: APIClient, lesson: Lesson) -> None:
    asked = graded(lesson, GOOD, grader=ScriptedGrader(PointVerdict.UNSURE))
    answer = send(learner, asked)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:cairn:problem:dispute-not-possible")


def test_an_educator_changes_the_grade_and_the_learner_sees_it(
    learner: APIClient, educator: APIClient, attempt: Attempt
) -> None:
    dispute = disputed(attempt)
    points = [{"number": n, "verdict": "shown", "reason": "It is there."} for n in (1, 2)]
    answer = decide(educator, dispute, outcome="changed", points=points)
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["verdict"], answer.json()["author"]) == ("pass", "ed")
    seen = learner.get(f"/api/v1/disputes/{dispute.pk}").json()
    assert seen["state"] == "changed"
    assert seen["ruling"]["points"][0]["automatic"] == "missing"
    told = learner.get(f"/api/v1/attempts/{attempt.pk}").json()
    assert (told["verdict"], told["ruling"]["verdict"]) == ("not_yet", "pass")
    assert MasteryEvent.objects.filter(corrects__isnull=False).count() == 1
    again = decide(educator, dispute)
    assert (again.status_code, again.json()["type"]) == (409, "urn:cairn:problem:dispute-decided")


def test_a_decision_that_makes_no_sense_is_refused(educator: APIClient, attempt: Attempt) -> None:
    dispute = disputed(attempt)
    nothing = decide(educator, dispute, outcome="changed", points=[{"number": 1, "verdict": "missing"}])
    assert (nothing.status_code, nothing.json()["type"]) == (422, "urn:cairn:problem:ruling-not-possible")
    assert decide(educator, dispute, points=[{"number": 1, "verdict": "unsure"}]).status_code == 400
    assert decide(educator, dispute, outcome="perhaps").status_code == 400
    assert decide(educator, dispute, reason="").status_code == 400


def test_an_educator_changes_a_grade_without_a_dispute(
    learner: APIClient, educator: APIClient, attempt: Attempt
) -> None:
    body = {"points": [{"number": 1, "verdict": "shown", "quote": "loss of energy"}], "reason": "Oral, too."}
    address = f"/api/v1/attempts/{attempt.pk}/rulings"
    answer = educator.post(address, body, format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["points"][0]["quote"] == "loss of energy"
    assert [one["reason"] for one in learner.get(address).json()] == ["Oral, too."]


def test_the_learner_decides_nothing(learner: APIClient, attempt: Attempt) -> None:
    dispute = disputed(attempt)
    assert decide(learner, dispute).status_code == 404
    body = {"points": [], "reason": "I like it"}
    assert learner.post(f"/api/v1/attempts/{attempt.pk}/rulings", body, format="json").status_code == 404


def test_only_the_learner_disputes(educator: APIClient, attempt: Attempt) -> None:
    assert send(educator, attempt).status_code == 404
    assert not Dispute.objects.exists()


def test_a_stranger_finds_nothing_and_decides_nothing(stranger: APIClient, lesson: Lesson) -> None:
    attempt = graded(lesson, WEAK)
    dispute = disputed(attempt)
    assert send(stranger, attempt).status_code == 404
    assert stranger.get("/api/v1/disputes").json()["count"] == 0
    assert stranger.get(f"/api/v1/disputes/{dispute.pk}").status_code == 404
    assert decide(stranger, dispute).status_code == 404
    assert stranger.get(f"/api/v1/attempts/{attempt.pk}/rulings").status_code == 404
    body = {"points": [], "reason": "because"}
    assert stranger.post(f"/api/v1/attempts/{attempt.pk}/rulings", body, format="json").status_code == 404
    assert decide(APIClient(), dispute).status_code == 401
    assert APIClient().get("/api/v1/disputes").status_code == 401
    assert stranger.post("/api/v1/disputes/nonsense/decision", body, format="json").status_code == 404
