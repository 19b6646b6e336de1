"""What the page for researchers shows of a subject: curves and calibration, from one pass over the log."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from concepts.models import Subject
from mastery.calibrating import GOOD_FROM, Calibration, Predicted, calibrate
from mastery.models import Enrolment
from mastery.plots import Moment, Plot, belief_plot, calibration_plot, drift_plot
from mastery.services.calibrating import Step, steps_of
from mastery.services.pseudonyms import pseudonym
from mastery.services.records import Filters

MOST_EVENTS = 20_000
MOST_CURVES = 6


@dataclass(frozen=True, slots=True)
class Explored:
    """Predicted against observed, and the curves of one concept or of one learner.

    Attributes
    ----------
    of : str
        The concept, or the learner's pseudonym, whose curves these are.
    """

    calibration: Calibration
    of: str
    curves: tuple[Plot, ...]
    left_out: int

    @property
    def plots(self) -> dict[str, Plot]:
        """What is drawn beside the curves, by the name of its file."""
        return {
            "calibration": calibration_plot(self.calibration.bins),
            "drift": drift_plot(self.calibration.windows),
        }


def explore(subject: Subject, enrolments: QuerySet[Enrolment], filters: Filters) -> Explored:
    """Read what some learners did in a subject; raise ``TooMuchToFold`` where that is too much for a page."""
    steps = list(steps_of(subject, enrolments, filters, most=MOST_EVENTS))
    names = dict(subject.concepts.values_list("pk", "name"))
    answers = [
        Predicted(
            step.enrolment,
            names.get(step.concept, "?"),
            step.engine,
            step.at,
            step.predicted,
            step.score >= GOOD_FROM,
        )
        for step in steps
        if step.predicted is not None
    ]
    of, grouped = _grouped(steps, filters=filters, names=names)
    most_first = sorted(grouped.items(), key=lambda row: (-len(row[1]), row[0]))
    curves = [belief_plot(title, moments) for title, moments in most_first[:MOST_CURVES]]
    return Explored(calibrate(answers), of, tuple(curves), max(0, len(most_first) - MOST_CURVES))


def _grouped(
    steps: Sequence[Step], *, filters: Filters, names: dict[uuid.UUID, str]
) -> tuple[str, dict[str, list[Moment]]]:
    """One learner's concepts, or the learners of one concept: the one that was asked for, or the busiest."""
    found: dict[str, list[Moment]] = defaultdict(list)
    if filters.learner:
        for step in steps:
            found[names.get(step.concept, "?")].append(_moment(step))
        return filters.learner, found
    counted = Counter(step.concept for step in steps)
    if not counted:
        return "", found
    busiest = filters.concept or max(counted, key=lambda one: (counted[one], str(one)))
    for step in steps:
        if step.concept == busiest:
            found[pseudonym(step.enrolment)].append(_moment(step))
    return names.get(busiest, "?"), found


def _moment(step: Step) -> Moment:
    return Moment(step.at, step.after.p, step.after.low, step.after.high)


def learners_named(enrolments: QuerySet[Enrolment], *, most: int) -> list[str]:
    """Pseudonyms to choose from, in an order that says nothing."""
    keys: Any = enrolments.order_by("pk").values_list("pk", flat=True)[:most]
    return sorted(pseudonym(key) for key in keys)
