"""What there is to know: concepts, what each rests on, the evidence and the history of edits."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from research.models import Library, Passage

PROBABILITY = (Q(confidence__gte=0), Q(confidence__lte=1))


class SubjectQuerySet(models.QuerySet["Subject"]):
    def visible_to(self, user: User | AnonymousUser) -> SubjectQuerySet:
        """Subjects whose library ``user`` may read, and those a researcher was granted."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(Q(library__in=Library.objects.visible_to(user)) | Q(researchers=user)).distinct()

    def editable_by(self, user: User | AnonymousUser) -> SubjectQuerySet:
        """Subjects whose graph ``user`` may change."""
        return self.filter(library__in=Library.objects.editable_by(user))


class Subject(models.Model):
    """One prerequisite graph over one library; ``revision`` is its optimistic version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    library = models.OneToOneField(Library, on_delete=models.PROTECT, related_name="subject")
    researchers = models.ManyToManyField(User, related_name="subjects_granted", blank=True)
    revision = models.PositiveIntegerField(default=0)
    mastery_threshold = models.FloatField(
        default=0.9, help_text="Belief from which a concept counts as mastered."
    )
    gate_confidence = models.FloatField(
        default=0.5, help_text="Unconfirmed edges below it order but never gate."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(mastery_threshold__gt=0.5) & Q(mastery_threshold__lt=1),
                name="subject_threshold_sensible",
            ),
            models.CheckConstraint(
                condition=Q(gate_confidence__gte=0) & Q(gate_confidence__lte=1),
                name="subject_gate_probability",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Origin(models.TextChoices):
    EXTRACTED = "extracted"
    EDUCATOR = "educator"


class Concept(models.Model):
    """One thing to understand; published ones are taught."""

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        PUBLISHED = "published"
        REJECTED = "rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="concepts")
    key = models.SlugField(max_length=120)
    name = models.CharField(max_length=200)
    aliases = models.JSONField(default=list, blank=True)
    summary = models.TextField(blank=True, help_text="The definition, quoted from its evidence.")
    status = models.CharField(max_length=16, choices=Status, default=Status.PROPOSED)
    origin = models.CharField(max_length=16, choices=Origin, default=Origin.EXTRACTED)
    confidence = models.FloatField(default=1)
    position = models.PositiveIntegerField(default=0, help_text="Order of first teaching in the sources.")
    is_stale = models.BooleanField(default=False, help_text="A source it rests on has changed.")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["position", "key"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "key"], name="concept_key_once"),
            models.CheckConstraint(
                condition=PROBABILITY[0] & PROBABILITY[1], name="concept_confidence_probability"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Prerequisite(models.Model):
    """``prerequisite`` is required by ``dependent``."""

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REJECTED = "rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="prerequisites")
    prerequisite = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="unlocks")
    dependent = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="rests_on")
    status = models.CharField(max_length=16, choices=Status, default=Status.PROPOSED)
    origin = models.CharField(max_length=16, choices=Origin, default=Origin.EXTRACTED)
    confidence = models.FloatField(default=1)
    reverse_confidence = models.FloatField(default=0, help_text="Of the edge in the other direction.")
    reason = models.TextField(blank=True, help_text="Why it was rejected, or why it is held.")
    is_stale = models.BooleanField(default=False, help_text="A source it rests on has changed.")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["dependent", "-confidence", "id"]
        constraints = [
            models.UniqueConstraint(fields=["prerequisite", "dependent"], name="prerequisite_once"),
            models.CheckConstraint(
                condition=~Q(prerequisite=F("dependent")), name="prerequisite_no_self_loop"
            ),
            models.CheckConstraint(
                condition=PROBABILITY[0] & PROBABILITY[1], name="prerequisite_confidence_probability"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prerequisite} -> {self.dependent}"


class Evidence(models.Model):
    """A source span that speaks for or against a concept or an edge: ``passage.text[start:end] == quote``."""

    class Kind(models.TextChoices):
        DEFINITION = "definition"
        MENTION = "mention"
        HEADING = "heading"
        LINK = "link"
        ORDER = "order"
        MODEL = "model"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    concept = models.ForeignKey(
        Concept, null=True, blank=True, on_delete=models.CASCADE, related_name="evidence"
    )
    prerequisite = models.ForeignKey(
        Prerequisite, null=True, blank=True, on_delete=models.CASCADE, related_name="evidence"
    )
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    kind = models.CharField(max_length=16, choices=Kind)
    supports = models.BooleanField(default=True, help_text="False: it speaks for the other direction.")
    engine = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-supports", "kind", "id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(concept__isnull=True, prerequisite__isnull=False)
                | Q(concept__isnull=False, prerequisite__isnull=True),
                name="evidence_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="evidence_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.quote[:60]}"


class Revision(models.Model):
    """One numbered change of a subject's graph: who, when, why, and the operations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    operations = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["subject", "-number"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.subject} r{self.number}"
