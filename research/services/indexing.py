"""Generations of each library's index, written from the vectors in the database.

The index on disk is a copy: whatever happens to it, the database can restore it. Which generation
counts is `Library.index_generation`; it is raised by one conditional update after the files are whole.
"""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Min, Q

from config import wiring
from jobs.services import JobRun
from research.errors import IndexOutpaced
from research.models import Library, Passage, PassageQuerySet, PassageWindow
from research.services.embedding import (
    Fence,
    Progress,
    embed_passages,
    passages_to_embed,
    vector_from_bytes,
)
from vectorstore.errors import VectorStoreError
from vectorstore.faiss_index import FaissIndex
from vectorstore.generations import Generations
from vectorstore.keyword_index import KeywordIndex
from vectorstore.ports import Embedder


def generations_of(library_id: uuid.UUID) -> Generations:
    """Where the generations of a library's index lie."""
    return Generations(wiring.index_directory() / str(library_id))


def indexed_passages(library: Library) -> PassageQuerySet:
    """The passages that can be searched: those of the newest version of each source."""
    return Passage.objects.current().filter(document__source__library=library)


def build_generation(library: Library, *, embedder: Embedder, fence: Fence = transaction.atomic) -> int:
    """Write the next generation of a library's index and make it the one that counts; returns its number.

    A crash before the last step leaves an abandoned generation, which the next build overwrites.
    """
    generations = generations_of(library.pk)
    with generations.being_written():
        current = Library.objects.values_list("index_generation", flat=True).get(pk=library.pk)
        generations.write(
            current + 1,
            model=embedder.name,
            vectors=_vectors_of(library, embedder=embedder),
            keywords=_keywords_of(library, embedder=embedder),
        )
        with fence():
            unchanged = Library.objects.filter(pk=library.pk, index_generation=current)
            if not unchanged.update(index_generation=current + 1):
                raise IndexOutpaced(library.key)
    library.index_generation = current + 1
    return current + 1


def rebuild_index(
    library: Library,
    *,
    embedder: Embedder,
    fence: Fence = transaction.atomic,
    progress: Progress = lambda done: None,
) -> int:
    """Embed what has no vector under the model in use, then write a new generation; returns its number."""
    embed_passages(indexed_passages(library), embedder=embedder, fence=fence, progress=progress)
    return build_generation(library, embedder=embedder, fence=fence)


def run_rebuild_index(run: JobRun) -> dict[str, Any]:
    """The job behind `rebuild_index`: params name the library by id."""
    library = Library.objects.get(pk=run.params["library"])
    embedder = wiring.embedder()
    waiting = passages_to_embed(indexed_passages(library), embedder=embedder).count()
    run.stage("embedding", total=waiting, message=f"{waiting} passages need a vector")
    embed_passages(
        indexed_passages(library),
        embedder=embedder,
        fence=run.transaction,
        progress=lambda done: run.advance(by=done),
    )
    run.stage("indexing", total=1)
    generation = build_generation(library, embedder=embedder, fence=run.transaction)
    run.advance(f"generation {generation}")
    return {"library": library.key, "generation": generation}


def libraries_without_readable_index() -> list[str]:
    """Keys of the libraries whose current index generation is missing or fails its manifest."""
    indexed = Library.objects.filter(index_generation__gt=0)
    return [library.key for library in indexed if not _is_readable(library)]


def _is_readable(library: Library) -> bool:
    try:
        generations_of(library.pk).manifest(library.index_generation)
    except VectorStoreError:
        return False
    return True


def _vectors_of(library: Library, *, embedder: Embedder) -> FaissIndex:
    windows = PassageWindow.objects.filter(
        passage__in=indexed_passages(library), embedding__model=embedder.name
    )
    rows = list(windows.order_by("pk").values_list("pk", "embedding__vector"))
    vectors = np.zeros((len(rows), embedder.dimension), dtype=np.float32)
    for place, (_, stored) in enumerate(rows):
        vectors[place] = vector_from_bytes(stored)
    return FaissIndex.build([id_ for id_, _ in rows], vectors, dimension=embedder.dimension)


def _keywords_of(library: Library, *, embedder: Embedder) -> KeywordIndex:
    """Whole passages with their headings, each under the id of its first window."""
    first_window = Min("windows", filter=Q(windows__embedding__model=embedder.name))
    passages = indexed_passages(library).annotate(window=first_window).filter(window__isnull=False)
    rows = passages.order_by("window").values_list("window", "document__title", "heading_path", "text")
    ids = [window for window, *_ in rows]
    texts = ["\n".join(dict.fromkeys([title, *headings])) + "\n" + text for _, title, headings, text in rows]
    return KeywordIndex.build(ids, texts)
