"""What learners are on their way to, for whoever looks a graph over."""

from __future__ import annotations

from concepts.models import Concept, Subject
from mastery.models import Enrolment


def goals_in_use(subject: Subject) -> dict[str, str]:
    """The name of each concept that is somebody's goal, by its id; of a whole subject as a goal, nothing."""
    chosen = Enrolment.goals.through.objects.filter(enrolment__subject=subject).values("concept_id")
    goals = Concept.objects.filter(pk__in=chosen)
    return {str(pk): name for pk, name in goals.values_list("pk", "name")}
