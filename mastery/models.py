"""What a learner knows: enrolments, the append-only event log, and the beliefs folded from it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.experiment_models import Assignment as Assignment
from mastery.experiment_models import Experiment as Experiment
from mastery.experiment_models import RecallProbe as RecallProbe
from mastery.fitting_models import ParameterVersion as ParameterVersion
from mastery.forgetting_models import ForgettingReceipt as ForgettingReceipt
from mastery.outcome_models import EdgeOutcome as EdgeOutcome
from mastery.parameters import Kind as EventKind
from mastery.placement_models import Placement as Placement
from mastery.placement_models import PlacementQuestion as PlacementQuestion
from mastery.review_models import ReviewFit as ReviewFit
from mastery.review_models import ReviewScheme as ReviewScheme


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: User | AnonymousUser) -> EnrolmentQuerySet:
        """One's own enrolments and those of the learners one teaches in a shared library; all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(Q(learner=user) | _taught_by(user)).distinct()

    def taught_by(self, user: User) -> EnrolmentQuerySet:
        """Enrolments of other learners whom one teaches in a shared library; all for staff."""
        return self if user.is_staff else self.filter(_taught_by(user)).exclude(learner=user).distinct()

    def studied_by(self, user: User | AnonymousUser) -> EnrolmentQuerySet:
        """Enrolments in subjects that a researcher was granted, told of by pseudonym; all for staff."""
        return self.filter(subject__in=Subject.objects.studied_by(user))


def _taught_by(user: User) -> Q:
    return Q(learner__classes_attended__educators=user, subject__library__educators=user)


class Enrolment(models.Model):
    """A learner on their way through a subject toward goals."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="enrolments")
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="enrolments")
    goals = models.ManyToManyField(
        Concept, related_name="+", blank=True, help_text="None: the whole subject."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    forgotten_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when nobody knows whose it was; nothing is added to it."
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["learner", "subject"], name="enrolment_once")]

    def __str__(self) -> str:
        return f"{self.learner} in {self.subject}"


class EventLogIsAppendOnly(Exception):
    """Mastery events are never changed or removed; record a correcting event instead."""

    def __init__(self) -> None:
        super().__init__("Mastery events are append-only. Record a new event that corrects the old one.")


class MasteryEventQuerySet(models.QuerySet["MasteryEvent"]):
    def visible_to(self, user: User | AnonymousUser) -> MasteryEventQuerySet:
        """Events of the enrolments that ``user`` may see, and of subjects granted to a researcher."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(enrolment__in=Enrolment.objects.visible_to(user))
        return self.filter(seen | Q(enrolment__subject__researchers=user)).distinct()

    def in_event_order(self) -> MasteryEventQuerySet:
        """By the time things happened; the id settles ties, so that every replay agrees."""
        return self.order_by("occurred_at", "id")

    def with_final_score(self) -> models.QuerySet[Any]:
        """Each with the score that stands: that of its newest correction, or its own."""
        newest = MasteryEvent.objects.filter(corrects=OuterRef("pk")).order_by("-occurred_at", "-id")
        return self.annotate(final_score=Coalesce(Subquery(newest.values("score")[:1]), F("score")))

    def tries(self) -> MasteryEventQuerySet:
        """What learners did themselves: no overrides, nothing concluded of them, and no corrections."""
        return self.filter(corrects=None, kind__in=[kind for kind in EventKind if kind.is_answer])

    def update(self, **kwargs: Any) -> int:
        raise EventLogIsAppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise EventLogIsAppendOnly


class MasteryEvent(models.Model):
    """One thing that a learner showed: what was asked, what was earned, and who judged it by which means."""

    class Kind(models.TextChoices):
        EXPLAIN_BACK = "explain_back"
        CLOZE = "cloze"
        CHOICE = "choice"
        SELF_REPORT = "self_report"
        PLACEMENT = "placement"
        OVERRIDE = "override"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="events")
    concept = models.ForeignKey(Concept, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    occurred_at = models.DateTimeField()
    # A default and not auto_now_add: an event that is copied keeps the time at which it became known.
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    score = models.FloatField(help_text="0..1: the share of the rubric that was earned.")
    certainty = models.FloatField(default=1, help_text="0..1: how sure the grader is.")
    attempt_id = models.UUIDField(null=True, blank=True, help_text="The tutor's attempt that it came from.")
    corrects = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="corrections",
        help_text="The event in whose place it is read, as of that event's time; the newest counts.",
    )
    rubric = models.JSONField(
        default=list, blank=True, help_text="Per point: its id, the verdict, the learner's words."
    )
    prerequisites = models.JSONField(
        default=list,
        blank=True,
        help_text="Ids of the gating prerequisites at that time: replay needs no graph.",
    )
    grader = models.CharField(max_length=80)
    grader_version = models.CharField(max_length=80, blank=True)
    hashes = models.JSONField(
        default=dict,
        blank=True,
        help_text="Of sources, lesson, rubric, prompt, model, answer, parameters; see mastery/provenance.py.",
    )
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    objects = MasteryEventQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [models.Index(fields=["enrolment", "occurred_at", "id"])]
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0) & Q(score__lte=1), name="event_score_range"),
            models.CheckConstraint(
                condition=Q(certainty__gte=0) & Q(certainty__lte=1), name="event_certainty_range"
            ),
            models.UniqueConstraint(
                fields=["attempt_id"],
                condition=Q(attempt_id__isnull=False, corrects__isnull=True),
                name="event_once_per_attempt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.score:.2f} on {self.concept_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise EventLogIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise EventLogIsAppendOnly


class BeliefQuerySet(models.QuerySet["Belief"]):
    def visible_to(self, user: User | AnonymousUser) -> BeliefQuerySet:
        """Beliefs of the enrolments that ``user`` may see, and of subjects granted to a researcher."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(enrolment__in=Enrolment.objects.visible_to(user))
        return self.filter(seen | Q(enrolment__subject__researchers=user)).distinct()


class Belief(models.Model):
    """What the fold over the events of one enrolment says about one concept, as of its last event."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="beliefs")
    concept = models.ForeignKey(Concept, on_delete=models.PROTECT, related_name="+")
    p_mastery = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    state = models.JSONField(default=dict, help_text="The estimator's own state, canonical.")
    events = models.PositiveIntegerField(default=0)
    last_event_at = models.DateTimeField(null=True, blank=True)
    parameters = models.CharField(max_length=64, help_text="Hash of the parameters of the fold.")

    objects = BeliefQuerySet.as_manager()

    class Meta:
        ordering = ["enrolment", "concept"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "concept"], name="belief_once"),
            models.CheckConstraint(
                condition=Q(p_mastery__gte=0) & Q(p_mastery__lte=1), name="belief_probability"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.concept_id}: {self.p_mastery:.2f}"


class ReviewCard(models.Model):
    """When a concept should be reviewed: an FSRS card folded from the same events."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="review_cards")
    concept = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="+")
    card = models.JSONField(default=dict)
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [models.UniqueConstraint(fields=["enrolment", "concept"], name="review_card_once")]

    def __str__(self) -> str:
        return f"{self.concept_id} due {self.due_at:%Y-%m-%d}"
