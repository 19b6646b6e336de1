"""Chooses how reviews are spaced: a subject's scheduler, and a learner's own weights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from concepts.models import Subject
from concepts.services.homes import homes_of
from mastery.models import Enrolment, ReviewFit, ReviewScheme
from mastery.parameters import Parameters
from mastery.review import SchedulerName
from mastery.review_fitting import ENOUGH_REVIEWS, Fit, fit_review_weights, histories_of
from mastery.services.folding import fold_log, rewrite
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.reading import read_log
from mastery.services.remembering import memory_of


@dataclass(frozen=True, slots=True)
class Spaced:
    """How a fit of one learner went; without a fit there was too little to go by, or nothing to gain."""

    enrolment: Enrolment
    fit: Fit | None


def scheduler_in(subject: Subject) -> SchedulerName:
    """By what the subject's reviews are spaced."""
    scheme = ReviewScheme.objects.filter(subject=subject).first()
    return SchedulerName(scheme.scheduler) if scheme else SchedulerName.FSRS


@transaction.atomic
def set_scheduler(subject: Subject, *, scheduler: SchedulerName, parameters: Parameters | None = None) -> int:
    """Space a subject's reviews by another scheduler; every card is folded anew, and beliefs stay.

    Answers with the number of enrolments whose cards were.
    """
    Subject.objects.select_for_update().get(pk=subject.pk)
    if scheduler_in(subject) is scheduler:
        return 0
    ReviewScheme.objects.update_or_create(subject=subject, defaults={"scheduler": scheduler.value})
    enrolments = Enrolment.objects.filter(subject=subject).order_by("pk")
    locked = list(enrolments.select_for_update().values_list("pk", flat=True))
    homes = homes_of(subject.pk)
    parameters = parameters or parameters_in_force(subject.pk, is_fresh=True)
    for enrolment in enrolments.filter(pk__in=locked).iterator(chunk_size=100):
        rewrite(enrolment, fold_log(enrolment, parameters=parameters, homes=homes), parameters=parameters)
    return len(locked)


def fit_reviews(
    enrolment: Enrolment,
    *,
    now: datetime,
    enough: int = ENOUGH_REVIEWS,
    is_trial: bool = False,
    parameters: Parameters | None = None,
) -> Spaced:
    """Fit a learner's own weights to their reviews, and fold the cards anew by them unless it is a trial.

    Subjects that are spaced by SM-2 have nothing to fit.
    """
    chosen = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
    memory = memory_of(enrolment)
    if memory.scheduler is not SchedulerName.FSRS:
        return Spaced(enrolment, None)
    observations = [one.observation for one in read_log(enrolment)]
    fit = fit_review_weights(histories_of(observations, parameters=chosen), enough=enough)
    if fit is not None and fit.weights == memory.weights:
        return Spaced(enrolment, None)
    if fit is not None and not is_trial:
        _keep(enrolment, fit, now=now, parameters=parameters)
    return Spaced(enrolment, fit)


@transaction.atomic
def _keep(enrolment: Enrolment, fit: Fit, *, now: datetime, parameters: Parameters | None) -> None:
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    # Read under the lock: the fit took long, and others may be in force by now.
    parameters = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
    ReviewFit.objects.create(
        enrolment=enrolment,
        weights=list(fit.weights),
        reviews=fit.reviews,
        loss_before=fit.loss_before,
        loss_after=fit.loss_after,
        created_at=now,
    )
    rewrite(enrolment, fold_log(enrolment, parameters=parameters), parameters=parameters)
