"""The learning path over the API."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Prerequisite, Subject
from mastery.models import Enrolment, MasteryEvent
from mastery.services.recording import override
from research.models import Library

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner() -> User:
    return User.objects.create_user("lea", password="x")


@pytest.fixture
def subject() -> Subject:
    library = Library.objects.create(key="sound", name="Sound", is_open=True)
    subject = Subject.objects.create(key="sound", name="Sound", library=library)
    names = ["vibration", "cycle", "frequency", "pitch", "wave"]
    made = [
        Concept.objects.create(
            subject=subject, key=name, name=name, position=place, status=Concept.Status.PUBLISHED
        )
        for place, name in enumerate(names)
    ]
    for first, then in itertools.pairwise(made[:4]):
        Prerequisite.objects.create(
            subject=subject, prerequisite=first, dependent=then, status=Prerequisite.Status.ACCEPTED
        )
    return subject


def enrolled(learner: User, subject: Subject, *goals: str) -> Enrolment:
    enrolment = Enrolment.objects.create(learner=learner, subject=subject)
    enrolment.goals.set(subject.concepts.filter(key__in=goals))
    return enrolment


def path_seen_by(user: User | None, enrolment: Enrolment) -> Any:
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client.get(f"/api/v1/enrolments/{enrolment.pk}/path")


def keys(rows: list[dict[str, Any]]) -> list[str]:
    return [row["key"] for row in rows]


def test_the_path_leads_to_the_goal_over_its_prerequisites(learner: User, subject: Subject) -> None:
    body = path_seen_by(learner, enrolled(learner, subject, "frequency")).json()
    assert keys([step["concept"] for step in body["steps"]]) == ["vibration", "cycle", "frequency"]
    assert [step["is_ready"] for step in body["steps"]] == [True, False, False]
    assert [keys(step["waits_for"]) for step in body["steps"]] == [[], ["vibration"], ["cycle"]]
    assert [step["is_goal"] for step in body["steps"]] == [False, False, True]


def test_without_goals_the_path_covers_the_subject(learner: User, subject: Subject) -> None:
    body = path_seen_by(learner, enrolled(learner, subject)).json()
    assert len(body["steps"]) == 5


def test_what_is_mastered_leaves_the_path(learner: User, subject: Subject) -> None:
    enrolment = enrolled(learner, subject, "cycle")
    teacher = User.objects.create_user("ed", role=User.Role.EDUCATOR, is_staff=True)
    for key in ("vibration", "cycle"):
        override(
            enrolment,
            concept=subject.concepts.get(key=key),
            is_mastered=True,
            author=teacher,
            reason="Shown at the blackboard.",
            now=timezone.now(),
        )
    assert MasteryEvent.objects.count() == 2
    body = path_seen_by(learner, enrolment).json()
    assert body["steps"] == []
    assert keys(body["goals_reached"]) == ["cycle"]


def test_a_goal_that_was_withdrawn_is_named_and_the_others_stay(learner: User, subject: Subject) -> None:
    enrolment = enrolled(learner, subject, "cycle", "wave")
    subject.concepts.filter(key="wave").update(status=Concept.Status.REJECTED)
    body = path_seen_by(learner, enrolment).json()
    assert keys([step["concept"] for step in body["steps"]]) == ["vibration", "cycle"]
    assert keys(body["goals_withdrawn"]) == ["wave"]


def test_when_every_goal_was_withdrawn_the_path_is_empty_and_says_so(learner: User, subject: Subject) -> None:
    enrolment = enrolled(learner, subject, "wave")
    subject.concepts.filter(key="wave").update(status=Concept.Status.REJECTED)
    body = path_seen_by(learner, enrolment).json()
    assert (body["steps"], keys(body["goals_withdrawn"])) == ([], ["wave"])


def test_a_stranger_finds_nothing(learner: User, subject: Subject) -> None:
    stranger = User.objects.create_user("eve")
    assert path_seen_by(stranger, enrolled(learner, subject)).status_code == 404


def test_nobody_signed_in_is_turned_away(learner: User, subject: Subject) -> None:
    assert path_seen_by(None, enrolled(learner, subject)).status_code == 401


def page_seen_by(user: User, subject: Subject) -> str:
    client = Client()
    client.force_login(user)
    page = client.get(f"/subjects/{subject.key}/path/")
    return page.content.decode() if page.status_code == 200 else str(page.status_code)


def test_the_page_lists_the_path_with_what_each_step_waits_for(learner: User, subject: Subject) -> None:
    enrolled(learner, subject, "cycle")
    page = page_seen_by(learner, subject)
    assert page.index("vibration</a>: ready now") < page.index(
        "cycle</a> <strong>(goal)</strong>: after vibration"
    )
    assert "2 concepts to go" in page


def test_the_page_shows_who_has_not_begun_where_to_begin(learner: User, subject: Subject) -> None:
    assert "Choose your goals" in page_seen_by(learner, subject)


def test_the_page_of_a_private_subject_does_not_exist_for_a_stranger(learner: User, subject: Subject) -> None:
    subject.library.is_open = False
    subject.library.save()
    assert page_seen_by(learner, subject) == "404"
