"""What learners' outcomes say of a prerequisite."""

from __future__ import annotations

import uuid

from django.db import models

from concepts.models import Prerequisite
from concepts.reviewing import Outcome


class EdgeOutcome(models.Model):
    """The last comparison of first tries at a concept with and without its prerequisite mastered."""

    class Verdict(models.TextChoices):
        SUPPORTED = "supported"
        CONTRADICTED = "contradicted"
        CANNOT_SAY = "cannot say"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    prerequisite = models.OneToOneField(Prerequisite, on_delete=models.CASCADE, related_name="outcome")
    verdict = models.CharField(max_length=16, choices=Verdict)
    successes_with = models.PositiveIntegerField()
    tries_with = models.PositiveIntegerField()
    successes_without = models.PositiveIntegerField()
    tries_without = models.PositiveIntegerField()
    effect = models.FloatField(help_text="How much more often one succeeds with it mastered, shrunk.")
    low = models.FloatField(help_text="Of the 90 % interval of the effect.")
    high = models.FloatField()
    p_supported = models.FloatField(help_text="Probability that it helps as much as would matter.")
    since = models.DateTimeField(help_text="When this verdict was first reached.")
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["p_supported", "id"]

    def __str__(self) -> str:
        return f"{self.prerequisite_id}: {self.verdict}"

    def as_outcome(self) -> Outcome:
        """The same as the review queue reads it."""
        return Outcome(
            verdict=self.verdict,
            p_contradicted=1 - self.p_supported,
            effect=self.effect,
            low=self.low,
            high=self.high,
            successes_with=self.successes_with,
            tries_with=self.tries_with,
            successes_without=self.successes_without,
            tries_without=self.tries_without,
            since=self.since,
        )
