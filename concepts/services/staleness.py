"""Marks concepts and edges whose evidence lies in a version of a document that was replaced or removed."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from concepts.models import Evidence, Subject
from concepts.services.journalling import Journal
from concepts.services.revising import revise


def mark_stale_after_ingest(library_id: uuid.UUID, changed_document_ids: Collection[uuid.UUID]) -> None:
    """Flag what rests on these documents, as one revision; extracting again clears the flag or finds it gone.

    A revision, because whoever keeps a drawn graph keeps it until the next one.
    """
    subject = Subject.objects.filter(library=library_id).first()
    if subject is None or not changed_document_ids:
        return
    outdated = Evidence.objects.filter(passage__document__in=changed_document_ids)
    with revise(subject, author=None, reason="Sources changed") as journal:
        concepts = journal.subject.concepts.filter(Exists(outdated.filter(concept=OuterRef("pk"))))
        edges = journal.subject.prerequisites.filter(Exists(outdated.filter(prerequisite=OuterRef("pk"))))
        flagged = [_flag(journal, rows) for rows in (concepts, edges)]
        if any(flagged):
            journal.record("mark_stale", concepts=flagged[0], prerequisites=flagged[1])


def _flag(journal: Journal, rows: QuerySet[Any]) -> list[str]:
    """Flag the rows that are not flagged yet; returns their ids."""
    waiting = list(rows.filter(is_stale=False).order_by("pk"))
    journal.change_all((row, {"is_stale": True}) for row in waiting)
    return [str(row.pk) for row in waiting]
