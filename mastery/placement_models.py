"""A placement: the questions that were asked to find out what a learner knows, and what came of it."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from accounts.models import User
from concepts.models import Concept


class PlacementQuerySet(models.QuerySet["Placement"]):
    def visible_to(self, user: User | AnonymousUser) -> PlacementQuerySet:
        """The placements of the enrolments that ``user`` may see."""
        from mastery.models import Enrolment

        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))

    def of_learner(self, user: User) -> PlacementQuerySet:
        """One's own: nobody else answers."""
        return self.filter(enrolment__learner=user)

    def open(self) -> PlacementQuerySet:
        return self.filter(finished_at=None)


class Placement(models.Model):
    """One adaptive diagnostic. Seed, frame and answers give its belief again, byte for byte."""

    class Ended(models.TextChoices):
        SURE_ENOUGH = "sure enough"
        ENOUGH_ASKED = "enough asked"
        NOTHING_TO_ASK = "nothing to ask"
        NOTHING_TO_GAIN = "nothing to gain"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey("mastery.Enrolment", on_delete=models.CASCADE, related_name="placements")
    seed = models.PositiveBigIntegerField()
    method = models.CharField(max_length=40)
    revision = models.PositiveIntegerField(help_text="Of the subject, when it began.")
    frame = models.JSONField(
        help_text="The graph and what was believed when it began: edits do not reach it."
    )
    job = models.ForeignKey(
        "jobs.Job",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What writes its questions.",
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=16, choices=Ended, blank=True)
    result = models.JSONField(default=dict, blank=True, help_text="By concept id: belief and verdict.")

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(finished_at=None), name="placement_one_open"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, ended="") | Q(finished_at__isnull=False) & ~Q(ended=""),
                name="placement_ended_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.ended or 'open'}"


class PlacementQuestion(models.Model):
    """One question of a placement, why it was asked, and what was answered."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        UNKNOWN = "unknown"
        SKIPPED = "skipped"

    class Kind(models.TextChoices):
        CLOZE = "cloze"
        CHOICE = "choice"
        SELF_REPORT = "self_report"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField()
    concept = models.ForeignKey(Concept, on_delete=models.PROTECT, related_name="+")
    item_id = models.UUIDField(null=True, blank=True, help_text="The practice item; none: self-report.")
    kind = models.CharField(max_length=16, choices=Kind, help_text="As which evidence it counts.")
    guess = models.FloatField()
    slip = models.FloatField()
    why = models.JSONField(
        help_text="Belief before, what was expected of the answer, which others it tells of."
    )
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.OPEN)
    given = models.JSONField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    hashes = models.JSONField(
        default=dict,
        blank=True,
        help_text="By which means it was asked and judged; see mastery/provenance.py.",
    )
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["placement", "number"]
        constraints = [
            models.UniqueConstraint(fields=["placement", "number"], name="placement_question_number"),
            models.UniqueConstraint(fields=["placement", "concept"], name="placement_concept_once"),
            models.CheckConstraint(
                condition=Q(outcome="answered", score__range=(0, 1)) | ~Q(outcome="answered") & Q(score=None),
                name="placement_answer_has_score",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
