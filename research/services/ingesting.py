"""The job that reads sources: found, fetched, parsed and chunked, embedded, indexed.

Every stage can be run again from its start without doubling anything: a document and its passages
are written in one transaction and found again by their content hash; a text keeps its vector; the
new versions become current, all at once, only after they have vectors. What is finished is in the
job's checkpoint, so an attempt that follows a crash goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, cast

import structlog
from django.conf import settings
from django.db.models import Max
from django.utils.module_loading import import_string

from config import wiring
from jobs.services import JobRun
from research.chunking import CHUNKER, PassageSpan, chunk
from research.errors import SourceFailed
from research.fetching import Fetched, Fetcher, FetchLimits
from research.models import Document, Library, Passage, Source
from research.parsing import kind_of, parse
from research.parsing.structure import ParsedDocument, to_json
from research.services.embedding import embed_passages, passages_to_embed, text_hash
from research.services.indexing import build_generation, indexed_passages
from research.services.sources import add_address, tell_upper_rooms
from research.video_search import VideoSearch
from research.youtube import TranscriptFinder, address_of, parse_stored_transcript, video_id_of
from vectorstore.ports import Embedder

log = structlog.get_logger("cairn.research")

OK, UNCHANGED = "ok", "unchanged"


def run_ingest(run: JobRun) -> dict[str, Any]:
    """Read the sources named in the job's params (all of the library's where none are named)."""
    return Ingestion(
        run,
        fetcher=polite_fetcher(),
        transcripts=cast(TranscriptFinder, import_string(settings.YOUTUBE_TRANSCRIPTS)()),
        video_search=cast(VideoSearch, import_string(settings.VIDEO_SEARCH)()),
        embedder=wiring.embedder(),
    ).ingest()


def polite_fetcher() -> Fetcher:
    """The fetcher with this site's limits."""
    return Fetcher(
        contact=settings.FETCH_CONTACT,
        limits=FetchLimits(
            timeout_s=settings.FETCH_TIMEOUT_S,
            max_bytes=settings.MAX_UPLOAD_BYTES,
            delay_s=settings.FETCH_DELAY_S,
        ),
        allowed_private=settings.FETCH_ALLOWED_PRIVATE_HOSTS,
    )


@dataclass(slots=True)
class _Read:
    """What reading one source came to: a new version, or the current one found unchanged."""

    outcome: str
    document: Document | None


class Ingestion:
    """One run over a set of sources."""

    def __init__(
        self,
        run: JobRun,
        *,
        fetcher: Fetcher,
        transcripts: TranscriptFinder,
        video_search: VideoSearch,
        embedder: Embedder,
    ) -> None:
        self.run = run
        self.fetcher = fetcher
        self.transcripts = transcripts
        self.video_search = video_search
        self.embedder = embedder
        self.library = Library.objects.get(pk=run.params["library"])

    def ingest(self) -> dict[str, Any]:
        """Run every stage that the checkpoint does not name as finished."""
        self._find_videos()
        sources = self._sources()
        self._each_source("fetched", sources, self._fetch)
        self._each_source("parsed", sources, self._parse)
        embedded = self._embed()
        changed = self._publish()
        generation = self._index()
        with self.run.transaction():
            tell_upper_rooms(self.library.pk, changed)
        return self._report(sources, embedded=embedded, generation=generation)

    # --- found ---------------------------------------------------------------------------------

    def _find_videos(self) -> None:
        topic = self.run.params.get("topic", "")
        if not topic or "found" in self.run.checkpoint:
            return
        self.run.stage("finding videos", message=topic)
        found = self.video_search.search(topic, limit=int(self.run.params.get("videos", 3)))
        with self.run.transaction():
            added = [
                add_address(
                    self.library,
                    url=address_of(video.video_id),
                    kind=Source.Kind.YOUTUBE,
                    title=video.title,
                )
                for video in found
            ]
            self._remember(found=[str(source.pk) for source in added])

    def _sources(self) -> list[Source]:
        """The sources to read, in teaching order."""
        on_shelf = Source.objects.filter(library=self.library).defer("original")
        named = self.run.params.get("sources")
        if named is None and "topic" not in self.run.params:
            return list(on_shelf)
        return list(on_shelf.filter(pk__in=[*(named or []), *self.run.checkpoint.get("found", [])]))

    # --- fetched, parsed -----------------------------------------------------------------------

    def _each_source(self, stage: str, sources: Iterable[Source], work: Any) -> None:
        """Do ``work`` for each source that is not behind this stage; its failure is its own."""
        waiting = [source for source in sources if str(source.pk) not in self._outcomes(stage)]
        self.run.stage({"fetched": "fetching", "parsed": "reading"}[stage], total=len(waiting))
        for source in waiting:
            try:
                outcome = work(source)
            except SourceFailed as error:
                outcome = self._failed(source, outcome=error.outcome, detail=str(error))
            except Source.DoesNotExist:
                outcome = "deleted"  # by someone, while we read
            self._remember(**{stage: {**self._outcomes(stage), str(source.pk): outcome}})
            self.run.advance(f"{source}: {outcome}")

    def _outcomes(self, stage: str) -> dict[str, str]:
        return dict(self.run.checkpoint.get(stage, {}))

    def _remember(self, **news: Any) -> None:
        self.run.save_checkpoint({**self.run.checkpoint, **news})

    def _failed(self, source: Source, *, outcome: str, detail: str) -> str:
        """Keep the reason; a source that was read before stays readable in its last good version."""
        has_version = Document.objects.filter(source=source).current().exists()
        log.info("source failed", source=str(source.pk), outcome=outcome)
        with self.run.transaction():
            Source.objects.filter(pk=source.pk).update(
                state=Source.State.READY if has_version else Source.State.FAILED,
                outcome=outcome,
                detail=detail,
            )
        return outcome

    def _fetch(self, source: Source) -> str:
        if source.kind == Source.Kind.YOUTUBE:
            transcript = self.transcripts.fetch(video_id_of(source.origin))
            with self.run.transaction():
                Source.objects.filter(pk=source.pk).update(
                    original=transcript.to_bytes(),
                    content_type="application/json",
                    fetched_at=self.run.now(),
                )
        elif source.kind == Source.Kind.WEB:
            self._store_page(source, self._fetched_page(source))
        elif str(source.pk) in self.run.params.get("refused", []):
            return source.outcome
        return OK

    def _fetched_page(self, source: Source) -> Fetched:
        """Fetch a page, unless the site says that what we read is still what it has."""
        if Document.objects.filter(source=source).current().exists():
            return self.fetcher.fetch(source.origin, etag=source.etag, last_modified=source.last_modified)
        return self.fetcher.fetch(source.origin)

    def _store_page(self, source: Source, page: Fetched) -> None:
        news: dict[str, Any] = {"fetched_at": self.run.now(), "etag": page.etag}
        news["last_modified"] = page.last_modified
        if not page.not_modified:
            charset = f"; charset={page.charset}" if page.charset else ""
            content_type = f"{page.content_type}{charset}"[:120]
            news |= {"original": page.data, "url": page.url[:1000], "content_type": content_type}
        with self.run.transaction():
            Source.objects.filter(pk=source.pk).update(**news)

    def _parse(self, source: Source) -> str:
        if self._outcomes("fetched")[str(source.pk)] != OK:
            return self._outcomes("fetched")[str(source.pk)]
        source.refresh_from_db()
        try:
            parsed = parsed_source(source)
        except SourceFailed:
            raise
        # A parser that stumbles over one document must not take the others down with it.
        except Exception:
            log.exception("parser failed", source=str(source.pk))
            detail = "Cairn could not read this document. Please report it, with the document."
            return self._failed(source, outcome="parser_failed", detail=detail)
        read = self._stored(source, parsed)
        if read.document:
            documents = {**self.run.checkpoint.get("documents", {}), str(source.pk): str(read.document.pk)}
            self._remember(documents=documents)
        return read.outcome

    def _stored(self, source: Source, parsed: ParsedDocument) -> _Read:
        """Write the document with its passages as a version that is not current yet, unless it is there."""
        digest = content_hash(parsed)
        spans = chunk(parsed, count_tokens=self.embedder.count_tokens)
        with self.run.transaction():
            Source.objects.select_for_update().get(pk=source.pk)
            versions = Document.objects.filter(source=source)
            current = versions.current().first()
            if current and current.content_hash == digest:
                Source.objects.filter(pk=source.pk).update(
                    state=Source.State.READY, outcome=UNCHANGED, detail=""
                )
                return _Read(UNCHANGED, None)
            newer = versions.filter(version__gt=current.version) if current else versions
            waiting = newer.filter(content_hash=digest, is_current=False).first()
            if waiting:
                return _Read(OK, waiting)
            version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
            document = _new_version(source, parsed, version=version, digest=digest)
            _add_passages(document, spans)
        return _Read(OK, document)

    # --- embedded, indexed ---------------------------------------------------------------------

    def _new_documents(self) -> list[uuid.UUID]:
        return [uuid.UUID(key) for key in self.run.checkpoint.get("documents", {}).values()]

    def _embed(self) -> int:
        """Give every new passage its vectors; returns how many texts the model had to read for it."""
        passages = Passage.objects.filter(document__in=self._new_documents())
        waiting = passages_to_embed(passages, embedder=self.embedder)
        self.run.stage("embedding", total=waiting.count())
        return embed_passages(
            passages,
            embedder=self.embedder,
            fence=self.run.transaction,
            progress=lambda done: self.run.advance(by=done),
        )

    def _publish(self) -> list[uuid.UUID]:
        """Make the new versions the current ones; returns the documents that were replaced."""
        if "replaced" in self.run.checkpoint:
            return [uuid.UUID(key) for key in self.run.checkpoint["replaced"]]
        replaced: list[uuid.UUID] = []
        with self.run.transaction():
            for document in Document.objects.filter(pk__in=self._new_documents()).select_related("source"):
                others = Document.objects.filter(source=document.source).current()
                if others.filter(version__gt=document.version).exists():
                    continue  # another job read the source after us
                older = others.exclude(pk=document.pk)
                replaced += older.values_list("pk", flat=True)
                older.update(is_current=False)
                Document.objects.filter(pk=document.pk).update(is_current=True)
                Source.objects.filter(pk=document.source_id).update(
                    state=Source.State.READY, outcome=OK, detail="", title=document.title[:500]
                )
            self._remember(replaced=[str(key) for key in replaced])
        return replaced

    def _index(self) -> int:
        """Write a new generation if anything that is searched has changed."""
        self.run.stage("indexing", total=1)
        done = self.run.checkpoint.get("generation")
        if done is not None:
            return int(done)
        self.library.refresh_from_db()
        generation = self.library.index_generation
        deleted = self.run.params.get("sources") == []
        has_passages = indexed_passages(self.library).exists()
        if self._new_documents() or deleted or (generation == 0 and has_passages):
            generation = build_generation(self.library, embedder=self.embedder, fence=self.run.transaction)
        self._remember(generation=generation)
        self.run.advance(f"generation {generation}")
        return generation

    def _report(self, sources: list[Source], *, embedded: int, generation: int) -> dict[str, Any]:
        outcomes = self._outcomes("parsed")
        rows = Source.objects.filter(pk__in=[source.pk for source in sources]).defer("original")
        good = [outcome for outcome in outcomes.values() if outcome in (OK, UNCHANGED)]
        passages = Passage.objects.filter(document__in=self._new_documents()).count()
        return {
            "library": self.library.key,
            "read": good.count(OK),
            "unchanged": good.count(UNCHANGED),
            "failed": len(outcomes) - len(good),
            "passages": passages,
            "embedded": embedded,
            "generation": generation,
            "outcomes": [
                {
                    "source": str(source.pk),
                    "title": str(source),
                    "outcome": outcomes.get(str(source.pk), source.outcome),
                    "detail": source.detail,
                }
                for source in rows
            ],
        }


def parsed_source(source: Source) -> ParsedDocument:
    """Read the bytes that a source keeps."""
    data = bytes(source.original or b"")
    if source.kind == Source.Kind.YOUTUBE:
        return parse_stored_transcript(data, title=source.title)
    content_type, _, charset = source.content_type.partition("; charset=")
    kind = source.kind
    if kind == Source.Kind.WEB:
        kind = kind_of(name=source.url.partition("?")[0], content_type=content_type, data=data)
    return parse(kind, data, base_url=source.url, charset=charset)


def _new_version(source: Source, parsed: ParsedDocument, *, version: int, digest: str) -> Document:
    structure = to_json(parsed)
    structure.pop("text")  # the document keeps it
    return Document.objects.create(
        source=source,
        version=version,
        is_current=False,
        content_hash=digest,
        title=parsed.title or source.title or PurePosixPath(source.origin).stem[:500],
        text=parsed.text,
        structure=structure,
        extractor=parsed.extractor[:80],
        language=parsed.language[:16],
    )


def _add_passages(document: Document, spans: Iterable[PassageSpan]) -> None:
    Passage.objects.bulk_create(
        Passage(
            document=document,
            ordinal=ordinal,
            start=span.start,
            end=span.end,
            text=document.text[span.start : span.end],
            text_hash=text_hash(document.text[span.start : span.end]),
            heading_path=list(span.heading_path),
            page_start=span.page_start,
            page_end=span.page_end,
            seconds_start=span.seconds_start,
            seconds_end=span.seconds_end,
            token_count=span.token_count,
        )
        for ordinal, span in enumerate(spans)
    )


def content_hash(parsed: ParsedDocument) -> str:
    """The identity of what was read: text, structure, and how passages are cut from it."""
    structure = {**to_json(parsed), "chunker": CHUNKER}
    for name in ("title", "extractor"):
        structure.pop(name)
    return hashlib.sha256(json.dumps(structure, sort_keys=True).encode()).hexdigest()
