"""Marks concepts and edges whose evidence lies in a version of a document that is no longer current."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef

from concepts.models import Concept, Evidence, Prerequisite


def mark_stale_after_ingest(library_id: uuid.UUID, changed_document_ids: Collection[uuid.UUID]) -> None:
    """Flag what rests on a replaced version; extracting again clears the flag or finds it gone."""
    if not changed_document_ids:
        return
    outdated = Evidence.objects.filter(passage__document__is_current=False)
    for_concept = outdated.filter(concept=OuterRef("pk"))
    for_edge = outdated.filter(prerequisite=OuterRef("pk"))
    with transaction.atomic():
        Concept.objects.filter(Exists(for_concept), subject__library=library_id).update(is_stale=True)
        Prerequisite.objects.filter(Exists(for_edge), subject__library=library_id).update(is_stale=True)
