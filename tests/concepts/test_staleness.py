from __future__ import annotations

import pytest

from concepts.models import Concept, Evidence, Prerequisite, Subject
from concepts.services.graphs_of import display_graph
from concepts.services.staleness import mark_stale_after_ingest
from research.models import Document, Library, Passage, Source

pytestmark = pytest.mark.django_db


def document(library: Library, origin: str, *, is_current: bool, version: int = 1) -> Document:
    source, _ = Source.objects.get_or_create(library=library, origin=origin, kind=Source.Kind.TEXT)
    return Document.objects.create(
        source=source,
        version=version,
        is_current=is_current,
        content_hash=f"{origin}{version}",
        text="Rivers erode.",
    )


def quoted(document: Document) -> dict[str, object]:
    passage = Passage.objects.create(
        document=document, ordinal=0, start=0, end=13, text=document.text, text_hash="h"
    )
    return {"passage": passage, "start": 0, "end": 6, "quote": "Rivers", "kind": Evidence.Kind.DEFINITION}


@pytest.fixture
def subject() -> Subject:
    library = Library.objects.create(key="rivers", name="Rivers")
    return Subject.objects.create(key="rivers", name="Rivers", library=library)


def test_only_what_rests_on_a_replaced_version_becomes_stale(subject: Subject) -> None:
    old = document(subject.library, "a.md", is_current=False)
    new = document(subject.library, "a.md", is_current=True, version=2)
    touched = Concept.objects.create(subject=subject, key="erosion", name="erosion")
    fresh = Concept.objects.create(subject=subject, key="river", name="river")
    edge = Prerequisite.objects.create(subject=subject, prerequisite=fresh, dependent=touched)
    Evidence.objects.create(concept=touched, **quoted(old))
    removed = document(subject.library, "b.md", is_current=False)
    Evidence.objects.create(prerequisite=edge, **quoted(removed))
    Evidence.objects.create(concept=fresh, **quoted(new))
    mark_stale_after_ingest(subject.library_id, [old.pk, removed.pk])
    for row, stale in ((touched, True), (fresh, False), (edge, True)):
        row.refresh_from_db()
        assert row.is_stale is stale


def test_an_ingest_that_changed_nothing_marks_nothing(subject: Subject) -> None:
    concept = Concept.objects.create(subject=subject, key="erosion", name="erosion")
    Evidence.objects.create(concept=concept, **quoted(document(subject.library, "a.md", is_current=False)))
    mark_stale_after_ingest(subject.library_id, [])
    concept.refresh_from_db()
    assert not concept.is_stale


def test_what_an_educator_kept_on_an_older_version_is_not_flagged_by_every_later_change(
    subject: Subject,
) -> None:
    concept = Concept.objects.create(subject=subject, key="erosion", name="erosion")
    Evidence.objects.create(concept=concept, **quoted(document(subject.library, "a.md", is_current=False)))
    mark_stale_after_ingest(subject.library_id, [document(subject.library, "b.md", is_current=False).pk])
    concept.refresh_from_db()
    assert not concept.is_stale
    assert not subject.revisions.exists()


def test_a_graph_that_was_drawn_before_shows_the_flag(subject: Subject) -> None:
    concept = Concept.objects.create(
        subject=subject, key="erosion", name="erosion", status=Concept.Status.PUBLISHED
    )
    old = document(subject.library, "a.md", is_current=False)
    Evidence.objects.create(concept=concept, **quoted(old))
    assert not display_graph(subject).nodes[str(concept.pk)]["is_stale"]
    mark_stale_after_ingest(subject.library_id, [old.pk])
    mark_stale_after_ingest(subject.library_id, [old.pk])
    (revision,) = subject.revisions.all()
    assert revision.operations == [
        {"operation": "mark_stale", "concepts": [str(concept.pk)], "prerequisites": []}
    ]
    subject.refresh_from_db()
    assert display_graph(subject).nodes[str(concept.pk)]["is_stale"]
