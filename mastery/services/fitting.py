"""Fits the estimator's parameters to the service's own events; the better of old and new is in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from concepts.models import Subject
from concepts.services.homes import homes_of
from mastery.fitting_models import ParameterVersion
from mastery.models import Enrolment, EnrolmentQuerySet
from mastery.parameter_fitting import Fitted, fit_parameters
from mastery.services.folding import fold_log, observations_in_log, rewrite
from mastery.services.parameters_in_force import forget, parameters_in_force
from mastery.states import Observation


def fit_from_events(subject: Subject | None) -> Fitted:
    """Fit a candidate to the events of one subject, or of all, and hold it against those in force."""
    start = parameters_in_force(subject.pk if subject else None, is_fresh=True)
    return fit_parameters(list(_logs(subject)), start=start)


@transaction.atomic
def keep_version(fitted: Fitted, *, subject: Subject | None, now: datetime) -> ParameterVersion:
    """Keep a fit; only a better one takes the place of those in force, and beliefs are folded anew with it.

    The enrolments concerned are locked while their beliefs are written, as while an event is recorded.
    """
    _lock_subjects(subject)
    before = parameters_in_force(subject.pk if subject else None, is_fresh=True)
    if fitted.is_better:
        ParameterVersion.objects.filter(subject=subject, is_in_force=True).update(is_in_force=False)
    version = ParameterVersion.objects.create(
        subject=subject,
        parameters=fitted.parameters.as_dict(),
        hash=fitted.parameters.hash,
        replaces=before.hash,
        loss_before=fitted.loss_before,
        loss_after=fitted.loss_after,
        margin=fitted.margin,
        learners=fitted.learners,
        held_out=fitted.held_out,
        events=fitted.events,
        is_in_force=fitted.is_better,
        fitted_at=now,
    )
    if fitted.is_better:
        for enrolment in _enrolments(subject).select_for_update().order_by("pk"):
            own = parameters_in_force(enrolment.subject_id, is_fresh=True)
            rewrite(enrolment, fold_log(enrolment, parameters=own), parameters=own)
    transaction.on_commit(forget)
    return version


def _logs(subject: Subject | None) -> Iterator[tuple[str, list[Observation]]]:
    for enrolment in _enrolments(subject).order_by("pk"):
        homes = homes_of(enrolment.subject_id)
        yield str(enrolment.pk), list(observations_in_log(enrolment, homes=homes))


def _lock_subjects(subject: Subject | None) -> None:
    """Let nobody enrol, and nobody else refit, until this is over.

    Whoever enrols now is not among those that are folded anew, and would be folded with parameters that are
    out of force a moment later.
    """
    subjects = Subject.objects.filter(pk=subject.pk) if subject else Subject.objects.all()
    list(subjects.order_by("pk").select_for_update().values_list("pk", flat=True))


def _enrolments(subject: Subject | None) -> EnrolmentQuerySet:
    return Enrolment.objects.filter(subject=subject) if subject else Enrolment.objects.all()
