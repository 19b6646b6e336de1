"""Registers experiments, and tells which arm an enrolment is in; nothing here knows what arms do."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import transaction

from concepts.models import Subject
from mastery.errors import ExperimentsOverlap, PlanChanged, PlanNotUsable, PlanTooLate
from mastery.models import Assignment, Enrolment, Experiment
from mastery.planning_experiments import Arm, Plan, arm_of, plan_hash, plan_of, read_plan

LEAD = timedelta(minutes=5)
# A plan is registered well before it starts, so every process has read of it in time.
READ_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Treatment:
    """What an experiment has in store for one learner now."""

    experiment: uuid.UUID
    plan: Plan
    arm: Arm

    @property
    def basis(self) -> dict[str, str]:
        """What a record of a decision says of it."""
        return {"experiment": self.plan.key, "arm": self.arm.name}


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered plan, read."""

    experiment: uuid.UUID
    plan: Plan


@transaction.atomic
def register(text: str, *, now: datetime, check: Callable[[Plan], None] = lambda plan: None) -> Experiment:
    """Register the plan in a file before it begins; the same file again changes nothing.

    ``check`` refuses what those who carry the arms out cannot do. Raises ``PlanChanged`` for another plan of
    the same key, ``PlanTooLate``, ``ExperimentsOverlap`` and ``PlanNotUsable``.
    """
    data = read_plan(text)
    plan, given = plan_of(data), plan_hash(data)
    known = Experiment.objects.filter(key=plan.key).first()
    if known:
        if known.plan_hash != given:
            raise PlanChanged(plan.key, registered=known.plan_hash, given=given)
        return known
    subject = Subject.objects.select_for_update().filter(key=plan.subject).first()
    if subject is None:
        raise PlanNotUsable(f"there is no subject {plan.subject}.")
    check(plan)
    if plan.start < now + LEAD:
        raise PlanTooLate(plan.key)
    other = subject.experiments.filter(starts_at__lt=plan.end, ends_at__gt=plan.start).first()
    if other:
        raise ExperimentsOverlap(plan.key, other=other.key)
    made = Experiment.objects.create(
        key=plan.key,
        subject=subject,
        plan=data,
        plan_hash=given,
        starts_at=plan.start,
        ends_at=plan.end,
        registered_at=now,
    )
    transaction.on_commit(forget_plans)
    return made


def verified_plan(experiment: Experiment, *, text: str | None = None) -> Plan:
    """Return the plan of an experiment; raise if the stored plan, or the file, is not what was registered."""
    given = plan_hash(experiment.plan if text is None else read_plan(text))
    if given != experiment.plan_hash:
        raise PlanChanged(experiment.key, registered=experiment.plan_hash, given=given)
    return plan_of(experiment.plan)


def treatment_of(enrolment: Enrolment, *, now: datetime) -> Treatment | None:
    """Return the arm of an enrolment in the experiment that runs now; None where none does."""
    for one in plans_of(enrolment.subject_id):
        if one.plan.start <= now < one.plan.end:
            return Treatment(one.experiment, one.plan, arm_of(one.plan, str(enrolment.pk)))
    return None


def threshold_of(enrolment: Enrolment, *, now: datetime) -> float:
    """From which belief on a concept counts as mastered: the arm's word, else the subject's."""
    treatment = treatment_of(enrolment, now=now)
    return (treatment and treatment.arm.mastery_threshold) or enrolment.subject.mastery_threshold


def record_assignment(enrolment: Enrolment, treatment: Treatment | None, *, now: datetime) -> None:
    """Write down, once, that an arm has come to matter to a learner."""
    if treatment is None:
        return
    Assignment.objects.get_or_create(
        experiment_id=treatment.experiment,
        enrolment=enrolment,
        defaults={"arm": treatment.arm.name, "assigned_at": now},
    )


def plans_of(subject: uuid.UUID) -> tuple[Registered, ...]:
    """Return the plans of a subject, past ones too; at most a minute old, which is soon enough."""
    return _read_plans(subject, int(time.monotonic() // READ_EVERY_S))


def forget_plans() -> None:
    """Have this process read the plans again."""
    _read_plans.cache_clear()


@lru_cache(maxsize=1024)
def _read_plans(subject: uuid.UUID, minute: int) -> tuple[Registered, ...]:
    rows: Any = Experiment.objects.filter(subject=subject).order_by("starts_at")
    return tuple(Registered(row.pk, plan_of(row.plan)) for row in rows)
