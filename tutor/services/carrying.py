"""Moves practice along with the words it comes from, when a source gets a new version."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from research.models import Passage
from research.services.versions import carried_passages
from research.spans import Span, verify
from tutor.models import PracticeItem

_BATCH = 500


def carry_practice_after_ingest(library_id: uuid.UUID, changed_document_ids: Collection[uuid.UUID]) -> None:
    """Point items at the unchanged passages of the new version; those on changed words are asked no more."""
    if not changed_document_ids:
        return
    carried = carried_passages(changed_document_ids)
    items = list(PracticeItem.objects.filter(passage__in=carried))
    new = {carried[item.passage_id] for item in items}
    texts = dict(Passage.objects.filter(pk__in=new).values_list("pk", "text"))
    for item in items:
        item.passage_id = carried[item.passage_id]
        span = Span(str(item.passage_id), item.start, item.end, item.quote)
        verify(span, texts[item.passage_id])
    PracticeItem.objects.bulk_update(items, ["passage"], batch_size=_BATCH)
