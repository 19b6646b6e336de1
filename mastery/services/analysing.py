"""What an experiment came to: outcomes by arm, differences from the first arm, and how sure they are."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, QuerySet, Subquery

from mastery.comparing import Interval, difference, mean
from mastery.models import Assignment, Enrolment, Experiment, MasteryEvent
from mastery.planning_experiments import Plan
from mastery.recall import RECALLED_FROM, WINDOWS, Recall
from mastery.services.experimenting import verified_plan
from mastery.services.probing import delays_of, first_shown, recall_by_learner, recall_report

Values = Mapping[uuid.UUID, float]


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One outcome in one arm: of those assigned, those who have a value, and its mean."""

    arm: str
    assigned: int
    counted: int
    mean: Interval
    difference: Interval | None


@dataclass(frozen=True, slots=True)
class OutcomeResult:
    """One outcome; every other arm against the first."""

    outcome: str
    arms: tuple[ArmResult, ...]


@dataclass(frozen=True, slots=True)
class ArmRecall:
    """The probes of one delay in one arm."""

    arm: str
    recall: Recall


@dataclass(frozen=True, slots=True)
class Analysis:
    """An experiment as of a moment; before its end it is a look ahead of the plan, and says so."""

    key: str
    hypothesis: str
    plan_hash: str
    as_of: datetime
    is_final: bool
    sample_size: int
    assigned: int
    outcomes: tuple[OutcomeResult, ...]
    recall: tuple[ArmRecall, ...]


def analyse(experiment: Experiment, *, now: datetime, text: str | None = None) -> Analysis:
    """Compare the arms of an experiment by intention to treat; ``PlanChanged`` if it is another plan."""
    plan = verified_plan(experiment, text=text)
    arms = dict(experiment.assignments.order_by().values_list("enrolment_id", "arm"))
    sizes = Counter(arms.values())
    seed = int(experiment.plan_hash[:8], 16)
    found = [
        _result(name, _values(experiment, plan, name), plan=plan, arms=arms, sizes=sizes, seed=seed)
        for name in plan.outcomes
    ]
    recall = [
        ArmRecall(arm.name, recall_report(_of(experiment, arm.name), delay_days=delay, plan=plan, now=now))
        for delay in delays_of(plan)
        for arm in plan.arms
    ]
    return Analysis(
        key=experiment.key,
        hypothesis=plan.hypothesis,
        plan_hash=experiment.plan_hash,
        as_of=now,
        is_final=now >= plan.end + _last_answers(plan),
        sample_size=plan.sample_size,
        assigned=len(arms),
        outcomes=tuple(found),
        recall=tuple(recall),
    )


def _last_answers(plan: Plan) -> timedelta:
    """For how long after the end probes may still be answered."""
    closes = [timedelta(days=delay) + WINDOWS[delay] for delay in delays_of(plan)]
    return max(closes, default=timedelta())


def _of(experiment: Experiment, arm: str | None = None) -> QuerySet[Enrolment]:
    assigned = Assignment.objects.filter(experiment=experiment)
    if arm is not None:
        assigned = assigned.filter(arm=arm)
    return Enrolment.objects.filter(pk__in=assigned.order_by().values("enrolment"))


def _values(experiment: Experiment, plan: Plan, outcome: str) -> Values:
    """One value for each learner who has one."""
    everybody = _of(experiment)
    if outcome == "first_try_score":
        return _first_try_scores(experiment, plan)
    if outcome == "concepts_shown":
        counted = Counter(whose for whose, _, _ in first_shown(everybody, plan=plan))
        return {whose: float(counted[whose]) for whose in everybody.values_list("pk", flat=True)}
    probes = recall_by_learner(everybody, delay_days=int(outcome.removeprefix("recall_")), plan=plan)
    answered = {
        whose: [one.score >= RECALLED_FROM for one in asked if one.score is not None and not one.was_taught]
        for whose, asked in probes.items()
    }
    return {whose: math.fsum(hits) / len(hits) for whose, hits in answered.items() if hits}


def _first_try_scores(experiment: Experiment, plan: Plan) -> Values:
    """The mean score of a learner's first tries at concepts, made after they were assigned."""
    assigned = Assignment.objects.filter(experiment=experiment, enrolment=OuterRef("enrolment"))
    tries = MasteryEvent.objects.tries().filter(enrolment__in=_of(experiment).order_by().values("pk"))
    same = MasteryEvent.objects.tries().filter(enrolment=OuterRef("enrolment"), concept=OuterRef("concept"))
    first = tries.annotate(
        first=Subquery(same.order_by("occurred_at", "id").values("pk")[:1]),
        assigned_at=Subquery(assigned.values("assigned_at")[:1]),
    ).filter(pk=F("first"), occurred_at__gte=F("assigned_at"), occurred_at__lt=plan.end)
    sums: dict[uuid.UUID, list[float]] = {}
    for whose, score in first.with_final_score().order_by().values_list("enrolment_id", "final_score"):
        sums.setdefault(whose, []).append(score)
    return {whose: math.fsum(scores) / len(scores) for whose, scores in sums.items()}


def _result(
    outcome: str,
    values: Values,
    *,
    plan: Plan,
    arms: Mapping[uuid.UUID, str],
    sizes: Mapping[str, int],
    seed: int,
) -> OutcomeResult:
    by_arm: dict[str, list[float]] = {arm.name: [] for arm in plan.arms}
    for whose in sorted(values):
        by_arm[arms[whose]].append(values[whose])
    baseline = plan.arms[0].name
    rows = [
        ArmResult(
            arm=name,
            assigned=sizes.get(name, 0),
            counted=len(theirs),
            mean=mean(theirs, seed=seed + place),
            difference=None
            if name == baseline
            else difference(theirs, by_arm[baseline], seed=seed + 100 * place),
        )
        for place, (name, theirs) in enumerate(by_arm.items())
    ]
    return OutcomeResult(outcome, tuple(rows))
