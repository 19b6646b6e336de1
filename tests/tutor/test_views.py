from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept
from jobs.models import Job
from jobs.services import run_inline
from mastery.models import Enrolment, MasteryEvent
from tests.tutor.material import DEFINITIONS, GOOD, WEAK, graded, learner_of, lesson_for, swings
from tests.tutor.sea import client_of, educator_of
from tutor.models import Attempt, Lesson

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment() -> Enrolment:
    return learner_of(swings())


@pytest.fixture
def client(enrolment: Enrolment) -> APIClient:
    return client_of(enrolment.learner)


@pytest.fixture
def stranger() -> APIClient:
    return client_of(User.objects.create_user("mallory", password="x"))


def finished(answer: Any) -> dict[str, Any]:
    """Run the job that a 202 names and return its result."""
    assert answer.status_code == 202, answer.json()
    assert answer["Location"] == f"/api/v1/jobs/{answer.json()['id']}"
    job = run_inline(Job.objects.get(pk=answer.json()["id"]))
    assert job.state == Job.State.SUCCEEDED, job.error
    return dict(job.result)


def test_a_lesson_is_asked_for_prepared_and_read(client: APIClient, enrolment: Enrolment) -> None:
    concept = enrolment.subject.concepts.get(key="damping")
    asked = client.post("/api/v1/lessons", {"enrolment": enrolment.pk, "concept": concept.pk})
    body = client.get(f"/api/v1/lessons/{finished(asked)['lesson']}").json()
    assert body["concept"]["key"] == "damping"
    assert (body["engine"], body["coverage"], body["number"]) == ("embedded", 1.0, 1)
    cited = [one for sentence in body["sentences"] for one in sentence["citations"]]
    assert cited[0]["page"].startswith(f"/passages/{cited[0]['passage']}/?start=")
    assert DEFINITIONS["damping"] in [sentence["text"] for sentence in body["sentences"]]


def test_a_lesson_tells_its_level_and_is_told_differently_when_asked(
    client: APIClient, stranger: APIClient, enrolment: Enrolment
) -> None:
    lesson = lesson_for(enrolment)
    body = client.get(f"/api/v1/lessons/{lesson.pk}").json()
    assert (body["level"], body["repeated"], body["differs_from"]) == ("medium", 0.0, None)
    assert body["reading_ease"] == lesson.reading_ease
    asked = client.post(f"/api/v1/lessons/{lesson.pk}/differently")
    assert asked.status_code == 202
    assert Job.objects.get(pk=asked.json()["id"]).params["differs_from"] == str(lesson.pk)
    assert stranger.post(f"/api/v1/lessons/{lesson.pk}/differently").status_code == 404
    educator = client_of(educator_of(enrolment))
    assert educator.post(f"/api/v1/lessons/{lesson.pk}/differently").status_code == 404
    assert APIClient().post(f"/api/v1/lessons/{lesson.pk}/differently").status_code == 401


def test_without_a_concept_it_is_the_one_that_comes_next(client: APIClient, enrolment: Enrolment) -> None:
    result = finished(client.post("/api/v1/lessons", {"enrolment": enrolment.pk}))
    assert Lesson.objects.get(pk=result["lesson"]).concept.key == "vibration"


def test_the_rubric_is_not_told_before_the_answer_is_graded(client: APIClient, enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    body = client.get(f"/api/v1/lessons/{lesson.pk}").json()
    assert not {"points", "rubric"} & set(body)
    assert not [point for point in lesson.points.all() if point.hint in str(body)]
    pending = client.post("/api/v1/attempts", {"lesson": lesson.pk, "answer": WEAK})
    attempt = Attempt.objects.get(job_id=pending.json()["id"])
    waiting = client.get(f"/api/v1/attempts/{attempt.pk}").json()
    assert (waiting["verdict"], waiting["points"], waiting["next"]) == ("pending", [], None)


def test_an_attempt_tells_points_spans_beliefs_and_what_comes_next(
    client: APIClient, enrolment: Enrolment
) -> None:
    lesson = lesson_for(enrolment)
    result = finished(client.post("/api/v1/attempts", {"lesson": lesson.pk, "answer": GOOD}))
    body = client.get(f"/api/v1/attempts/{result['attempt']}").json()
    assert body["verdict"] == "pass"
    assert body["belief_after"] > body["belief_before"]
    first = body["points"][0]
    assert (first["number"], first["verdict"], first["text"]) == (1, "shown", DEFINITIONS["damping"])
    assert GOOD[first["start"] : first["end"]] == first["quote"]
    assert first["asked"] == "what “damping” means"
    assert lesson.sentences.get(ordinal=first["sentence"]).text == DEFINITIONS["damping"]
    assert body["next"]["reason"]
    assert Concept.objects.filter(pk=body["next"]["concept"]).exists()


def test_a_missing_point_is_told_as_a_hint_only(client: APIClient, enrolment: Enrolment) -> None:
    attempt = graded(lesson_for(enrolment), WEAK)
    points = client.get(f"/api/v1/attempts/{attempt.pk}").json()["points"]
    assert {one["verdict"] for one in points} == {"missing"}
    assert not any(one["text"] for one in points)
    assert all(one["hint"] and one["asked"] for one in points)
    assert not any(one["reason"] or one["sentence"] for one in points)


def test_the_idempotency_key_makes_a_resent_request_harmless(client: APIClient, enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)

    def send(answer: str) -> Any:
        body = {"lesson": lesson.pk, "answer": answer}
        return client.post("/api/v1/attempts", body, headers={"Idempotency-Key": "once"})

    one, two = send(GOOD), send(GOOD)
    assert one.json()["id"] == two.json()["id"]
    finished(one)
    assert send(GOOD).json()["id"] == one.json()["id"]
    assert Attempt.objects.count() == MasteryEvent.objects.count() == 1
    other = send(WEAK)
    assert (other.status_code, other.json()["type"]) == (422, "urn:cairn:problem:idempotency-key-reused")


def test_a_follow_up_that_was_not_asked_for_is_a_problem(client: APIClient, enrolment: Enrolment) -> None:
    attempt = graded(lesson_for(enrolment), GOOD)
    sent = {"lesson": attempt.lesson_id, "answer": "More of it.", "follow_up_of": attempt.pk}
    answer = client.post("/api/v1/attempts", sent)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:cairn:problem:follow-up-not-asked")


def test_an_empty_answer_is_taken_and_refused_kindly(client: APIClient, enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    result = finished(client.post("/api/v1/attempts", {"lesson": lesson.pk, "answer": ""}))
    body = client.get(f"/api/v1/attempts/{result['attempt']}").json()
    assert (body["verdict"], body["refusal"]) == ("not_yet", "empty")
    assert not MasteryEvent.objects.exists()


def test_a_stranger_finds_nothing_and_starts_nothing(
    client: APIClient, stranger: APIClient, enrolment: Enrolment
) -> None:
    lesson = lesson_for(enrolment)
    attempt = graded(lesson, GOOD)
    assert stranger.get(f"/api/v1/lessons/{lesson.pk}").status_code == 404
    assert stranger.get(f"/api/v1/attempts/{attempt.pk}").status_code == 404
    assert stranger.get("/api/v1/lessons").json()["count"] == 0
    assert stranger.get("/api/v1/attempts").json()["count"] == 0
    assert stranger.post("/api/v1/lessons", {"enrolment": enrolment.pk}).status_code == 400
    assert stranger.post("/api/v1/attempts", {"lesson": lesson.pk, "answer": GOOD}).status_code == 400
    assert APIClient().get(f"/api/v1/lessons/{lesson.pk}").status_code == 401
    assert client.get("/api/v1/lessons").json()["count"] == 1


def test_an_educator_reads_but_does_not_answer_for_the_learner(enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    attempt = graded(lesson, GOOD)
    educator = client_of(educator_of(enrolment))
    body = educator.get(f"/api/v1/attempts/{attempt.pk}").json()
    assert (body["verdict"], body["next"]) == ("pass", None)
    assert educator.post("/api/v1/attempts", {"lesson": lesson.pk, "answer": GOOD}).status_code == 400
    assert educator.post("/api/v1/lessons", {"enrolment": enrolment.pk}).status_code == 400


def test_a_concept_that_is_not_published_is_not_accepted(client: APIClient, enrolment: Enrolment) -> None:
    proposed = Concept.objects.create(subject=enrolment.subject, key="hum", name="hum", status="proposed")
    answer = client.post("/api/v1/lessons", {"enrolment": enrolment.pk, "concept": proposed.pk})
    assert answer.status_code == 400
