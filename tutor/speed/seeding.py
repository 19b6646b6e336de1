"""Fill an empty database with one subject and learners who have begun it, and hand out their tokens."""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from knox.models import AuthToken

from accounts.models import User
from concepts.models import Concept, Origin, Prerequisite, Subject
from mastery.models import Enrolment, MasteryEvent
from mastery.services.enrolling import enrol
from mastery.services.recording import record_event
from research.models import Library
from tutor.speed.subjects import draw_links

SUMMARY = "What it is, in one sentence of the length that a definition has in a real source."


def seed(*, concepts: int, learners: int, mastered: int, rng: random.Random) -> list[dict[str, str]]:
    """Return of each learner the enrolment, a token and what they aim for: every other one has goals."""
    subject = _subject(concepts, rng=rng)
    taught = list(subject.concepts.order_by("position"))
    now = timezone.now()
    return [
        _learner(number, subject=subject, taught=taught, mastered=mastered, now=now, rng=rng)
        for number in range(learners)
    ]


def _subject(count: int, *, rng: random.Random) -> Subject:
    library = Library.objects.create(key="speed", name="Speed", is_open=True)
    subject = Subject.objects.create(key="speed", name="Speed", library=library)
    rows = Concept.objects.bulk_create(
        Concept(
            subject=subject,
            key=f"concept-{n}",
            name=f"Concept {n}",
            summary=SUMMARY,
            status=Concept.Status.PUBLISHED,
            position=n,
        )
        for n in range(count)
    )
    Prerequisite.objects.bulk_create(
        Prerequisite(
            subject=subject,
            prerequisite=rows[below],
            dependent=rows[above],
            status=Prerequisite.Status.ACCEPTED,
            origin=Origin.EDUCATOR,
        )
        for below, above in draw_links(count, rng=rng)
    )
    return subject


def _learner(
    number: int,
    *,
    subject: Subject,
    taught: list[Concept],
    mastered: int,
    now: datetime,
    rng: random.Random,
) -> dict[str, str]:
    user = User.objects.create_user(f"learner-{number}", password=uuid.uuid4().hex)
    aims = "goals" if number % 2 == 0 else "whole"
    goals: Collection[Concept] = rng.sample(taught[mastered:], 2) if aims == "goals" else ()
    enrolment = enrol(user, subject=subject, goals=goals)
    for place, concept in enumerate(taught[:mastered]):
        _show(enrolment, concept, at=now - timedelta(minutes=mastered - place))
    _, token = AuthToken.objects.create(user)
    return {"enrolment": str(enrolment.pk), "token": token, "aims": aims}


def _show(enrolment: Enrolment, concept: Concept, *, at: datetime) -> None:
    rubric: list[dict[str, Any]] = [{}] * 3
    record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=1.0,
        occurred_at=at,
        rubric=rubric,
        grader="benchmark",
    )
