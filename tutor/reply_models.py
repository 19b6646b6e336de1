"""The learner's right of reply: disputes, second looks and educators' rulings, none of them ever changed."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from concepts.models import Concept
from jobs.models import Job
from mastery.models import Enrolment
from tutor.errors import RecordIsAppendOnly
from tutor.ports import PointVerdict

VERDICTS = [(verdict.value, verdict.value.capitalize()) for verdict in PointVerdict]
Row = TypeVar("Row", bound=models.Model)
# What a person can decide: nobody is left unsure.
DECIDABLE = [choice for choice in VERDICTS if choice[0] != PointVerdict.UNSURE]


class AppendOnlyQuerySet(models.QuerySet[Row]):
    """Refuses in bulk what the rows refuse one by one."""

    def update(self, **kwargs: Any) -> int:
        raise RecordIsAppendOnly(self.model.__name__)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise RecordIsAppendOnly(self.model.__name__)


class AppendOnly(models.Model):
    """A row that is written once; only erasing the learner takes it away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise RecordIsAppendOnly(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise RecordIsAppendOnly(type(self).__name__)


class JudgedPoint(models.Model):
    """One opinion on one rubric point of an answer; ``start`` and ``end`` are the learner span's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    point = models.ForeignKey("tutor.RubricPoint", on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=16, choices=VERDICTS)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(blank=True)
    reason = models.CharField(max_length=300, blank=True)
    is_carried = models.BooleanField(
        default=False, help_text="The span is in the answer before the follow-up."
    )

    class Meta:
        abstract = True
        ordering = ["point__ordinal"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict="shown") | Q(start__isnull=False, end__isnull=False, end__gt=F("start")),
                name="%(class)s_needs_a_learner_span",
            )
        ]


class RulingQuerySet(AppendOnlyQuerySet["Ruling"]):
    def visible_to(self, user: User | AnonymousUser) -> RulingQuerySet:
        """Decisions on one's own attempts and on those of the learners one teaches."""
        return self.filter(attempt__lesson__enrolment__in=Enrolment.objects.visible_to(user))


class DisputeQuerySet(AppendOnlyQuerySet["Dispute"]):
    def visible_to(self, user: User | AnonymousUser) -> DisputeQuerySet:
        """One's own disputes and those of the learners one teaches."""
        return self.filter(attempt__lesson__enrolment__in=Enrolment.objects.visible_to(user))

    def decidable_by(self, user: User) -> DisputeQuerySet:
        """Those of the learners whom one teaches."""
        return self.filter(attempt__lesson__enrolment__in=Enrolment.objects.taught_by(user))

    def open(self) -> DisputeQuerySet:
        """Not decided yet; where the second look differs first, then the longest waiting."""
        waiting = self.filter(ruling=None)
        return waiting.order_by(F("regrade__agrees").asc(nulls_last=True), "created_at", "id")


class Dispute(AppendOnly):
    """A learner's objection to a grade, in their own words; at most one for each attempt."""

    class State(models.TextChoices):
        WAITING = "waiting"
        AGREED = "agreed"
        DIFFERS = "differs"
        UPHELD = "upheld"
        CHANGED = "changed"

    attempt = models.OneToOneField("tutor.Attempt", on_delete=models.CASCADE, related_name="dispute")
    reason = models.TextField(help_text="Why the learner thinks the grade is wrong.")
    job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="dispute")

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.reason[:60]}"

    @property
    def state(self) -> Dispute.State:
        """How far it has come: second look, then an educator's decision."""
        ruling = getattr(self, "ruling", None)
        if ruling is not None:
            return self.State(ruling.outcome)
        regrade = getattr(self, "regrade", None)
        if regrade is None:
            return self.State.WAITING
        return self.State.AGREED if regrade.agrees else self.State.DIFFERS


class Regrade(AppendOnly):
    """The one independent second look at a disputed answer."""

    class Means(models.TextChoices):
        OTHER_ENGINE = "other_engine"
        SAME_ENGINE = "same_engine", "same engine, points one at a time in another order"
        RULE = "rule", "the rule that refused the answer, applied again"

    dispute = models.OneToOneField(Dispute, on_delete=models.CASCADE, related_name="regrade")
    means = models.CharField(max_length=16, choices=Means)
    agrees = models.BooleanField(help_text="Whether it credits the same points as the first grade.")
    verdict = models.CharField(max_length=16)
    score = models.FloatField(null=True, blank=True)
    engine = models.CharField(max_length=40)
    engine_version = models.CharField(max_length=80, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)

    objects = AppendOnlyQuerySet["Regrade"].as_manager()

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.verdict} by {self.engine}"


class RegradedPoint(JudgedPoint):
    """What the second look says of one point."""

    regrade = models.ForeignKey(Regrade, on_delete=models.CASCADE, related_name="points")
    probability = models.FloatField()

    class Meta(JudgedPoint.Meta):
        constraints = [
            *JudgedPoint.Meta.constraints,
            models.UniqueConstraint(fields=["regrade", "point"], name="regraded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} on {self.point_id}"


class Ruling(AppendOnly):
    """An educator's decision on a grade; of several on one attempt the newest stands."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld"
        CHANGED = "changed"

    attempt = models.ForeignKey("tutor.Attempt", on_delete=models.CASCADE, related_name="rulings")
    dispute = models.OneToOneField(
        Dispute, null=True, blank=True, on_delete=models.CASCADE, related_name="ruling"
    )
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome)
    reason = models.CharField(max_length=500)
    verdict = models.CharField(max_length=16)
    score = models.FloatField()
    belief_before = models.FloatField(null=True, blank=True)
    belief_after = models.FloatField(null=True, blank=True)

    objects = RulingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.outcome} by {self.author_id}"


class RuledPoint(JudgedPoint):
    """What an educator says of one point, beside what the automatic grade had said of it."""

    ruling = models.ForeignKey(Ruling, on_delete=models.CASCADE, related_name="points")
    automatic = models.CharField(
        max_length=16, choices=VERDICTS, blank=True, help_text="Empty where nothing was graded."
    )

    class Meta(JudgedPoint.Meta):
        constraints = [
            *JudgedPoint.Meta.constraints,
            models.UniqueConstraint(fields=["ruling", "point"], name="ruled_once"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} on {self.point_id}"


class GradingSwitch(AppendOnly):
    """Automatic grading of one concept switched off or on, by rule or by an educator; the newest stands."""

    concept = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="grading_switches")
    is_on = models.BooleanField()
    is_by_rule = models.BooleanField(default=False, help_text="Agreement decided, not a person.")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500)

    objects = AppendOnlyQuerySet["GradingSwitch"].as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.concept_id}: {'on' if self.is_on else 'off'}"
