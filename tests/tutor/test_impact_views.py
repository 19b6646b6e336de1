from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import GraphDraft, Subject
from concepts.services import editing
from mastery.models import Enrolment
from tests.tutor.sea import DAY, client_of, educator_of, learner_in, open_sea, show

pytestmark = pytest.mark.django_db
DRAFTS = "/api/v1/graph-drafts"


@pytest.fixture
def sea() -> Subject:
    return open_sea()


@pytest.fixture
def lea(sea: Subject) -> Enrolment:
    enrolment = learner_in(sea, "lea", "surges")
    show(enrolment, "moon", 1.0, at=timezone.now() - DAY / 24)
    return enrolment


@pytest.fixture
def ed(lea: Enrolment) -> User:
    return educator_of(lea)


@pytest.fixture
def draft(sea: Subject, ed: User) -> str:
    """The address of a draft that puts a new concept before the tides; max is nobody's learner."""
    learner_in(sea, "max", "surges")
    api = client_of(ed)
    draft = f"{DRAFTS}/{api.post(DRAFTS, {'subject': sea.pk}).json()['id']}"
    commands = [
        {"command": "add_concept", "parameters": {"name": "Gravity", "position": 0}},
        {"command": "add_prerequisite", "parameters": {"prerequisite": "gravity", "dependent": "moon"}},
    ]
    assert api.post(f"{draft}/operations", commands, format="json").status_code == 201
    return draft


def names(concepts: list[dict[str, Any]]) -> list[str]:
    return [concept["name"] for concept in concepts]


def test_a_teacher_reads_names_of_their_own_and_counts_of_the_rest(draft: str, ed: User) -> None:
    answer = client_of(ed).get(f"{draft}/impact")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"0.1"')
    body = answer.json()
    assert (body["learners"], body["affected"], body["unnamed"]) == (2, 2, 1)
    (lea,) = body["named"]
    assert lea["learner_name"] == "lea"
    assert b"max" not in answer.content
    assert set(lea["changed"]) <= set(body["changed"])
    assert body["changed"]["access"] == 2


def test_what_one_learner_gains_and_loses_is_told_concept_by_concept(
    draft: str, sea: Subject, ed: User
) -> None:
    api = client_of(ed)
    commands = [
        {"command": "remove_prerequisite", "parameters": {"prerequisite": "moon", "dependent": "tides"}},
        {"command": "add_prerequisite", "parameters": {"prerequisite": "gravity", "dependent": "waves"}},
        {"command": "add_prerequisite", "parameters": {"prerequisite": "gravity", "dependent": "surges"}},
        {"command": "change_concept", "parameters": {"concept": "moon", "status": "rejected"}},
    ]
    api.post(f"{draft}/operations", commands, format="json")
    (lea,) = api.get(f"{draft}/impact").json()["named"]
    assert lea["changed"] == ["next", "frontier", "access", "mastery", "path"]
    assert (lea["next_before"]["name"], lea["next_after"]["name"]) == ("Tides", "Gravity")
    assert (lea["action_before"], lea["action_after"]) == ("teach", "teach")
    told = (
        "unlocked",
        "locked",
        "mastery_gained",
        "mastery_lost",
        "goals_lost",
        "path_added",
        "path_dropped",
    )
    assert {name: names(lea[name]) for name in told if lea[name]} == {
        "locked": ["Waves"],
        "mastery_lost": ["Moon"],
        "path_added": ["Gravity"],
    }
    assert (lea["left_before"], lea["left_after"]) == (2, 3)


def test_a_researcher_and_a_keeper_without_the_class_read_counts_alone(draft: str, sea: Subject) -> None:
    researcher = User.objects.create_user("rae", role="researcher")
    sea.researchers.add(researcher)
    keeper = User.objects.create_user("kim", role="educator")
    sea.library.educators.add(keeper)
    for user in (researcher, keeper):
        answer = client_of(user).get(f"{draft}/impact")
        assert (answer.json()["named"], answer.json()["unnamed"]) == ([], 2)
        assert b"lea" not in answer.content.replace(b"learner", b"")
        assert answer.json()["changed"]["access"] == 2


def test_for_learners_and_strangers_there_is_no_draft(draft: str, lea: Enrolment) -> None:
    stranger = User.objects.create_user("sam", role="educator")
    for user in (lea.learner, stranger):
        assert client_of(user).get(f"{draft}/impact").status_code == 404
    assert APIClient().get(f"{draft}/impact").status_code == 401


def test_what_was_looked_at_can_be_published_and_nothing_else(draft: str, sea: Subject, ed: User) -> None:
    api = client_of(ed)
    seen = api.get(f"{draft}/impact").headers["ETag"]
    editing.add_concept(sea, name="Wind", author=ed)
    assert api.post(f"{draft}/publish", headers={"If-Match": seen}).status_code == 412
    seen = api.get(f"{draft}/impact").headers["ETag"]
    assert api.post(f"{draft}/publish", headers={"If-Match": seen}).status_code == 200
    assert api.get(f"{draft}/impact").status_code == 409


def test_a_draft_that_no_longer_fits_answers_with_the_operation(draft: str, sea: Subject, ed: User) -> None:
    editing.add_concept(sea, name="Gravity", author=ed)
    body = client_of(ed).get(f"{draft}/impact").json()
    assert (body["type"], body["number"]) == ("urn:cairn:problem:command-does-not-fit", 1)
    assert GraphDraft.objects.get().is_open
