from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.models import Enrolment
from mastery.parameters import Parameters
from research.models import Library
from tests.mastery.conftest import Teach, client_of

pytestmark = pytest.mark.django_db

ENROLMENTS = "/api/v1/enrolments"
EVENTS = "/api/v1/mastery-events"
BELIEFS = "/api/v1/beliefs"


@pytest.fixture
def closed(db: None) -> Subject:
    library = Library.objects.create(key="closed", name="Closed")
    return Subject.objects.create(key="closed", name="Closed", library=library)


def test_a_learner_enrols_with_goals_lists_retrieves_and_changes_them(
    learner: User, subject: Subject, moon: Concept, tides: Concept
) -> None:
    client = client_of(learner)
    made = client.post(ENROLMENTS, {"subject": subject.pk, "goals": [tides.pk]})
    assert made.status_code == 201
    assert made.json()["goals"] == [str(tides.pk)]
    assert made.json()["subject_key"] == "sea"
    key = made.json()["id"]
    assert [row["id"] for row in client.get(ENROLMENTS).json()["results"]] == [key]
    changed = client.patch(f"{ENROLMENTS}/{key}", {"goals": [moon.pk]})
    assert changed.json()["goals"] == [str(moon.pk)]
    assert client.get(f"{ENROLMENTS}/{key}").json()["goals"] == [str(moon.pk)]
    assert client.patch(f"{ENROLMENTS}/{key}", {"goals": []}).json()["goals"] == []


def test_enrolling_twice_is_a_conflict_that_names_the_enrolment(
    enrolment: Enrolment, learner: User, subject: Subject
) -> None:
    answer = client_of(learner).post(ENROLMENTS, {"subject": subject.pk})
    assert answer.status_code == 409
    assert answer.json()["enrolment"] == str(enrolment.pk)


def test_a_subject_one_may_not_see_cannot_be_enrolled_in(learner: User, closed: Subject) -> None:
    answer = client_of(learner).post(ENROLMENTS, {"subject": closed.pk})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/subject"


def test_a_goal_must_be_a_published_concept_of_the_subject(
    learner: User, subject: Subject, moon: Concept, enrolment: Enrolment
) -> None:
    Concept.objects.filter(pk=moon.pk).update(status=Concept.Status.PROPOSED)
    hidden = client_of(learner).patch(f"{ENROLMENTS}/{enrolment.pk}", {"goals": [moon.pk]})
    assert hidden.status_code == 400
    assert hidden.json()["errors"][0]["pointer"] == "/goals"
    subject.library.educators.add(learner)
    answer = client_of(learner).patch(f"{ENROLMENTS}/{enrolment.pk}", {"goals": [moon.pk]})
    assert answer.status_code == 422
    assert "not a published concept" in answer.json()["detail"]


def test_an_educator_sees_their_learner_and_a_stranger_sees_nobody(
    enrolment: Enrolment, educator: User, researcher: User, stranger: User, show: Teach, moon: Concept
) -> None:
    event = show(moon, 1.0).event
    assert client_of(educator).get(f"{ENROLMENTS}/{enrolment.pk}").json()["learner_name"] == "lea"
    for other in (stranger, researcher):
        client = client_of(other)
        assert client.get(f"{ENROLMENTS}/{enrolment.pk}").status_code == 404
        assert client.patch(f"{ENROLMENTS}/{enrolment.pk}", {"goals": []}).status_code == 404
        assert client.post(f"{ENROLMENTS}/{enrolment.pk}/overrides", {}).status_code == 404
        assert client.get(ENROLMENTS).json()["results"] == []
    client = client_of(stranger)
    assert client.get(EVENTS).json()["results"] == []
    assert client.get(f"{EVENTS}/{event.pk}").status_code == 404
    assert client.get(BELIEFS).json()["results"] == []


@pytest.mark.parametrize("address", [ENROLMENTS, EVENTS, BELIEFS, "/api/v1/mastery-parameters"])
def test_nobody_reads_anything_without_signing_in(address: str) -> None:
    assert APIClient().get(address).status_code == 401


def test_the_learner_reads_the_whole_event_and_its_belief(
    show: Teach, moon: Concept, learner: User, enrolment: Enrolment
) -> None:
    show(moon, 1.0)
    (event,) = client_of(learner).get(EVENTS, {"enrolment": str(enrolment.pk)}).json()["results"]
    assert event["enrolment"] == str(enrolment.pk)
    assert event["rubric"][0]["span"] == "the moon pulls"
    (belief,) = client_of(learner).get(BELIEFS).json()["results"]
    assert belief["concept_key"] == "moon"
    assert belief["low"] < belief["p_mastery"] < belief["high"]
    assert belief["events"] == 1


def test_a_researcher_gets_pseudonyms_and_never_the_learners_words(
    show: Teach, moon: Concept, researcher: User, learner: User
) -> None:
    show(moon, 1.0)
    answer = client_of(researcher).get(EVENTS)
    (event,) = answer.json()["results"]
    assert (event["enrolment"], event["attempt_id"], event["author"]) == (None, None, None)
    assert event["rubric"] == [{"point": str(n), "verdict": "shown"} for n in range(3)]
    (belief,) = client_of(researcher).get(BELIEFS).json()["results"]
    assert belief["enrolment"] is None
    assert belief["pseudonym"] == event["pseudonym"]
    for secret in ("lea", str(learner.pk), "moon pulls"):
        assert secret not in answer.content.decode()


def test_events_are_paged_by_cursor_newest_first(show: Teach, moon: Concept, learner: User) -> None:
    for day in range(3):
        show(moon, 1.0, days=day)
    client = client_of(learner)
    first = client.get(EVENTS, {"page_size": 2}).json()
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    times = [row["occurred_at"] for row in first["results"] + second["results"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_request_writes_to_the_log(method: str, show: Teach, moon: Concept, learner: User) -> None:
    event = show(moon, 1.0).event
    client = client_of(learner)
    assert getattr(client, method)(f"{EVENTS}/{event.pk}", {"score": 0}).status_code == 405


def test_an_educator_overrides_by_api_and_the_learner_may_not(
    enrolment: Enrolment, moon: Concept, educator: User, learner: User
) -> None:
    body = {"concept": moon.pk, "is_mastered": True, "reason": "oral exam"}
    made = client_of(educator).post(f"{ENROLMENTS}/{enrolment.pk}/overrides", body)
    assert made.status_code == 201
    assert (made.json()["kind"], made.json()["reason"]) == ("override", "oral exam")
    assert client_of(learner).post(f"{ENROLMENTS}/{enrolment.pk}/overrides", body).status_code == 403
    no_reason = client_of(educator).post(f"{ENROLMENTS}/{enrolment.pk}/overrides", body | {"reason": ""})
    assert no_reason.status_code == 400


def test_the_parameters_behind_every_belief_are_published(learner: User) -> None:
    answer = client_of(learner).get("/api/v1/mastery-parameters").json()
    assert Parameters.from_dict(answer["parameters"]).hash == answer["hash"]


def test_the_admin_shows_the_log_and_changes_nothing(show: Teach, moon: Concept, client: Client) -> None:
    event = show(moon, 1.0).event
    client.force_login(User.objects.create_superuser("root", password="x"))
    tables = ("enrolment", "masteryevent", "belief", "reviewcard")
    for model in (*tables, "reviewscheme", "reviewfit", "forgettingreceipt"):
        assert client.get(f"/admin/mastery/{model}/").status_code == 200
        assert client.get(f"/admin/mastery/{model}/add/").status_code == 403
    assert client.get(f"/admin/mastery/masteryevent/{event.pk}/change/").status_code == 200
    assert client.post(f"/admin/mastery/masteryevent/{event.pk}/change/", {"score": 0}).status_code == 403
    assert client.post(f"/admin/mastery/masteryevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
