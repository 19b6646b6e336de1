"""Libraries of short passages for the tests of search."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import User
from config import wiring
from research.models import Document, Library, Passage, Source
from research.services.embedding import text_hash
from research.services.indexing import rebuild_index

CALCULUS = (
    "The derivative of a function measures how fast its value changes.",
    "The chain rule differentiates a composite of two functions.",
    "An integral adds up infinitely many small pieces of area.",
)
RIVERS = (
    "A river carries water from the mountains down to the sea.",
    "A delta forms where a river drops its sand at the coast.",
)


def add_library(key: str = "calculus", *, educator: User | None = None, is_open: bool = False) -> Library:
    library = Library.objects.create(key=key, name=key.title(), is_open=is_open)
    if educator:
        library.educators.add(educator)
    return library


def add_document(
    library: Library,
    texts: Sequence[str] = CALCULUS,
    *,
    title: str = "Calculus",
    headings: Sequence[str] = (),
    kind: str = Source.Kind.MARKDOWN,
    url: str = "",
    seconds: Sequence[float] = (),
) -> Document:
    """A ready source whose current document has one passage per text."""
    source = Source.objects.create(
        library=library,
        kind=kind,
        origin=f"{title}-{library.sources.count()}",
        title=title,
        url=url,
        state=Source.State.READY,
    )
    return add_version(source, texts, title=title, headings=headings, seconds=seconds)


def add_version(
    source: Source,
    texts: Sequence[str],
    *,
    title: str = "",
    headings: Sequence[str] = (),
    seconds: Sequence[float] = (),
) -> Document:
    """A new current version of a source."""
    source.documents.update(is_current=False)
    starts = [sum(len(text) + 2 for text in texts[:place]) for place in range(len(texts))]
    times = [*seconds, *[None] * (len(texts) - len(seconds))]
    document = Document.objects.create(
        source=source,
        version=source.documents.count() + 1,
        content_hash=text_hash("".join(texts)),
        title=title,
        text="\n\n".join(texts),
        structure={
            "blocks": [
                ["paragraph", start, start + len(text), 0, None, time]
                for start, text, time in zip(starts, texts, times, strict=True)
            ]
        },
    )
    Passage.objects.bulk_create(
        Passage(
            document=document,
            ordinal=place,
            start=start,
            end=start + len(text),
            text=text,
            text_hash=text_hash(text),
            heading_path=list(headings),
            seconds_start=time,
        )
        for place, (start, text, time) in enumerate(zip(starts, texts, times, strict=True))
    )
    return document


def add_indexed_library(key: str = "calculus", *, educator: User | None = None) -> Library:
    """A library with two documents, ready to be searched."""
    library = add_library(key, educator=educator)
    add_document(library, CALCULUS, headings=["Calculus", "Change"])
    add_document(library, RIVERS, title="Geography", headings=["Water"], kind=Source.Kind.TRANSCRIPT)
    rebuild_index(library, embedder=wiring.embedder())
    return library
