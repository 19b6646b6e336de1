"""What is left of a learner who was forgotten: the receipt."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class ForgettingReceipt(models.Model):
    """Proof that a learner was forgotten, and the counts of what went and what stayed; no name, no text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner_digest = models.CharField(
        max_length=64,
        unique=True,
        help_text="Keyed digest of the account's id: found by it, not read from it.",
    )
    forgotten_at = models.DateTimeField(default=timezone.now, editable=False)
    kept = models.JSONField(help_text="How many rows stayed under a pseudonym, by kind.")
    removed = models.JSONField(help_text="How many rows went, by kind.")

    class Meta:
        ordering = ["-forgotten_at", "-id"]

    def __str__(self) -> str:
        return f"{self.id} of {self.forgotten_at:%Y-%m-%d}"
