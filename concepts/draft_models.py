"""Edits that gather until someone publishes them together, as one revision."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from accounts.models import User

MAX_OPERATIONS = 1_000


class GraphDraftQuerySet(models.QuerySet["GraphDraft"]):
    def visible_to(self, user: User | AnonymousUser) -> GraphDraftQuerySet:
        """The drafts of the subjects that ``user`` keeps or studies; no learner sees what is not decided."""
        from concepts.models import Subject

        return self.filter(subject__in=Subject.objects.open_to(user))

    def open(self) -> GraphDraftQuerySet:
        """Neither published nor discarded."""
        return self.filter(state=GraphDraft.State.OPEN)


class GraphDraft(models.Model):
    """Commands on one subject's graph, in order, by concept key.

    By key and not by id, so that a draft can speak of a concept that it adds itself. ``version`` counts the
    changes of the draft; ``based_on`` is the revision of the graph at which it was opened.
    """

    class State(models.TextChoices):
        OPEN = "open"
        PUBLISHED = "published"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("concepts.Subject", on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why, for the history.")
    based_on = models.PositiveIntegerField(help_text="The revision of the graph when it was opened.")
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=0)
    last_number = models.PositiveIntegerField(default=0, help_text="Of its operations; none is given twice.")
    operations = models.JSONField(default=list, blank=True)
    published_as = models.OneToOneField(
        "concepts.Revision", null=True, blank=True, on_delete=models.SET_NULL, related_name="draft"
    )
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = GraphDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "published", "discarded"]), name="draft_state_known"
            ),
            models.CheckConstraint(
                condition=Q(published_as__isnull=True) | Q(state="published"),
                name="draft_revision_of_published",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"Draft of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return self.state == self.State.OPEN
