from __future__ import annotations

import pytest

from concepts.models import Concept, Evidence, Prerequisite, Subject
from concepts.services.graphs_of import display_graph
from concepts.services.staleness import mark_stale_after_ingest
from concepts.services.telling import tell_revision
from concepts.services.undoing import undo
from research.errors import QuoteNotFound
from research.models import Document, Library, Passage, Source
from research.services.embedding import text_hash

pytestmark = pytest.mark.django_db


def document(
    library: Library, origin: str, *, is_current: bool, version: int = 1, text: str = "Rivers erode."
) -> Document:
    source, _ = Source.objects.get_or_create(library=library, origin=origin, kind=Source.Kind.TEXT)
    return Document.objects.create(
        source=source,
        version=version,
        is_current=is_current,
        content_hash=f"{origin}{version}",
        text=text,
    )


def quoted(document: Document) -> dict[str, object]:
    passage = Passage.objects.create(
        document=document,
        ordinal=document.passages.count(),
        start=0,
        end=len(document.text),
        text=document.text,
        text_hash=text_hash(document.text),
    )
    return {"passage": passage, "start": 0, "end": 6, "quote": "Rivers", "kind": Evidence.Kind.DEFINITION}


@pytest.fixture
def subject() -> Subject:
    library = Library.objects.create(key="rivers", name="Rivers")
    return Subject.objects.create(key="rivers", name="Rivers", library=library)


def test_only_what_rests_on_a_replaced_version_becomes_stale(subject: Subject) -> None:
    old = document(subject.library, "a.md", is_current=False)
    new = document(subject.library, "a.md", is_current=True, version=2, text="Rivers carve valleys.")
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


def test_evidence_moves_with_its_words_and_only_what_changed_is_flagged(subject: Subject) -> None:
    old = document(subject.library, "a.md", is_current=False)
    kept = Concept.objects.create(subject=subject, key="river", name="river")
    evidence = Evidence.objects.create(concept=kept, **quoted(old))
    new = document(subject.library, "a.md", is_current=True, version=2)
    passage = quoted(new)["passage"]
    mark_stale_after_ingest(subject.library_id, [old.pk])
    evidence.refresh_from_db()
    kept.refresh_from_db()
    assert evidence.passage == passage
    assert evidence.passage.text[evidence.start : evidence.end] == evidence.quote
    assert not kept.is_stale
    (operation,) = subject.revisions.get().operations
    assert (operation["operation"], operation["evidence"]) == ("carry_evidence", 1)
    mark_stale_after_ingest(subject.library_id, [old.pk])
    assert subject.revisions.count() == 1
    assert "carried 1 quotes" in tell_revision(subject.revisions.get())
    undo(subject, author=None)
    evidence.refresh_from_db()
    assert evidence.passage.document == old


def test_evidence_that_does_not_say_what_its_passage_says_stops_the_carrying(subject: Subject) -> None:
    old = document(subject.library, "a.md", is_current=False)
    concept = Concept.objects.create(subject=subject, key="river", name="river")
    evidence = Evidence.objects.create(concept=concept, **quoted(old) | {"quote": "Deltas"})
    quoted(document(subject.library, "a.md", is_current=True, version=2))
    with pytest.raises(QuoteNotFound):
        mark_stale_after_ingest(subject.library_id, [old.pk])
    evidence.refresh_from_db()
    assert evidence.passage.document == old
