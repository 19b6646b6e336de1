from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest

from accounts.models import User
from config import wiring
from jobs.errors import JobLost
from jobs.models import Job
from jobs.services import JobRun, claim, run_inline
from research.errors import AddressRefused, NoSourcesGiven, UrlNotAllowed
from research.models import Document, Embedding, Library, Passage, PassageWindow, Source
from research.parsing.structure import from_json
from research.services.ingesting import run_ingest
from research.services.searching import search
from research.services.sources import Upload, add_sources, delete_source, refresh
from tests.fakes.videos import BLOCKED_VIDEO, CAIRN_VIDEO, FakeTranscripts
from tests.fakes.web_site import Page, WebSite, web_site
from tests.research.shelves import add_library

pytestmark = pytest.mark.django_db

CAIRNS = b"# Cairns\n\nA cairn is a pile of stones.\n\n## Use\n\nIt marks a path over bare hills."
RIVERS = b"# Rivers\n\nA river carries water to the sea."

told: list[tuple[uuid.UUID, list[uuid.UUID]]] = []


def note_after_ingest(library_id: uuid.UUID, changed: Collection[uuid.UUID]) -> None:
    told.append((library_id, list(changed)))


@pytest.fixture(autouse=True)
def ports(settings: Any) -> None:
    told.clear()
    FakeTranscripts.asked.clear()
    settings.AFTER_INGEST = ["tests.research.test_ingesting.note_after_ingest"]
    settings.YOUTUBE_TRANSCRIPTS = "tests.fakes.videos.FakeTranscripts"
    settings.VIDEO_SEARCH = "tests.fakes.videos.FakeSearch"


@pytest.fixture
def site(settings: Any) -> Iterator[WebSite]:
    with web_site() as served:
        settings.FETCH_ALLOWED_PRIVATE_HOSTS = [served.host]
        settings.FETCH_TIMEOUT_S = 2
        yield served


@pytest.fixture
def library() -> Library:
    return add_library("stones")


def files(**named: bytes) -> list[Upload]:
    return [Upload(name.replace("_", "."), data) for name, data in named.items()]


def ingest(library: Library, **what: Any) -> dict[str, Any]:
    job = run_inline(add_sources(library, added_by=None, **what))
    assert job.state == Job.State.SUCCEEDED, job.error
    result: dict[str, Any] = job.result
    return result


def outcomes(result: dict[str, Any]) -> list[str]:
    return [row["outcome"] for row in result["outcomes"]]


def everything() -> tuple[int, ...]:
    return tuple(kind.objects.count() for kind in (Source, Document, Passage, PassageWindow, Embedding))


# --- what is stored --------------------------------------------------------------------------------


def test_files_become_documents_passages_and_a_searchable_index(library: Library) -> None:
    result = ingest(library, uploads=files(cairns_md=CAIRNS, rivers_md=RIVERS))
    assert (result["read"], result["failed"], result["generation"]) == (2, 0, 1)
    cairns, rivers = Source.objects.all()
    assert (cairns.title, cairns.state, cairns.outcome, cairns.position) == ("Cairns", "ready", "ok", 0)
    assert rivers.position == 1
    document = Document.objects.get(source=cairns)
    assert (document.version, document.is_current) == (1, True)
    structure = from_json(document.structure, text=document.text)
    assert [block.kind.value for block in structure.blocks] == ["heading", "paragraph"] * 2
    for passage in Passage.objects.all():
        assert passage.document.text[passage.start : passage.end] == passage.text
    library.refresh_from_db()
    found = search(library, "pile of stones", limit=1)
    assert found[0].passage.document == document


def test_headings_pages_and_seconds_reach_the_passages(library: Library) -> None:
    from tests.research.pdf_samples import pdf_of

    pdf = pdf_of([[(11, "A cairn marks a path over the hills.")], [(11, "Stones rest on stones here.")]])
    vtt = b"WEBVTT\n\n00:00:07.000 --> 00:00:09.000\nA cairn marks a path.\n"
    ingest(library, uploads=files(a_md=CAIRNS, b_pdf=pdf, c_vtt=vtt))
    markdown, paged, spoken = Passage.objects.order_by("document__source__position")
    assert markdown.heading_path == ["Cairns"]
    assert (paged.page_start, paged.page_end) == (1, 2)
    assert spoken.seconds_start == 7.0


def test_the_same_bytes_again_embed_nothing_and_change_nothing(library: Library) -> None:
    ingest(library, uploads=files(cairns_md=CAIRNS))
    before = everything()
    result = ingest(library, uploads=files(cairns_md=CAIRNS))
    assert (result["unchanged"], result["embedded"], result["generation"]) == (1, 0, 1)
    assert everything() == before
    assert told[-1] == (library.pk, [])


def test_a_changed_document_is_a_new_version_and_the_old_one_is_told_upwards(library: Library) -> None:
    ingest(library, uploads=files(cairns_md=CAIRNS))
    old = Document.objects.get()
    result = ingest(library, uploads=files(cairns_md=CAIRNS + b"\n\nIt is old."))
    assert (result["read"], result["generation"]) == (1, 2)
    new = Document.objects.current().get()
    old.refresh_from_db()
    assert (new.version, old.version, old.is_current) == (2, 1, False)
    assert told[-1] == (library.pk, [old.pk])
    library.refresh_from_db()
    assert {hit.passage.document_id for hit in search(library, "cairn", limit=5)} == {new.pk}


def test_one_bad_source_never_fails_the_rest(library: Library) -> None:
    uploads = files(
        a_docx=b"PK", empty_md=b" ", b_pdf=b"%PDF-1.4 broken", c_md=CAIRNS, binary_txt=bytes(range(256)) * 9
    )
    result = ingest(library, uploads=uploads)
    assert outcomes(result) == ["unknown_kind", "empty", "pdf_broken", "ok", "not_text"]
    assert (result["read"], result["failed"]) == (1, 4)
    for source in Source.objects.exclude(outcome="ok"):
        assert source.state == Source.State.FAILED
        assert source.detail


def test_a_parser_that_stumbles_fails_its_own_source_only(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("research.parsing.transcript.has_time_stamps", lambda text: 1 / 0)
    result = ingest(library, uploads=files(a_txt=b"words", c_md=CAIRNS))
    assert outcomes(result) == ["parser_failed", "ok"]


def test_a_bad_new_version_leaves_the_good_one_readable(library: Library) -> None:
    ingest(library, uploads=files(cairns_md=CAIRNS))
    result = ingest(library, uploads=files(cairns_md=b""))
    assert outcomes(result) == ["empty"]
    source = Source.objects.get()
    assert (source.state, source.outcome) == ("ready", "empty")
    assert Document.objects.current().count() == 1


# --- pages -----------------------------------------------------------------------------------------


def test_pages_are_fetched_each_with_its_outcome(library: Library, site: WebSite) -> None:
    site.pages["/cairn"] = Page(b"<main><h1>Cairns</h1><p>A <a href='/bed#r'>pile</a> of stones.</p></main>")
    site.pages["/notes.md"] = Page(CAIRNS, content_type="text/plain; charset=utf-8")
    paths = ["/cairn", "/gone", "/redirect-private", "/notes.md", "/wrong-type"]
    result = ingest(library, urls=[site.url(path) for path in paths])
    assert outcomes(result) == ["ok", "not_found", "address_refused", "ok", "wrong_type"]
    document = Document.objects.get(source__position=0)
    assert ["link", 10, 14, site.url("/bed#r")] in document.structure["marks"]
    assert document.text[10:14] == "pile"
    assert Document.objects.get(source__position=3).extractor.startswith("markdown")


def test_an_unchanged_page_is_asked_for_with_its_version(library: Library, site: WebSite) -> None:
    site.pages["/cairn"] = Page(b"<p>A cairn.</p>", headers={"ETag": '"1"'})
    ingest(library, urls=[site.url("/cairn")])
    job = run_inline(refresh(Source.objects.get(), by=None))
    assert (job.result["unchanged"], job.result["embedded"]) == (1, 0)
    assert site.requests[-1][1]["if-none-match"] == '"1"'
    site.pages["/cairn"] = Page(b"<p>An old cairn.</p>", headers={"ETag": '"2"'})
    job = run_inline(refresh(Source.objects.get(), by=None))
    assert job.result["read"] == 1
    assert Document.objects.current().get().text == "An old cairn."


def test_robots_are_obeyed_and_told(library: Library, site: WebSite) -> None:
    site.robots = "User-agent: *\nDisallow: /"
    site.pages["/cairn"] = Page(b"<p>A cairn.</p>")
    assert outcomes(ingest(library, urls=[site.url("/cairn")])) == ["robots_disallowed"]


def test_an_address_that_can_never_be_fetched_is_refused_before_anything_is_stored(library: Library) -> None:
    with pytest.raises(AddressRefused):
        add_sources(library, added_by=None, uploads=files(a_md=CAIRNS), urls=["http://10.0.0.1/"])
    with pytest.raises(UrlNotAllowed):
        add_sources(library, added_by=None, urls=["ftp://cairn.example/"])
    with pytest.raises(NoSourcesGiven):
        add_sources(library, added_by=None, topic="  ")
    assert not Source.objects.exists()


# --- videos ----------------------------------------------------------------------------------------


def test_a_video_is_read_with_its_seconds(library: Library) -> None:
    result = ingest(library, urls=[f"https://youtu.be/{CAIRN_VIDEO}", f"https://youtu.be/{BLOCKED_VIDEO}"])
    assert outcomes(result) == ["ok", "youtube_blocked"]
    document = Document.objects.get()
    assert document.text == "A cairn is a pile of stones.\n\nIt marks a path."
    assert [block[5] for block in document.structure["blocks"]] == [0.0, 40.0]
    again = ingest(library, urls=[f"https://www.youtube.com/watch?v={CAIRN_VIDEO}&t=9"])
    assert again["unchanged"] == 1
    assert Source.objects.count() == 2


def test_a_topic_finds_videos_and_reads_what_it_can(library: Library) -> None:
    result = ingest(library, topic="cairns", videos=2)
    assert outcomes(result) == ["ok", "youtube_blocked"]
    assert [source.title for source in Source.objects.all()] == ["How to build cairns", "Old cairns"]


def test_a_topic_search_that_is_not_installed_says_so(library: Library, settings: Any) -> None:
    settings.VIDEO_SEARCH = "research.video_search.YtDlpSearch"
    job = run_inline(add_sources(library, added_by=None, topic="cairns"))
    assert job.state == Job.State.FAILED
    assert "youtube-search" in job.error


# --- crashes ---------------------------------------------------------------------------------------


class Killed(BaseException):
    """The worker is gone, as by kill -9: nothing may catch this and tidy up."""


class DyingRun(JobRun):
    """A run whose process dies at its n-th write."""

    def __init__(self, job: Job, *, writes: int) -> None:
        super().__init__(job)
        self.left = writes

    def _write(self, **changes: Any) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1
        super()._write(**changes)


def run_dying(job: Job, handler: Callable[[JobRun], Any], *, writes: int) -> bool:
    """One attempt that dies at its n-th write; says whether it got to its end before."""
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, lease_until=None, max_attempts=1000)
    job.refresh_from_db()
    assert claim(job, owner=f"dying-{writes}", now=job.run_after)
    job.refresh_from_db()
    try:
        handler(DyingRun(job, writes=writes))
    except Killed:
        return False
    return True


@pytest.mark.parametrize("persistent", [True, False])
def test_wherever_the_worker_dies_nothing_is_lost_or_doubled(library: Library, *, persistent: bool) -> None:
    """One job is killed at its 1st, 2nd, 3rd … write; the next attempt goes on. Or: each job once."""
    whole = add_library("whole")
    uploads = files(a_md=CAIRNS, b_md=RIVERS, c_docx=b"PK")
    ingest(whole, uploads=uploads)
    expected = [(p.document.source.origin, p.ordinal, p.text) for p in Passage.objects.order_by("text")]
    embeddings = Embedding.objects.count()

    job = add_sources(library, added_by=None, uploads=uploads)
    deaths = 0
    while not run_dying(job, run_ingest, writes=deaths if persistent else 6 + deaths % 3):
        deaths += 1
        assert deaths < 60, "it never comes to its end"
        if not persistent and deaths > 3:
            break
    if not persistent:
        assert run_dying(job, run_ingest, writes=1000)
    assert deaths > 2
    mine = Passage.objects.filter(document__source__library=library).order_by("text")
    assert [(p.document.source.origin, p.ordinal, p.text) for p in mine] == expected
    assert Document.objects.filter(source__library=library).count() == 2
    assert Document.objects.filter(source__library=library).current().count() == 2
    assert Embedding.objects.count() == embeddings
    assert PassageWindow.objects.filter(passage__in=mine).count() == len(expected)
    library.refresh_from_db()
    assert search(library, "pile of stones", limit=1)[0].passage.document.source.origin == "a.md"


def test_a_worker_that_was_taken_over_writes_nothing_more(library: Library) -> None:
    job = add_sources(library, added_by=None, uploads=files(a_md=CAIRNS))
    assert claim(job, owner="first", now=job.run_after)
    job.refresh_from_db()
    late = JobRun(job)
    Job.objects.filter(pk=job.pk).update(owner="second", attempt=job.attempt + 1)
    with pytest.raises(JobLost):
        run_ingest(late)
    assert not Document.objects.exists()


def test_a_source_deleted_meanwhile_is_no_failure(library: Library) -> None:
    job = add_sources(library, added_by=None, uploads=files(a_md=CAIRNS, b_md=RIVERS))
    Source.objects.get(origin="a.md").delete()
    assert outcomes(run_inline(job).result) == ["ok"]


# --- removal ---------------------------------------------------------------------------------------


def test_a_removed_source_leaves_the_index_and_is_told_upwards(library: Library) -> None:
    ingest(library, uploads=files(cairns_md=CAIRNS, rivers_md=RIVERS))
    source = Source.objects.get(origin="cairns.md")
    gone = Document.objects.get(source=source).pk
    told.clear()
    job = run_inline(delete_source(source, by=None))
    assert job.state == Job.State.SUCCEEDED
    assert told[0] == (library.pk, [gone])
    library.refresh_from_db()
    assert library.index_generation == 2
    assert {hit.passage.document.source.origin for hit in search(library, "cairn", limit=5)} <= {"rivers.md"}


def test_the_same_idempotency_key_starts_one_job(library: Library) -> None:
    ada = User.objects.create_user("ada")
    first = add_sources(library, added_by=ada, uploads=files(a_md=CAIRNS), idempotency_key="k")
    again = add_sources(library, added_by=ada, uploads=files(a_md=CAIRNS), idempotency_key="k")
    assert first == again


def test_the_embedder_is_asked_for_each_text_once(library: Library) -> None:
    result = ingest(library, uploads=files(a_md=CAIRNS, copy_md=CAIRNS))
    assert result["embedded"] == Embedding.objects.filter(model=wiring.embedder().name).count() == 1
