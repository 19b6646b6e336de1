"""Search over a library's passages: by meaning and by words, in the generation that counts now."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from config import wiring
from jobs.errors import JobCannotBeRetried
from jobs.models import Job
from jobs.services import enqueue, retry
from research.errors import IndexUnavailable
from research.models import Library, Passage, PassageWindow
from research.services.indexing import generations_of
from vectorstore.errors import VectorStoreError
from vectorstore.fusion import fuse
from vectorstore.generations import Generation
from vectorstore.opening import OpenGenerations
from vectorstore.ports import Embedder, Vectors

log = structlog.get_logger("cairn.research")

CANDIDATES = 60
CANDIDATES_PER_HIT = 5
OPEN_GENERATIONS = 32

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class RankedPassage(Generic[Key]):
    """A passage as an index ranks it: its score, the parts of it, and the window that fits best."""

    key: Key
    score: float
    dense: float
    keyword: float
    window: int


@dataclass(frozen=True, slots=True)
class PassageHit:
    """A found passage; ``start:end`` of its text is the part that is nearest to the query."""

    passage: Passage
    score: float
    dense: float
    keyword: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is narrowed to; what is left empty does not narrow it."""

    sources: Collection[uuid.UUID] = ()
    documents: Collection[uuid.UUID] = ()
    kinds: Collection[str] = ()
    heading: str = ""

    def __bool__(self) -> bool:
        return bool(self.sources or self.documents or self.kinds or self.heading)


def search(
    library: Library, query: str, *, limit: int = 10, filters: Filters | None = None
) -> list[PassageHit]:
    """Return the passages of ``library`` that answer ``query`` best, best first.

    Raises ``IndexUnavailable`` where the index cannot be read, after queueing its rebuild.
    """
    embedder = wiring.embedder()
    generation = _current_generation(library, embedder=embedder)
    if generation is None or not query.strip():
        return []
    allowed = _allowed_windows(library, filters, model=embedder.name) if filters else None
    ranked = rank(
        generation,
        query=query,
        vector=embedder.embed([query])[0],
        passages_of=lambda windows: _passages_of(windows, model=embedder.name),
        allowed=allowed,
        limit=limit,
    )
    return _with_passages(ranked)


def rank(
    generation: Generation,
    *,
    query: str,
    vector: Vectors,
    passages_of: Callable[[Collection[int]], Mapping[int, Key]],
    limit: int,
    allowed: Collection[int] | None = None,
) -> list[RankedPassage[Key]]:
    """Rank passages by their best window and the words of the whole, fused; best first.

    ``passages_of`` is given the windows that either index found and names for every window of their
    passages the passage; windows it leaves out no longer count. Each candidate then gets both parts of
    its score exactly, whichever index found it.
    """
    depth = max(CANDIDATES, CANDIDATES_PER_HIT * limit)
    near = generation.vectors.search(vector, limit=depth, allowed=allowed)
    wordy = generation.keywords.search(query, limit=depth, allowed=allowed)
    passages = passages_of({hit.id for hit in [*near, *wordy]})
    exact = generation.vectors.search(vector, limit=len(passages), allowed=passages.keys())
    best: dict[Key, int] = {}
    dense: dict[int, float] = {}
    for hit in exact:  # best first, so the first window of a passage is its best
        if best.setdefault(passages[hit.id], hit.id) == hit.id:
            dense[hit.id] = hit.score
    keyword = {
        best[passages[hit.id]]: hit.score
        for hit in generation.keywords.search(query, limit=len(passages), allowed=passages.keys())
        if passages[hit.id] in best
    }
    fused = fuse(dense, keyword, information=generation.keywords.information(query))
    return [
        RankedPassage(passages[hit.id], hit.score, hit.dense, hit.keyword, hit.id) for hit in fused[:limit]
    ]


_open_generations = OpenGenerations(limit=OPEN_GENERATIONS)


def _current_generation(library: Library, *, embedder: Embedder) -> Generation | None:
    """The generation that the database names now; None where none was made."""
    try:
        return _open_generations.current(
            generations_of(library.pk), number=lambda: _current_number(library), embedder=embedder
        )
    except VectorStoreError as error:
        _queue_rebuild(library, _current_number(library))
        # Where the files lie is for the operator's log, not for who searches.
        log.warning("index unavailable", library=library.key, reason=str(error))
        raise IndexUnavailable(library.key) from error


def _current_number(library: Library) -> int:
    return Library.objects.values_list("index_generation", flat=True).get(pk=library.pk)


def _queue_rebuild(library: Library, number: int) -> None:
    """Once per broken generation, however many searches meet it; again where that failed."""
    job = enqueue(
        "rebuild_index",
        params={"library": str(library.pk)},
        idempotency_key=f"heal:{library.pk}:{number}",
    )
    if job.state == Job.State.FAILED:
        with suppress(JobCannotBeRetried):  # another search was quicker
            retry(job)


def _passages_of(windows: Collection[int], *, model: str) -> dict[int, uuid.UUID]:
    """All windows of the passages that own ``windows``, if their document is still the current version."""
    siblings = PassageWindow.objects.filter(
        passage__windows__in=windows, passage__document__is_current=True, embedding__model=model
    )
    return dict(siblings.values_list("pk", "passage_id"))


def _allowed_windows(library: Library, filters: Filters, *, model: str) -> set[int]:
    windows = PassageWindow.objects.filter(
        passage__document__source__library=library,
        passage__document__is_current=True,
        embedding__model=model,
    )
    if filters.sources:
        windows = windows.filter(passage__document__source__in=filters.sources)
    if filters.documents:
        windows = windows.filter(passage__document__in=filters.documents)
    if filters.kinds:
        windows = windows.filter(passage__document__source__kind__in=filters.kinds)
    if not filters.heading:
        return set(windows.values_list("pk", flat=True))
    rows = windows.values_list("pk", "passage__heading_path")
    wanted = filters.heading.casefold()
    return {pk for pk, headings in rows if wanted in "\n".join(headings).casefold()}


def _with_passages(ranked: list[RankedPassage[uuid.UUID]]) -> list[PassageHit]:
    passages = Passage.objects.select_related("document__source").defer(
        "document__text", "document__structure", "document__source__original"
    )
    by_key = passages.in_bulk([row.key for row in ranked])
    windows = PassageWindow.objects.in_bulk([row.window for row in ranked])
    return [
        PassageHit(
            by_key[row.key],
            row.score,
            row.dense,
            row.keyword,
            windows[row.window].start,
            windows[row.window].end,
        )
        for row in ranked
        if row.key in by_key and row.window in windows
    ]
