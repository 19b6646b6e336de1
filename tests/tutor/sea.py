"""A small subject, learners and what they show, for tests of maps and choices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from rest_framework.test import APIClient

from accounts.models import Class, User
from concepts.models import Concept, Origin, Prerequisite, Subject
from mastery.models import Enrolment, MasteryEvent
from mastery.services.enrolling import enrol
from mastery.services.recording import record_event
from research.models import Library

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def open_sea() -> Subject:
    """Moon is required by tides, tides by surges; waves stand alone."""
    library = Library.objects.create(key="sea", name="Sea", is_open=True)
    subject = Subject.objects.create(key="sea", name="Sea", library=library)
    rows = [
        Concept.objects.create(
            subject=subject,
            key=key,
            name=key.title(),
            status="published",
            position=n,
            summary=f"All on {key}.",
        )
        for n, key in enumerate(("moon", "tides", "surges", "waves"))
    ]
    for below, above in pairwise(rows[:3]):
        link(below, above)
    return subject


def link(below: Concept, above: Concept, *, confidence: float = 1.0, origin: str = Origin.EDUCATOR) -> None:
    Prerequisite.objects.create(
        subject=below.subject,
        prerequisite=below,
        dependent=above,
        status=Prerequisite.Status.ACCEPTED,
        origin=origin,
        confidence=confidence,
    )


def learner_in(subject: Subject, name: str = "lea", *goals: str) -> Enrolment:
    learner = User.objects.create_user(name, password="x")
    return enrol(learner, subject=subject, goals=list(subject.concepts.filter(key__in=goals)))


def educator_of(enrolment: Enrolment) -> User:
    educator = User.objects.create_user("ed", password="x", role=User.Role.EDUCATOR)
    enrolment.subject.library.educators.add(educator)
    attended = Class.objects.create(name="Harbour school")
    attended.educators.add(educator)
    attended.learners.add(enrolment.learner)
    return educator


def show(enrolment: Enrolment, key: str, score: float, *, at: datetime = NOON) -> None:
    """Record an explanation of a rubric of three points."""
    record_event(
        enrolment,
        concept=enrolment.subject.concepts.get(key=key),
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=score,
        occurred_at=at,
        rubric=[{}] * 3,
        grader="test",
    )


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client
