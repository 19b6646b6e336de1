"""Loads a course directory as a subject: its documents are read and its graph is drawn, in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from accounts.models import User
from concepts.models import Concept, Prerequisite, Subject
from concepts.services.extracting import request_extraction
from curriculum.errors import CourseNotLoaded
from curriculum.outlines import CourseDocument, CourseOutline, read_outline
from jobs.models import Job
from jobs.services import enqueue, run_inline
from research.models import Library, Passage, Source
from research.services.sources import Upload, add_upload

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LoadedCourse:
    """What stands in the database after a course was loaded."""

    subject: Subject
    sources: int
    passages: int
    concepts: int
    prerequisites: int
    is_changed: bool


def load_course(
    directory: Path,
    *,
    keeper: User | None = None,
    is_open: bool = False,
    engine: str = "embedded",
    report: Report = lambda line: None,
) -> LoadedCourse:
    """Load the course in ``directory``; what is loaded already and unchanged is left as it is.

    Raises
    ------
    CourseNotReadable
        If the directory holds no course.
    CourseNotLoaded
        If a document cannot be read or the graph cannot be drawn.
    """
    outline = read_outline(directory)
    subject = _subject(outline, keeper=keeper, is_open=is_open)
    report(f"Reading {len(outline.documents)} documents of {outline.title!r} ...")
    ingest = _ingest(outline, library=subject.library)
    is_changed = bool(ingest.result["read"]) or not subject.concepts.exists()
    if is_changed:
        report(f"Finding concepts in {ingest.result['passages']} new passages ...")
        _finished(run_inline(request_extraction(subject, requested_by=keeper, engine=engine)))
    subject.refresh_from_db()
    return _counted(subject, is_changed=is_changed)


def is_wanting(outline: CourseOutline) -> bool:
    """Whether this installation has nothing to learn but, at most, this course half loaded."""
    others = Subject.objects.exclude(key=outline.key)
    return not others.exists() and not Concept.objects.exists()


@transaction.atomic
def _subject(outline: CourseOutline, *, keeper: User | None, is_open: bool) -> Subject:
    library, _ = Library.objects.get_or_create(
        key=outline.key, defaults={"name": outline.title, "is_open": is_open}
    )
    if keeper:
        library.educators.add(keeper)
    subject, _ = Subject.objects.get_or_create(
        key=outline.key, defaults={"name": outline.title, "library": library}
    )
    return subject


def _ingest(outline: CourseOutline, *, library: Library) -> Job:
    with transaction.atomic():
        sources = [
            _shelve(document, position=position, library=library)
            for position, document in enumerate(outline.documents)
        ]
        params = {"library": str(library.pk), "sources": [str(source.pk) for source in sources]}
        job = enqueue("ingest", params=params)
    ended = _finished(run_inline(job))
    unread = Source.objects.filter(pk__in=[source.pk for source in sources], state=Source.State.FAILED)
    if unread:
        raise CourseNotLoaded("ingest", reasons=[f"{source}: {source.detail}" for source in unread])
    return ended


def _shelve(document: CourseDocument, *, position: int, library: Library) -> Source:
    """Put one document on the shelf at its place in the course."""
    source = add_upload(library, upload=Upload(name=document.path.name, data=document.path.read_bytes()))
    source.position = position
    source.title = document.title or source.title
    source.save(update_fields=["position", "title"])
    return source


def _finished(job: Job) -> Job:
    if job.state != Job.State.SUCCEEDED:
        raise CourseNotLoaded(job.kind, reasons=[job.error or f"The job ended as {job.state}."])
    return job


def _counted(subject: Subject, *, is_changed: bool) -> LoadedCourse:
    library = subject.library
    return LoadedCourse(
        subject=subject,
        sources=Source.objects.filter(library=library).count(),
        passages=Passage.objects.current().filter(document__source__library=library).count(),
        concepts=subject.concepts.published().count(),
        prerequisites=Prerequisite.objects.gating().filter(subject=subject).count(),
        is_changed=is_changed,
    )
