"""Where knowledge comes from: libraries of sources, their documents, passages and vectors."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Class, User


class LibraryQuerySet(models.QuerySet["Library"]):
    def visible_to(self, user: User | AnonymousUser) -> LibraryQuerySet:
        """Open libraries, the ones ``user`` keeps, and those of their classes; all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        kept = Q(educators=user)
        shared = Q(classes__learners=user) | Q(classes__educators=user)
        return self.filter(Q(is_open=True) | kept | shared).distinct()

    def editable_by(self, user: User | AnonymousUser) -> LibraryQuerySet:
        """The libraries whose sources and graph ``user`` may change."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(educators=user).distinct()


class Library(models.Model):
    """A named shelf of sources, with the people who keep it and those who may read it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    is_open = models.BooleanField(default=False, help_text="Any signed-in user may read it.")
    educators = models.ManyToManyField(User, related_name="libraries_kept", blank=True)
    classes = models.ManyToManyField(Class, related_name="libraries", blank=True)
    index_generation = models.PositiveIntegerField(default=0, help_text="0: nothing is indexed yet.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LibraryQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "libraries"

    def __str__(self) -> str:
        return self.name


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: User | AnonymousUser) -> SourceQuerySet:
        """The sources of the libraries that ``user`` may read."""
        return self.filter(library__in=Library.objects.visible_to(user))


class Source(models.Model):
    """One place knowledge comes from: an uploaded file, a web page, a video."""

    class Kind(models.TextChoices):
        MARKDOWN = "markdown"
        TEXT = "text"
        HTML = "html"
        PDF = "pdf"
        TRANSCRIPT = "transcript"
        WEB = "web"
        YOUTUBE = "youtube"

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=16, choices=Kind)
    origin = models.CharField(
        max_length=1000, help_text="URL or file name: the same origin again is a new version."
    )
    title = models.CharField(max_length=500, blank=True)
    url = models.URLField(max_length=1000, blank=True)
    position = models.PositiveIntegerField(default=0, help_text="Teaching order within the library.")
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    outcome = models.CharField(
        max_length=60, blank=True, help_text="A reason code, e.g. ok, robots_disallowed."
    )
    detail = models.TextField(blank=True)
    original = models.BinaryField(null=True, blank=True, help_text="The bytes as uploaded or fetched.")
    original_name = models.CharField(max_length=500, blank=True)
    content_type = models.CharField(max_length=120, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["library", "origin"], name="source_origin_once")]

    def __str__(self) -> str:
        return self.title or self.origin


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User | AnonymousUser) -> DocumentQuerySet:
        """The documents of the libraries that ``user`` may read."""
        return self.filter(source__library__in=Library.objects.visible_to(user))

    def current(self) -> DocumentQuerySet:
        """The newest version of each source."""
        return self.filter(is_current=True)


class Document(models.Model):
    """One version of a source as clean text with its structure standing off it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="documents")
    version = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    content_hash = models.CharField(max_length=64)
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    structure = models.JSONField(default=dict, help_text="Blocks and marks: offsets into the text.")
    extractor = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["source", "version"]
        constraints = [
            models.UniqueConstraint(fields=["source", "version"], name="document_version_once"),
            models.UniqueConstraint(
                fields=["source"], condition=Q(is_current=True), name="document_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.source_id} v{self.version}"


class PassageQuerySet(models.QuerySet["Passage"]):
    def visible_to(self, user: User | AnonymousUser) -> PassageQuerySet:
        """The passages of the libraries that ``user`` may read."""
        return self.filter(document__source__library__in=Library.objects.visible_to(user))

    def current(self) -> PassageQuerySet:
        """The passages of the newest versions."""
        return self.filter(document__is_current=True)

    def outdated(self) -> PassageQuerySet:
        """Those of replaced versions whose words no longer stand in the current version of their source."""
        still_there = Passage.objects.current().filter(
            document__source=OuterRef("document__source"), text_hash=OuterRef("text_hash")
        )
        return self.filter(document__is_current=False).exclude(Exists(still_there))


class Passage(models.Model):
    """A stretch of one document: ``document.text[start:end]``, the unit that is retrieved and cited."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="passages")
    ordinal = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()
    text_hash = models.CharField(max_length=64, db_index=True)
    heading_path = models.JSONField(default=list, blank=True)
    page_start = models.PositiveIntegerField(null=True, blank=True)
    page_end = models.PositiveIntegerField(null=True, blank=True)
    seconds_start = models.FloatField(null=True, blank=True)
    seconds_end = models.FloatField(null=True, blank=True)
    token_count = models.PositiveIntegerField(default=0)

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering = ["document", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["document", "ordinal"], name="passage_ordinal_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="passage_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{' > '.join(self.heading_path) or self.document_id} [{self.ordinal}]"


class Embedding(models.Model):
    """The vector of one text under one model: float32, little endian, never computed twice."""

    id = models.BigAutoField(primary_key=True)
    model = models.CharField(max_length=200)
    text_hash = models.CharField(max_length=64)
    vector = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "text_hash"], name="embedding_once")]

    def __str__(self) -> str:
        return f"{self.model} {self.text_hash[:12]}"


class PassageWindow(models.Model):
    """A part of a passage that fits the embedder's window; its id is the id in the vector index."""

    id = models.BigAutoField(primary_key=True)
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="windows")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    embedding = models.ForeignKey(Embedding, on_delete=models.PROTECT, related_name="windows")

    class Meta:
        ordering = ["passage", "start"]
        constraints = [
            models.UniqueConstraint(fields=["passage", "start", "embedding"], name="window_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="window_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}[{self.start}:{self.end}]"
