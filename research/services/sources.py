"""Adding, renewing and removing the sources of a library."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.module_loading import import_string

from accounts.models import User
from jobs.models import Job
from jobs.services import enqueue
from research.addresses import AddressGuard
from research.errors import DocumentTooLarge, NoSourcesGiven, NothingToRead, SourceUnreadable
from research.models import Document, Library, Source
from research.parsing import kind_of
from research.youtube import address_of, is_youtube, video_id_of

MAX_VIDEOS_PER_TOPIC = 10

AfterIngest = Callable[[uuid.UUID, Collection[uuid.UUID]], None]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came from a form, a command or the API."""

    name: str
    data: bytes
    content_type: str = ""


def add_sources(
    library: Library,
    *,
    added_by: User | None,
    uploads: Sequence[Upload] = (),
    urls: Sequence[str] = (),
    topic: str = "",
    videos: int = 3,
    idempotency_key: str = "",
) -> Job:
    """Put sources on the shelf, in teaching order, and queue the job that reads them.

    What is wrong with an address is said at once, before anything is stored; what is wrong with a
    file is kept as that source's outcome, so that one bad file does not hold up the others.
    """
    topic = " ".join(topic.split())
    if not (uploads or urls or topic):
        raise NoSourcesGiven()
    checked = [checked_url(url) for url in urls]
    with transaction.atomic():
        added = [add_upload(library, upload=upload, added_by=added_by) for upload in uploads]
        refused = [str(source.pk) for source in added if source.outcome]
        added += [add_address(library, url=url, kind=kind, added_by=added_by) for url, kind in checked]
        keys = list(dict.fromkeys(str(source.pk) for source in added))
        params: dict[str, Any] = {"library": str(library.pk), "sources": keys, "refused": refused}
        if idempotency_key:
            # The same key with other bytes under the same names is another request, not a repetition.
            params["bytes"] = [hashlib.sha256(upload.data).hexdigest() for upload in uploads]
        if topic:
            params["topic"] = topic
            params["videos"] = min(max(videos, 1), MAX_VIDEOS_PER_TOPIC)
        return enqueue("ingest", params=params, created_by=added_by, idempotency_key=idempotency_key)


def add_upload(library: Library, *, upload: Upload, added_by: User | None = None) -> Source:
    """Store a file's bytes; the same name again is a new version of the same source."""
    source = _shelved(library, origin=upload.name or "unnamed", added_by=added_by)
    source.original_name = upload.name[:500]
    source.content_type = upload.content_type[:120]
    try:
        source.kind = _upload_kind(upload)
    except SourceUnreadable as error:
        source.kind = source.kind or Source.Kind.TEXT
        _note_failure(source, error)
    else:
        source.original = upload.data
        source.state = Source.State.PENDING if not _is_read(source) else source.state
        source.outcome, source.detail = "", ""
    source.save()
    return source


def add_address(
    library: Library, *, url: str, kind: str, added_by: User | None = None, title: str = ""
) -> Source:
    """Store an address that is to be fetched."""
    source = _shelved(library, origin=url, added_by=added_by)
    source.kind, source.url = kind, url
    source.title = source.title or title[:500]
    source.save()
    return source


def refresh(source: Source, *, by: User | None, idempotency_key: str = "") -> Job:
    """Queue the job that fetches and reads one source again."""
    params = {"library": str(source.library_id), "sources": [str(source.pk)]}
    return enqueue("ingest", params=params, created_by=by, idempotency_key=idempotency_key)


def delete_source(source: Source, *, by: User | None) -> Job:
    """Remove a source with everything read from it, and queue the job that takes it out of the index.

    Refused (``ProtectedError``) when lessons cite it. Concepts and edges that rest on it are marked
    stale first: they lose this evidence and an educator must look at them.
    """
    library = source.library
    with transaction.atomic():
        documents = Document.objects.filter(source=source)
        changed = list(documents.values_list("pk", flat=True))
        documents.update(is_current=False)
        tell_upper_rooms(library.pk, changed)
        source.delete()
        return enqueue("ingest", params={"library": str(library.pk), "sources": []}, created_by=by)


def tell_upper_rooms(library_id: uuid.UUID, changed_document_ids: Collection[uuid.UUID]) -> None:
    """Call what hangs on documents; named in settings, because this room does not know who does."""
    for dotted_path in settings.AFTER_INGEST:
        hook = cast(AfterIngest, import_string(dotted_path))
        hook(library_id, changed_document_ids)


def _shelved(library: Library, *, origin: str, added_by: User | None) -> Source:
    """The source of this origin, or a new one at the end of the teaching order."""
    origin = origin[:1000]
    existing = Source.objects.filter(library=library, origin=origin).first()
    if existing:
        return existing
    last = Source.objects.filter(library=library).aggregate(last=Max("position"))["last"]
    return Source(library=library, origin=origin, position=0 if last is None else last + 1, added_by=added_by)


def _is_read(source: Source) -> bool:
    return source.state == Source.State.READY


def _upload_kind(upload: Upload) -> str:
    if len(upload.data) > settings.MAX_UPLOAD_BYTES:
        raise DocumentTooLarge(size=len(upload.data), limit=settings.MAX_UPLOAD_BYTES)
    if not upload.data.strip():
        raise NothingToRead("The file")
    return kind_of(name=upload.name, content_type=upload.content_type, data=upload.data)


def _note_failure(source: Source, error: SourceUnreadable) -> None:
    source.outcome, source.detail = error.outcome, str(error)
    if not _is_read(source):
        source.state = Source.State.FAILED


def checked_url(url: str) -> tuple[str, str]:
    """The address in its stored form and the kind of source it is; refuses what could never be fetched."""
    if is_youtube(url):
        return address_of(video_id_of(url)), Source.Kind.YOUTUBE
    guard = AddressGuard(allowed_private=settings.FETCH_ALLOWED_PRIVATE_HOSTS)
    return str(guard.checked_url(url)), Source.Kind.WEB
