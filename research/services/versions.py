"""What a new version of a document kept, and what it took away."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, cast

from research.matching import Stretch, match_unchanged
from research.models import Document, Passage, Source


@dataclass(frozen=True, slots=True)
class Change:
    """How the current version of one source differs from an earlier one."""

    source: Source
    before: Document | None
    after: Document | None
    unchanged: int
    removed: int
    added: int


def carried_passages(document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Passages of replaced documents -> the passages of the same text in their source's current version."""
    replaced = Document.objects.filter(pk__in=document_ids, is_current=False)
    current = Document.objects.current().filter(source__in=replaced.values("source"))
    successor = {source: pk for pk, source in current.values_list("pk", "source_id")}
    pairs = [
        (pk, successor[source])
        for pk, source in replaced.values_list("pk", "source_id")
        if source in successor
    ]
    stretches = _stretches({pk for pair in pairs for pk in pair})
    carried: dict[uuid.UUID, uuid.UUID] = {}
    for old, new in pairs:
        matched = match_unchanged(stretches[old], stretches[new])
        carried.update(cast("dict[uuid.UUID, uuid.UUID]", matched))
    return carried


def changes_since(documents: Iterable[Document], *, library_id: uuid.UUID) -> list[Change]:
    """How the shelf differs from the time when ``documents`` were its current versions, in teaching order."""
    before = {document.source_id: document for document in documents}
    current = Document.objects.current().filter(source__library=library_id).defer("text", "structure")
    after = {document.source_id: document for document in current}
    sources = Source.objects.filter(library=library_id, pk__in={*before, *after}).defer("original")
    differing = [source for source in sources if _key(before.get(source.pk)) != _key(after.get(source.pk))]
    compared = [row for source in differing for row in (before.get(source.pk), after.get(source.pk)) if row]
    stretches = _stretches({row.pk for row in compared})
    return [_change(source, before.get(source.pk), after.get(source.pk), stretches) for source in differing]


def unread_passages(documents: Iterable[Document], *, library_id: uuid.UUID) -> set[uuid.UUID]:
    """Current passages whose words did not stand in ``documents``, each source compared with itself."""
    known: dict[Any, set[str]] = defaultdict(set)
    read = Passage.objects.filter(document__in=[document.pk for document in documents])
    for source, text_hash in read.values_list("document__source_id", "text_hash"):
        known[source].add(text_hash)
    current = Passage.objects.current().filter(document__source__library=library_id)
    return {
        pk
        for pk, source, text_hash in current.values_list("pk", "document__source_id", "text_hash")
        if text_hash not in known[source]
    }


def _change(
    source: Source,
    before: Document | None,
    after: Document | None,
    stretches: dict[uuid.UUID, list[Stretch]],
) -> Change:
    old = stretches[before.pk] if before else []
    new = stretches[after.pk] if after else []
    unchanged = match_unchanged(old, new)
    texts = {stretch.text_hash for stretch in old}
    return Change(
        source=source,
        before=before,
        after=after,
        unchanged=len(unchanged),
        removed=len(old) - len(unchanged),
        added=sum(1 for stretch in new if stretch.text_hash not in texts),
    )


def _stretches(document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Stretch]]:
    found: dict[uuid.UUID, list[Stretch]] = defaultdict(list)
    rows = Passage.objects.filter(document__in=document_ids).order_by("document", "ordinal")
    for pk, document, text_hash, path in rows.values_list("pk", "document_id", "text_hash", "heading_path"):
        found[document].append(Stretch(pk, text_hash, tuple(path)))
    return found


def _key(document: Document | None) -> uuid.UUID | None:
    return document.pk if document else None
