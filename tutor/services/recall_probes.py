"""Puts recall probes before learners: what is asked, and how a decision says so."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mastery.models import Enrolment, RecallProbe
from mastery.recall import DueProbe
from mastery.services import probing
from tutor.decisions import Action, Candidate, Decision
from tutor.errors import NoProbeDue
from tutor.models import Lesson


def as_probe(chosen: Decision, probe: DueProbe, *, name: str) -> Decision:
    """A decision with the probe before everything that the policy would do."""
    asked = Candidate(
        concept=probe.concept,
        name=name,
        action=Action.REVIEW,
        score=1.0,
        parts={"recall_probe": float(probe.delay_days)},
        reasons=(f"recall probe: you explained it {probe.delay_days} days ago or a little more",),
    )
    return replace(
        chosen,
        action=Action.REVIEW,
        concept=probe.concept,
        reason=f"Recall probe: {name} comes next, from memory and without a lesson, to see what has stayed.",
        frontier=(asked, *chosen.frontier),
        changes=("Once you have answered, the tutor goes on as usual.",),
    )


def probe_record(probe: DueProbe | None) -> dict[str, Any]:
    """What a record of a decision says of a probe."""
    if probe is None:
        return {}
    return {"recall_probe": {"delay_days": probe.delay_days, "shown_at": probe.shown_at.isoformat()}}


@dataclass(frozen=True, slots=True)
class AskedProbe:
    """A probe that was put to a learner, and the lesson whose question it asks; None: a practice item."""

    probe: RecallProbe
    lesson: Lesson | None


def ask_due_probe(enrolment: Enrolment, *, now: datetime) -> AskedProbe:
    """Ask the probe that is due, and write that down; raise ``NoProbeDue`` if there is none."""
    due = probing.due_probe(enrolment, now=now)
    if due is None:
        raise NoProbeDue
    lessons = Lesson.objects.filter(enrolment=enrolment, concept=uuid.UUID(due.concept))
    was_taught = lessons.filter(created_at__gte=due.due_at).exists()
    probe = probing.ask(enrolment, due, now=now, was_taught=was_taught)
    return AskedProbe(probe, lesson_to_recall(enrolment, concept=probe.concept_id, at=probe.asked_at))


def lesson_to_recall(enrolment: Enrolment, *, concept: uuid.UUID, at: datetime) -> Lesson | None:
    """The lesson whose question was explained, so that the same is asked again; None without one."""
    told = Lesson.objects.filter(enrolment=enrolment, concept=concept, created_at__lte=at)
    return told.order_by("-created_at", "-id").first()
