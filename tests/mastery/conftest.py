from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Class, User
from concepts.models import Concept, Origin, Prerequisite, Subject
from mastery.models import Enrolment, MasteryEvent
from mastery.services.enrolling import enrol
from mastery.services.recording import Recorded, record_event
from research.models import Library

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

Teach = Callable[..., Recorded]


@pytest.fixture
def subject(db: None) -> Subject:
    """Three published concepts in a row: moon is required by tides, tides by surges."""
    library = Library.objects.create(key="sea", name="Sea", is_open=True)
    subject = Subject.objects.create(key="sea", name="Sea", library=library)
    rows = [
        Concept.objects.create(
            subject=subject, key=key, name=key, status=Concept.Status.PUBLISHED, position=n
        )
        for n, key in enumerate(("moon", "tides", "surges"))
    ]
    for below, above in pairwise(rows):
        Prerequisite.objects.create(
            subject=subject,
            prerequisite=below,
            dependent=above,
            status=Prerequisite.Status.ACCEPTED,
            origin=Origin.EDUCATOR,
        )
    return subject


@pytest.fixture
def moon(subject: Subject) -> Concept:
    return subject.concepts.get(key="moon")


@pytest.fixture
def tides(subject: Subject) -> Concept:
    return subject.concepts.get(key="tides")


@pytest.fixture
def learner(db: None) -> User:
    return User.objects.create_user("lea", password="x")


@pytest.fixture
def educator(subject: Subject, learner: User) -> User:
    """Keeps the subject's library and teaches a class that the learner attends."""
    educator = User.objects.create_user("ed", password="x", role=User.Role.EDUCATOR)
    subject.library.educators.add(educator)
    attended = Class.objects.create(name="Harbour school")
    attended.educators.add(educator)
    attended.learners.add(learner)
    return educator


@pytest.fixture
def researcher(subject: Subject) -> User:
    researcher = User.objects.create_user("rae", password="x", role=User.Role.RESEARCHER)
    subject.researchers.add(researcher)
    return researcher


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("sam", password="x")


@pytest.fixture
def enrolment(learner: User, subject: Subject) -> Enrolment:
    return enrol(learner, subject=subject)


@pytest.fixture
def show(enrolment: Enrolment) -> Teach:
    """Record an explanation of a rubric of three points."""

    def record(concept: Concept, score: float, *, days: float = 0, **values: Any) -> Recorded:
        rubric = [{"point": str(n), "verdict": "shown", "span": "the moon pulls"} for n in range(3)]
        return record_event(
            enrolment,
            concept=concept,
            score=score,
            occurred_at=NOON + days * DAY,
            **({"kind": MasteryEvent.Kind.EXPLAIN_BACK, "rubric": rubric, "grader": "test"} | values),
        )

    return record


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client
