"""What a learner said that the sources say otherwise, kept until they show that they know better."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db import models

from accounts.models import User
from concepts.models import Concept
from mastery.models import Enrolment


class MisconceptionQuerySet(models.QuerySet["Misconception"]):
    def visible_to(self, user: User | AnonymousUser) -> MisconceptionQuerySet:
        """One's own and those of the learners one teaches."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))

    def open(self) -> MisconceptionQuerySet:
        """Neither settled by a later answer nor overruled by an educator."""
        return self.filter(ended_at=None)


class Misconception(models.Model):
    """The learner's words that contradict a rubric point; the point names the source's span."""

    class Ending(models.TextChoices):
        SETTLED = "settled", "a later answer shows it right"
        OVERRULED = "overruled", "an educator found none"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="misconceptions")
    concept = models.ForeignKey(Concept, on_delete=models.PROTECT, related_name="+")
    attempt = models.ForeignKey("tutor.Attempt", on_delete=models.CASCADE, related_name="misconceptions")
    point = models.ForeignKey("tutor.RubricPoint", on_delete=models.CASCADE, related_name="misconceptions")
    quote = models.TextField(help_text="The learner's words.")
    created_at = models.DateTimeField(auto_now_add=True)
    ending = models.CharField(max_length=16, choices=Ending, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        "tutor.Attempt",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The later answer that settled it, or the one on which an educator decided.",
    )

    objects = MisconceptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["attempt", "point"], name="misconception_once")]

    def __str__(self) -> str:
        return self.quote[:80]
