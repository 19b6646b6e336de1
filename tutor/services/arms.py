"""Lets the arm of an experiment take effect: weights, the threshold of mastery, the style of lessons."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from mastery.errors import PlanNotUsable
from mastery.planning_experiments import Arm, Plan
from mastery.services.experimenting import Treatment
from tutor.decisions import DEFAULT_WEIGHTS, PROBABILITIES, SHARES, Weights
from tutor.ports import ANGLES, LessonTask, Level


def check_levers(plan: Plan) -> None:
    """Refuse a plan with arms that could not be carried out."""
    for arm in plan.arms:
        _weights(arm.weights, arm=arm.name)
        if arm.lesson_angle is not None and arm.lesson_angle not in ANGLES:
            raise PlanNotUsable(f"{arm.name}: lesson_angle must be one of {', '.join(ANGLES)}.")


def weights_for(treatment: Treatment | None) -> Weights:
    """The policy's weights for a learner."""
    return _weights(treatment.arm.weights, arm=treatment.arm.name) if treatment else DEFAULT_WEIGHTS


def styled(task: LessonTask, arm: Arm | None) -> LessonTask:
    """A lesson's task in the style of an arm; later lessons on a concept turn on from its angle."""
    if arm is None:
        return task
    changes: dict[str, Any] = {}
    if arm.lesson_angle is not None:
        turned = ANGLES.index(arm.lesson_angle) + ANGLES.index(task.angle)
        changes["angle"] = ANGLES[turned % len(ANGLES)]
    if arm.lesson_level is not None:
        changes["level"] = Level(arm.lesson_level)
    return replace(task, **changes)


def _weights(given: Mapping[str, float], *, arm: str) -> Weights:
    known = asdict(DEFAULT_WEIGHTS)
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise PlanNotUsable(f"{arm}: the policy has no weight {unknown[0]}; it has {', '.join(known)}.")
    whole = {one.name for one in fields(Weights) if isinstance(known[one.name], int)}
    values: dict[str, Any] = dict(known)
    for name, value in given.items():
        if name in whole and (value != int(value) or value < 1):
            raise PlanNotUsable(f"{arm}: {name} must be a whole number from 1 on.")
        values[name] = int(value) if name in whole else float(value)
    total = math.fsum(values[name] for name in SHARES)
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        raise PlanNotUsable(f"{arm}: {', '.join(SHARES)} must sum to 1; they sum to {total:g}.")
    if any(values[name] > 1 for name in PROBABILITIES):
        raise PlanNotUsable(f"{arm}: {', '.join(PROBABILITIES)} must be 1 at most.")
    if values["suspicion"] < 1:
        raise PlanNotUsable(f"{arm}: suspicion must be 1 at least.")
    return Weights(**values)
