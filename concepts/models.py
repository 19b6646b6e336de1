"""What there is to know: concepts, what each rests on, the evidence and the history of edits."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from concepts.draft_models import GraphDraft as GraphDraft
from concepts.review_models import Judgement as Judgement
from concepts.review_models import ReviewDecision as ReviewDecision
from jobs.models import Job
from research.models import Document, Library, Passage, Source

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

    def open_to(self, user: User | AnonymousUser) -> SubjectQuerySet:
        """Subjects of which ``user`` may read all, proposals and rejections too: keepers and researchers."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(library__in=Library.objects.editable_by(user)) | Q(researchers=user.pk)
        ).distinct()

    def studied_by(self, user: User | AnonymousUser) -> SubjectQuerySet:
        """Subjects whose learners' records ``user`` was granted for research; all for staff."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(researchers=user)

    def with_counts(self) -> SubjectQuerySet:
        """Each with the number of its published concepts, its accepted edges and its sources."""
        taught = Concept.objects.published().filter(subject=models.OuterRef("pk"))
        edges = Prerequisite.objects.accepted().between_published().filter(subject=models.OuterRef("pk"))
        sources = Source.objects.filter(library=models.OuterRef("library"))
        return self.annotate(
            concept_count=_count(taught), prerequisite_count=_count(edges), source_count=_count(sources)
        )


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
        default=0.4, help_text="Unconfirmed edges below it order but never gate."
    )
    drawn_from = models.ManyToManyField(
        Document, related_name="+", blank=True, help_text="What its last extraction read."
    )
    drawn_by = models.CharField(max_length=60, blank=True, help_text="The engine of its last extraction.")
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


class ConceptQuerySet(models.QuerySet["Concept"]):
    def visible_to(self, user: User | AnonymousUser) -> ConceptQuerySet:
        """Published concepts for whoever may read the subject; all of them for who keeps or studies it."""
        return self.filter(
            Q(subject__in=Subject.objects.open_to(user))
            | Q(subject__in=Subject.objects.visible_to(user), status=Concept.Status.PUBLISHED)
        )

    def findable_by(self, user: User | AnonymousUser) -> ConceptQuerySet:
        """Those that ``user`` may read and those that were merged into such: an old link still leads on."""
        leads_on = Q(merged_into__status=Concept.Status.PUBLISHED) | Q(merged_into__merged_into__isnull=False)
        merged = Q(subject__in=Subject.objects.visible_to(user)) & leads_on
        return self.filter(Q(pk__in=Concept.objects.visible_to(user).values("pk")) | merged)

    def published(self) -> ConceptQuerySet:
        """The concepts that are taught."""
        return self.filter(status=Concept.Status.PUBLISHED)

    def standing(self) -> ConceptQuerySet:
        """Published or proposed: not rejected."""
        return self.exclude(status=Concept.Status.REJECTED)

    def with_evidence(self) -> ConceptQuerySet:
        """Each with the spans that speak for it and the documents they stand in, in three queries."""
        rows = self.select_related("subject", "merged_into")
        return rows.prefetch_related(models.Prefetch("evidence", _evidence()))


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
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="merged",
        help_text="The concept that stands for this one now; what was shown of this one counts there.",
    )

    objects = ConceptQuerySet.as_manager()

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


class PrerequisiteQuerySet(models.QuerySet["Prerequisite"]):
    def visible_to(self, user: User | AnonymousUser) -> PrerequisiteQuerySet:
        """Accepted edges for whoever may read the subject; all of them for who keeps or studies it."""
        return self.filter(
            Q(subject__in=Subject.objects.open_to(user))
            | Q(
                subject__in=Subject.objects.visible_to(user),
                status=Prerequisite.Status.ACCEPTED,
                prerequisite__status=Concept.Status.PUBLISHED,
                dependent__status=Concept.Status.PUBLISHED,
            )
        )

    def accepted(self) -> PrerequisiteQuerySet:
        """The edges that hold."""
        return self.filter(status=Prerequisite.Status.ACCEPTED)

    def standing(self) -> PrerequisiteQuerySet:
        """Accepted or proposed, between concepts that are not rejected: together they are always acyclic."""
        rejected = Q(prerequisite__status=Concept.Status.REJECTED) | Q(
            dependent__status=Concept.Status.REJECTED
        )
        return self.exclude(status=Prerequisite.Status.REJECTED).exclude(rejected)

    def between_published(self) -> PrerequisiteQuerySet:
        """The edges of which both ends are taught."""
        taught = Concept.Status.PUBLISHED
        return self.filter(prerequisite__status=taught, dependent__status=taught)

    def gating(self) -> PrerequisiteQuerySet:
        """The edges that may lock a concept: accepted, and confirmed by an educator or believed enough."""
        return self.between_published().believed_from(F("subject__gate_confidence"))

    def believed_from(self, gate: float | F) -> PrerequisiteQuerySet:
        """The accepted edges that an educator confirmed or that are believed at least as much as ``gate``."""
        confirmed = Q(decided_by__isnull=False) | Q(origin=Origin.EDUCATOR)
        return self.accepted().filter(confirmed | Q(confidence__gte=gate))

    def with_evidence(self) -> PrerequisiteQuerySet:
        """Each with its two concepts and the spans for and against it, in three queries."""
        return self.select_related("subject", "prerequisite", "dependent").prefetch_related(
            models.Prefetch("evidence", _evidence())
        )


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

    objects = PrerequisiteQuerySet.as_manager()

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

    @property
    def gates(self) -> bool:
        """Whether it may lock a concept; `PrerequisiteQuerySet.gating` says the same of many."""
        confirmed = self.decided_by_id is not None or self.origin == Origin.EDUCATOR
        believed = self.confidence >= self.subject.gate_confidence
        return self.status == self.Status.ACCEPTED and (confirmed or believed)


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

    @property
    def page_url(self) -> str:
        """The page that opens the source at this place."""
        return f"/passages/{self.passage_id}/?start={self.start}&end={self.end}"


def _evidence() -> models.QuerySet[Evidence]:
    return Evidence.objects.select_related("passage__document__source")


def _count(rows: models.QuerySet[Any]) -> Coalesce:
    """Count in a subquery of its own: joins to several tables would multiply the rows."""
    counted = rows.order_by().annotate(one=models.Value(1)).values("one").annotate(n=models.Count("pk"))
    return Coalesce(models.Subquery(counted.values("n")), 0)


class PointHome(models.Model):
    """The concept that a rubric point or practice item speaks for since its own was split."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="point_homes")
    point = models.UUIDField(unique=True, help_text="As the rubrics of mastery events name it.")
    origin = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="+")
    concept = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["point"]

    def __str__(self) -> str:
        return f"{self.point} of {self.concept}"


class Revision(models.Model):
    """One numbered change of a subject's graph: who, when, why, the operations and the rows."""

    class Kind(models.TextChoices):
        EDIT = "edit"
        UNDO = "undo"
        REDO = "redo"
        RESTORE = "restore"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.EDIT)
    target = models.PositiveIntegerField(
        null=True, blank=True, help_text="The revision that was undone, redone or restored."
    )
    standing = models.PositiveIntegerField(help_text="The newest revision that is not undone after this one.")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    operations = models.JSONField(default=list, help_text="What was done, for people.")
    changes = models.JSONField(default=list, help_text="Which rows changed and what they were, for undoing.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["subject", "-number"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.subject} r{self.number}"


class KeptAnswer(models.Model):
    """A model's answer that an unfinished extraction need not ask for again."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="kept_answers")
    question = models.CharField(max_length=64, help_text="Hash of the question as it was put.")
    answer = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "question"], name="kept_answer_once")]

    def __str__(self) -> str:
        return f"{self.question[:8]} of {self.job_id}"
