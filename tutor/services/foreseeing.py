"""Foretells by simulation what each goal of a subject is likely to cost; its job keeps the answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from concepts.models import Subject
from concepts.services.compiled_graphs import compiled_gating
from jobs.models import Job
from jobs.services import JobRun, enqueue
from tutor.simulating.effort import courses_to, effort_of, final_concepts
from tutor.simulating.trials import Way

KIND = "foresee_effort"
LEARNERS = 40
MOST_GOALS = 12
SEED = 1


@dataclass(frozen=True, slots=True)
class Foresight:
    """The latest forecast of a subject, and whether its graph has stayed as it was then."""

    goals: list[dict[str, Any]]
    learners: int
    revision: int | None
    is_current: bool
    as_of: datetime | None


def request_foresight(
    subject: Subject, *, requested_by: User | None, learners: int = LEARNERS, idempotency_key: str = ""
) -> Job:
    """Queue the simulation of learners on a subject's graph."""
    params = {"subject": str(subject.pk), "learners": learners}
    return enqueue(KIND, params=params, created_by=requested_by, idempotency_key=idempotency_key)


def run_foresee_effort(run: JobRun) -> dict[str, Any]:
    """Job handler: params ``subject`` and ``learners``, how many for each goal.

    Of many goals those that stand first in the order of teaching.
    """
    subject = Subject.objects.get(pk=run.params["subject"])
    learners: int = run.params["learners"]
    gating = compiled_gating(subject)
    way = Way("service", threshold=subject.mastery_threshold)
    goals = final_concepts(gating.graph)[:MOST_GOALS]
    run.stage("simulating learners", total=len(goals) * learners)
    found = []
    for goal in goals:
        courses = []
        for course in courses_to(goal, graph=gating.graph, learners=learners, seed=SEED, way=way):
            courses.append(course)
            run.advance(gating.names[goal])
        effort = asdict(effort_of(goal, courses, graph=gating.graph))
        found.append(effort | {"key": gating.keys[goal], "name": gating.names[goal]})
    return {"revision": subject.revision, "learners": learners, "goals": found}


def running_foresight(subject: Subject) -> Job | None:
    """Return the simulation that is queued or under way, if there is one."""
    jobs = Job.objects.filter(kind=KIND, params__subject=str(subject.pk))
    return jobs.exclude(state__in=Job.ENDED).order_by("created_at").first()


def latest_foresight(subject: Subject) -> Foresight:
    """Return the newest forecast that was finished; without one it names no goals."""
    ended = Job.objects.filter(kind=KIND, state=Job.State.SUCCEEDED, params__subject=str(subject.pk))
    job = ended.order_by("-ended_at").first()
    if job is None:
        return Foresight([], 0, None, is_current=False, as_of=None)
    revision = job.result["revision"]
    return Foresight(
        goals=job.result["goals"],
        learners=job.result["learners"],
        revision=revision,
        is_current=revision == subject.revision,
        as_of=job.ended_at,
    )
