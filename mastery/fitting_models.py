"""Every set of parameters that was ever fitted to a service's own events."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from concepts.models import Subject


class ParameterVersion(models.Model):
    """One fit of the estimator's parameters: what it was fitted to, what it gains, whether it is in force."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(
        Subject,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="parameter_versions",
        help_text="None: for every subject that has no parameters of its own in force.",
    )
    parameters = models.JSONField(help_text="As Parameters.as_dict writes them.")
    hash = models.CharField(max_length=64)
    replaces = models.CharField(
        max_length=64, help_text="Hash of those that were in force when it was fitted."
    )
    loss_before = models.FloatField(help_text="Nats an answer of held-out learners, by those in force.")
    loss_after = models.FloatField(help_text="The same by these.")
    margin = models.FloatField(help_text="Standard error of the difference.")
    learners = models.PositiveIntegerField()
    held_out = models.PositiveIntegerField()
    events = models.PositiveIntegerField()
    is_in_force = models.BooleanField(default=False)
    fitted_at = models.DateTimeField()

    class Meta:
        ordering = ["-fitted_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(is_in_force=True), name="parameters_in_force_once"
            ),
            models.UniqueConstraint(
                fields=["is_in_force"],
                condition=Q(is_in_force=True, subject__isnull=True),
                name="parameters_of_the_service_in_force_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hash} of {self.fitted_at:%Y-%m-%d}{', in force' if self.is_in_force else ''}"
