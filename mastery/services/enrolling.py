"""Starts learners on a subject and sets their goals."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.errors import AlreadyEnrolled, GoalNotOfSubject
from mastery.models import Enrolment


@transaction.atomic
def enrol(learner: User, *, subject: Subject, goals: Collection[Concept] = ()) -> Enrolment:
    """Start a learner on a subject; without goals they are after all of it."""
    _check_goals(goals, subject=subject)
    enrolment, is_new = Enrolment.objects.get_or_create(learner=learner, subject=subject)
    if not is_new:
        raise AlreadyEnrolled(subject.name, enrolment=str(enrolment.pk))
    enrolment.goals.set(goals)
    return enrolment


@transaction.atomic
def set_goals(enrolment: Enrolment, *, goals: Collection[Concept]) -> Enrolment:
    """Replace the goals; none means the whole subject."""
    _check_goals(goals, subject=enrolment.subject)
    enrolment.goals.set(goals)
    return enrolment


def goal_ids(enrolment: Enrolment) -> tuple[str, ...]:
    """The ids of the goals, sorted; none means the whole subject."""
    held = Enrolment.goals.through.objects.filter(enrolment=enrolment).values_list("concept_id", flat=True)
    return tuple(sorted(map(str, held)))


def _check_goals(goals: Collection[Concept], *, subject: Subject) -> None:
    for goal in goals:
        if goal.subject_id != subject.pk or goal.status != Concept.Status.PUBLISHED:
            raise GoalNotOfSubject(goal.name, subject=subject.name)
