"""How reviews are spaced: by which scheduler in a subject, and by which weights for a learner."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from concepts.models import Subject
from mastery.review import Memory, SchedulerName


class ReviewScheme(models.Model):
    """The scheduler that a subject's keepers chose; a subject without a row is scheduled by FSRS."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.OneToOneField(Subject, on_delete=models.CASCADE, related_name="review_scheme")
    scheduler = models.CharField(max_length=8, choices=[(one.value, one.value) for one in SchedulerName])

    class Meta:
        ordering = ["subject"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scheduler__in=[one.value for one in SchedulerName]),
                name="review_scheduler_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.scheduler}"


class ReviewFit(models.Model):
    """Weights of FSRS fitted to one learner's reviews in one subject; the newest counts, all are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey("mastery.Enrolment", on_delete=models.CASCADE, related_name="review_fits")
    weights = models.JSONField(help_text="The 21 weights of FSRS 6.")
    reviews = models.PositiveIntegerField(help_text="Reviews on a later day, which the fit rests on.")
    loss_before = models.FloatField(help_text="Held-out log loss by the weights before.")
    loss_after = models.FloatField(help_text="Held-out log loss by such a fit.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.loss_before:.4f} to {self.loss_after:.4f}"

    def as_memory(self) -> Memory:
        """The same as cards are folded by."""
        return Memory(weights=tuple(map(float, self.weights)))
