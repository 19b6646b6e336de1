from __future__ import annotations

import pytest

from research.models import Document, Library, Passage, Source
from research.services.embedding import text_hash
from research.services.versions import carried_passages, changes_since, unread_passages

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Library:
    return Library.objects.create(key="stones", name="Stones")


def version(library: Library, origin: str, *texts: str) -> Document:
    """A new current version of a source, one passage a text."""
    source, _ = Source.objects.get_or_create(library=library, origin=origin, kind="text")
    number = source.documents.count() + 1
    source.documents.update(is_current=False)
    document = Document.objects.create(
        source=source, version=number, content_hash=f"{origin}{number}", text=" ".join(texts)
    )
    for ordinal, text in enumerate(texts):
        Passage.objects.create(
            document=document, ordinal=ordinal, start=0, end=1, text=text, text_hash=text_hash(text)
        )
    return document


def outdated() -> list[str]:
    return texts_of(Passage.objects.outdated().values_list("pk", flat=True))


def texts_of(keys: object) -> list[str]:
    return sorted(Passage.objects.filter(pk__in=list(keys)).values_list("text", flat=True))  # type: ignore[call-overload]


def test_only_words_that_are_gone_from_their_own_source_are_outdated(library: Library) -> None:
    version(library, "a", "granite", "basalt")
    version(library, "b", "basalt")
    version(library, "a", "granite", "chalk")
    assert outdated() == ["basalt"]
    version(library, "a", "basalt")
    assert texts_of(Passage.objects.outdated().values_list("pk", flat=True)) == [
        "chalk",
        "granite",
        "granite",
    ]


def test_unchanged_passages_are_carried_to_the_current_version_over_several_versions(
    library: Library,
) -> None:
    first = version(library, "a", "granite", "basalt")
    version(library, "a", "basalt")
    last = version(library, "a", "chalk", "granite")
    carried = carried_passages([first.pk])
    assert texts_of(carried) == texts_of(carried.values()) == ["granite"]
    assert set(Passage.objects.filter(pk__in=carried.values()).values_list("document", flat=True)) == {
        last.pk
    }
    assert carried_passages([last.pk]) == {}


def test_changes_are_counted_in_passages_for_new_changed_and_removed_sources(library: Library) -> None:
    same, old = version(library, "same", "granite"), version(library, "a", "granite", "basalt", "chalk")
    gone = version(library, "gone", "slate")
    new = version(library, "a", "chalk", "marble")
    version(library, "new", "sand")
    Document.objects.filter(pk=gone.pk).update(is_current=False)
    changes = {
        change.source.origin: (change.unchanged, change.removed, change.added)
        for change in changes_since([same, old, gone], library_id=library.pk)
    }
    assert changes == {"a": (1, 2, 1), "gone": (0, 1, 0), "new": (0, 0, 1)}
    assert texts_of(unread_passages([same, old, gone], library_id=library.pk)) == ["marble", "sand"]
    assert unread_passages(Document.objects.current(), library_id=library.pk) == set()
    assert new.is_current
