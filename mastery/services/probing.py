"""Finds the recall probes that are due, writes down that they were asked, and counts what came of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet

from concepts.models import Concept
from mastery.models import Assignment, Enrolment, MasteryEvent, RecallProbe
from mastery.planning_experiments import Plan
from mastery.recall import LAST_CLOSE, WINDOWS, Asked, DueProbe, Recall, open_probes, recall_of
from mastery.services.experimenting import plans_of
from mastery.services.folding import DEFAULTS


def delays_of(plan: Plan) -> tuple[int, ...]:
    """The days of delay that a plan wants probes at."""
    return tuple(delay for delay in WINDOWS if f"recall_{delay}" in plan.outcomes)


def due_probe(enrolment: Enrolment, *, now: datetime) -> DueProbe | None:
    """Return the probe to ask an enrolment now, if an experiment that it takes part in wants one."""
    for one in plans_of(enrolment.subject_id):
        delays = delays_of(one.plan)
        if not delays or not one.plan.start <= now < one.plan.end + LAST_CLOSE:
            continue
        if not Assignment.objects.filter(experiment=one.experiment, enrolment=enrolment).exists():
            continue
        shown = first_shown(Enrolment.objects.filter(pk=enrolment.pk), plan=one.plan)
        answered = _answered(enrolment)
        for probe in open_probes([(concept, at) for _, concept, at in shown], delays=delays, now=now):
            if (uuid.UUID(probe.concept), probe.delay_days) not in answered:
                return probe
    return None


def ask(enrolment: Enrolment, probe: DueProbe, *, now: datetime, was_taught: bool = False) -> RecallProbe:
    """Write down, once, that a probe was put to a learner; ``was_taught`` by a lesson since it was due."""
    made, _ = RecallProbe.objects.get_or_create(
        enrolment=enrolment,
        concept_id=uuid.UUID(probe.concept),
        delay_days=probe.delay_days,
        defaults={
            "shown_at": probe.shown_at,
            "due_at": probe.due_at,
            "closes_at": probe.closes_at,
            "asked_at": now,
            "was_taught": was_taught,
        },
    )
    return made


def note_lesson(enrolment: Enrolment, *, concept: Concept, now: datetime) -> None:
    """A lesson while a probe waits for its answer spoils it: what follows is no recall."""
    waiting = RecallProbe.objects.filter(enrolment=enrolment, concept=concept, closes_at__gt=now)
    asked = waiting.with_answers().filter(answered_at=None).values_list("pk", flat=True)
    RecallProbe.objects.filter(pk__in=list(asked)).update(was_taught=True)


def first_shown(enrolments: QuerySet[Enrolment], *, plan: Plan) -> list[tuple[uuid.UUID, str, datetime]]:
    """Return when each learner first explained each concept well enough, within a plan's time.

    An explanation that was corrected counts by neither score, and what is no longer taught is left out.
    """
    passed = MasteryEvent.objects.tries().filter(
        enrolment__in=enrolments.order_by().values("pk"),
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score__gte=DEFAULTS.passing_score,
        corrections=None,
        concept__status=Concept.Status.PUBLISHED,
    )
    first = passed.order_by().values_list("enrolment_id", "concept_id").annotate(at=Min("occurred_at"))
    within = [(whose, str(concept), at) for whose, concept, at in first if plan.start <= at < plan.end]
    return sorted(within, key=lambda row: (row[0], row[2], row[1]))


def recall_by_learner(
    enrolments: QuerySet[Enrolment], *, delay_days: int, plan: Plan
) -> dict[uuid.UUID, list[Asked]]:
    """Return the probes of one delay that were put to each learner about what they showed within a plan."""
    rows = RecallProbe.objects.filter(
        enrolment__in=enrolments.order_by().values("pk"),
        delay_days=delay_days,
        shown_at__gte=plan.start,
        shown_at__lt=plan.end,
    )
    found: dict[uuid.UUID, list[Asked]] = {}
    for whose, score, was_taught in rows.with_answers().values_list("enrolment_id", "score", "was_taught"):
        found.setdefault(whose, []).append(Asked(score, was_taught))
    return found


def recall_report(enrolments: QuerySet[Enrolment], *, delay_days: int, plan: Plan, now: datetime) -> Recall:
    """Count the probes of some learners; those who were due one and did not come back are counted too."""
    delay = timedelta(days=delay_days)
    due = sum(at + delay <= now for _, _, at in first_shown(enrolments, plan=plan))
    asked: Iterable[list[Asked]] = recall_by_learner(enrolments, delay_days=delay_days, plan=plan).values()
    return recall_of([one for of in asked for one in of], due=due, delay_days=delay_days)


def _answered(enrolment: Enrolment) -> set[tuple[uuid.UUID, int]]:
    asked = enrolment.recall_probes.all()
    rows = RecallProbe.objects.filter(pk__in=asked.values("pk")).with_answers().exclude(answered_at=None)
    return set(rows.values_list("concept_id", "delay_days"))
