"""Experiments as they were registered, who was assigned to which arm, and delayed-recall probes."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.errors import RegistrationIsAppendOnly


class AppendOnlyModel(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise RegistrationIsAppendOnly
        super().save(*args, **kwargs)


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    def visible_to(self, user: User | AnonymousUser) -> ExperimentQuerySet:
        """The experiments in subjects that ``user`` was granted for research."""
        return self.filter(subject__in=Subject.objects.studied_by(user))

    def update(self, **kwargs: Any) -> int:
        raise RegistrationIsAppendOnly


class Experiment(AppendOnlyModel):
    """A plan as it was registered before it began; its hash tells whether a file is still the same."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=80, unique=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="experiments")
    plan = models.JSONField()
    plan_hash = models.CharField(max_length=64, help_text="SHA-256 of the plan in canonical JSON.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    registered_at = models.DateTimeField()

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="experiment_lasts")
        ]

    def __str__(self) -> str:
        return self.key


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User | AnonymousUser) -> AssignmentQuerySet:
        """The assignments in subjects that ``user`` was granted for research."""
        return self.filter(experiment__subject__in=Subject.objects.studied_by(user))

    def update(self, **kwargs: Any) -> int:
        raise RegistrationIsAppendOnly


class Assignment(AppendOnlyModel):
    """The arm that a learner was in from the first moment at which it mattered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="assignments")
    enrolment = models.ForeignKey("mastery.Enrolment", on_delete=models.CASCADE, related_name="assignments")
    arm = models.CharField(max_length=40)
    assigned_at = models.DateTimeField()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["assigned_at", "id"]
        constraints = [models.UniqueConstraint(fields=["experiment", "enrolment"], name="assigned_once")]

    def __str__(self) -> str:
        return f"{self.arm} of {self.experiment_id}"


class RecallProbeQuerySet(models.QuerySet["RecallProbe"]):
    def visible_to(self, user: User | AnonymousUser) -> RecallProbeQuerySet:
        """The probes in subjects that ``user`` was granted for research."""
        return self.filter(enrolment__subject__in=Subject.objects.studied_by(user))

    def with_answers(self) -> models.QuerySet[Any]:
        """Each with the first answer in its window: when it came, and its score after corrections."""
        from mastery.models import MasteryEvent

        tries = MasteryEvent.objects.tries().filter(
            enrolment=OuterRef("enrolment"),
            concept=OuterRef("concept"),
            occurred_at__gte=OuterRef("asked_at"),
            occurred_at__lt=OuterRef("closes_at"),
        )
        first: models.QuerySet[Any] = tries.with_final_score().order_by("occurred_at", "id")
        return self.annotate(
            answered_at=Subquery(first.values("occurred_at")[:1]),
            score=Subquery(first.values("final_score")[:1]),
        )


class RecallProbe(models.Model):
    """One concept asked about again days after it was first shown; the answer is read from the log."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey("mastery.Enrolment", on_delete=models.CASCADE, related_name="recall_probes")
    concept = models.ForeignKey(Concept, on_delete=models.PROTECT, related_name="+")
    delay_days = models.PositiveSmallIntegerField()
    shown_at = models.DateTimeField(help_text="When the concept was first explained well enough.")
    due_at = models.DateTimeField()
    closes_at = models.DateTimeField(help_text="An answer from then on is too late to count.")
    asked_at = models.DateTimeField()
    was_taught = models.BooleanField(
        default=False, help_text="A lesson came between question and answer: no evidence of recall."
    )

    objects = RecallProbeQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "concept", "delay_days"], name="recall_probe_once"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("due_at")), name="recall_probe_window"),
        ]

    def __str__(self) -> str:
        return f"{self.concept_id} after {self.delay_days} days"
