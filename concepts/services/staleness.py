"""Marks concepts and edges whose evidence lies in a version of a document that was replaced or removed."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from concepts.models import Evidence, Subject
from concepts.services.revising import revise


def mark_stale_after_ingest(library_id: uuid.UUID, changed_document_ids: Collection[uuid.UUID]) -> None:
    """Flag what rests on these documents, as one revision; extracting again clears the flag or finds it gone.

    A revision, because whoever keeps a drawn graph keeps it until the next one.
    """
    subject = Subject.objects.filter(library=library_id).first()
    if subject is None or not changed_document_ids:
        return
    outdated = Evidence.objects.filter(passage__document__in=changed_document_ids)
    with revise(subject, author=None, reason="Sources changed") as draft:
        concepts = _flag(draft.subject.concepts.filter(Exists(outdated.filter(concept=OuterRef("pk")))))
        edges = _flag(
            draft.subject.prerequisites.filter(Exists(outdated.filter(prerequisite=OuterRef("pk"))))
        )
        if concepts or edges:
            draft.record("mark_stale", concepts=concepts, prerequisites=edges)


def _flag(rows: QuerySet[Any]) -> list[str]:
    """Flag the rows that are not flagged yet; returns their ids."""
    waiting = rows.filter(is_stale=False).order_by("pk")
    keys = [str(key) for key in waiting.values_list("pk", flat=True)]
    waiting.order_by().update(is_stale=True)
    return keys
