"""What a changed source means for the graph: evidence moves with the words it quotes, the rest is marked."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from concepts.models import Evidence, Subject
from concepts.services.revising import revise
from research.models import Passage
from research.services.versions import carried_passages
from research.spans import Span, verify

_BATCH = 500


def mark_stale_after_ingest(library_id: uuid.UUID, changed_document_ids: Collection[uuid.UUID]) -> None:
    """Carry evidence over to unchanged passages and flag what rests on changed ones, as one revision.

    A revision, because whoever keeps a drawn graph keeps it until the next one. Extracting again clears a
    flag or finds its row gone.
    """
    subject = Subject.objects.filter(library=library_id).first()
    if subject is None or not changed_document_ids:
        return
    carried = carried_passages(changed_document_ids)
    with revise(subject, author=None, reason="Sources changed") as draft:
        moved = _carry_evidence(carried)
        if moved:
            passages = {str(old): str(carried[old]) for old in sorted({row for row, _ in moved}, key=str)}
            draft.record("carry_evidence", evidence=len(moved), passages=passages)
        gone = Passage.objects.outdated().filter(document__in=changed_document_ids)
        outdated = Evidence.objects.filter(passage__in=gone)
        concepts = _flag(draft.subject.concepts.filter(Exists(outdated.filter(concept=OuterRef("pk")))))
        edges = _flag(
            draft.subject.prerequisites.filter(Exists(outdated.filter(prerequisite=OuterRef("pk"))))
        )
        if concepts or edges:
            draft.record("mark_stale", concepts=concepts, prerequisites=edges)


def _carry_evidence(carried: dict[uuid.UUID, uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Point evidence at the new passage of the same words; returns old passage and evidence of each."""
    rows = list(Evidence.objects.filter(passage__in=carried))
    texts = dict(
        Passage.objects.filter(pk__in={carried[row.passage_id] for row in rows}).values_list("pk", "text")
    )
    moved = []
    for row in rows:
        old, new = row.passage_id, carried[row.passage_id]
        verify(Span(str(new), row.start, row.end, row.quote), texts[new])
        row.passage_id = new
        moved.append((old, row.pk))
    Evidence.objects.bulk_update(rows, ["passage"], batch_size=_BATCH)
    return moved


def _flag(rows: QuerySet[Any]) -> list[str]:
    """Flag the rows that are not flagged yet; returns their ids."""
    waiting = rows.filter(is_stale=False).order_by("pk")
    keys = [str(key) for key in waiting.values_list("pk", flat=True)]
    waiting.order_by().update(is_stale=True)
    return keys
