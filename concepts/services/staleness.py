"""What a changed source means for the graph: evidence moves with the words it quotes, the rest is marked."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from concepts.models import Evidence, Subject
from concepts.services.journalling import Journal
from concepts.services.revising import revise
from research.models import Passage
from research.services.versions import carried_passages
from research.spans import Span, verify


def mark_stale_after_ingest(library_id: uuid.UUID, changed_document_ids: Collection[uuid.UUID]) -> None:
    """Carry evidence over to unchanged passages and flag what rests on changed ones, as one revision.

    A revision, because whoever keeps a drawn graph keeps it until the next one. Extracting again clears a
    flag or finds its row gone.
    """
    subject = Subject.objects.filter(library=library_id).first()
    if subject is None or not changed_document_ids:
        return
    carried = carried_passages(changed_document_ids)
    with revise(subject, author=None, reason="Sources changed") as journal:
        _carry_evidence(journal, carried)
        gone = Passage.objects.outdated().filter(document__in=changed_document_ids)
        outdated = Evidence.objects.filter(passage__in=gone)
        concepts = journal.subject.concepts.filter(Exists(outdated.filter(concept=OuterRef("pk"))))
        edges = journal.subject.prerequisites.filter(Exists(outdated.filter(prerequisite=OuterRef("pk"))))
        flagged = [_flag(journal, rows) for rows in (concepts, edges)]
        if any(flagged):
            journal.record("mark_stale", concepts=flagged[0], prerequisites=flagged[1])


def _carry_evidence(journal: Journal, carried: dict[uuid.UUID, uuid.UUID]) -> None:
    """Point evidence at the new passage of the same words."""
    rows = list(Evidence.objects.filter(passage__in=carried).order_by("pk"))
    old = {row.passage_id for row in rows}
    texts = dict(
        Passage.objects.filter(pk__in={carried[passage] for passage in old}).values_list("pk", "text")
    )
    for row in rows:
        new = carried[row.passage_id]
        verify(Span(str(new), row.start, row.end, row.quote), texts[new])
    journal.change_all([(row, {"passage_id": carried[row.passage_id]}) for row in rows])
    if rows:
        passages = {str(passage): str(carried[passage]) for passage in sorted(old, key=str)}
        journal.record("carry_evidence", evidence=len(rows), passages=passages)


def _flag(journal: Journal, rows: QuerySet[Any]) -> list[str]:
    """Flag the rows that are not flagged yet; returns their ids."""
    waiting = list(rows.filter(is_stale=False).order_by("pk"))
    journal.change_all((row, {"is_stale": True}) for row in waiting)
    return [str(row.pk) for row in waiting]
