"""What engines thought of the graph's rows, and how long people took to decide on them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import User

_OF_ONE_THING = Q(concept__isnull=True, prerequisite__isnull=False) | Q(
    concept__isnull=False, prerequisite__isnull=True
)


class Judgement(models.Model):
    """How sure one engine was of a concept or an edge in its last passes: disagreement is read from it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    concept = models.ForeignKey(
        "concepts.Concept", null=True, blank=True, on_delete=models.CASCADE, related_name="judgements"
    )
    prerequisite = models.ForeignKey(
        "concepts.Prerequisite", null=True, blank=True, on_delete=models.CASCADE, related_name="judgements"
    )
    engine = models.CharField(max_length=60)
    confidence = models.FloatField()
    reverse_confidence = models.FloatField(default=0)
    earlier_confidence = models.FloatField(
        null=True, blank=True, help_text="Of the pass before, where it was another."
    )
    judged_at = models.DateTimeField()

    class Meta:
        ordering = ["engine", "id"]
        constraints = [
            models.UniqueConstraint(fields=["concept", "engine"], name="concept_judged_once"),
            models.UniqueConstraint(fields=["prerequisite", "engine"], name="prerequisite_judged_once"),
            models.CheckConstraint(condition=_OF_ONE_THING, name="judgement_of_one_thing"),
            models.CheckConstraint(
                condition=Q(confidence__range=(0, 1)), name="judgement_confidence_probability"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engine}: {self.confidence:.2f}"


class ReviewDecisionQuerySet(models.QuerySet["ReviewDecision"]):
    def standing(self) -> ReviewDecisionQuerySet:
        """Those that were not taken back."""
        return self.filter(taken_back_at__isnull=True)


class ReviewDecision(models.Model):
    """One question of the review queue that a person answered, and how long it was before their eyes."""

    class Choice(models.TextChoices):
        ACCEPT = "accept"
        REJECT = "reject"
        FLIP = "flip"
        SKIP = "skip"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("concepts.Subject", on_delete=models.CASCADE, related_name="review_decisions")
    concept = models.ForeignKey(
        "concepts.Concept", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    prerequisite = models.ForeignKey(
        "concepts.Prerequisite", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    what = models.CharField(max_length=500, help_text="The question in words, which outlive its rows.")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    choice = models.CharField(max_length=8, choices=Choice)
    shown_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    seconds = models.FloatField(help_text="From being shown to being decided.")
    before = models.JSONField(default=dict, help_text="What it takes to put everything back.")
    after = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(help_text="Of the graph, after it.")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        indexes = [models.Index(fields=["subject", "-decided_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__gte=F("shown_at")) & Q(seconds__gte=0),
                name="review_decided_after_shown",
            )
        ]

    def __str__(self) -> str:
        return f"{self.choice}: {self.what}"
