from __future__ import annotations

import uuid
from mimetypes import guess_type
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from jobs.models import Job
from jobs.services import run_inline
from research.models import Document, Library, Source
from tests.research.shelves import add_document, add_library

pytestmark = pytest.mark.django_db

PAGE = "/libraries/stones/"
MARKDOWN = (
    b"# Cairns\n\nA cairn is *old* <script>.\n\n- one\n\n> said\n\nPile\n: Stones.\n\n"
    b"```\nx = 1\n```\n\n|a|b|\n|-|-|\n|1|2|\n"
)


@pytest.fixture
def library() -> Library:
    keeper = User.objects.create_user("keeper", role=User.Role.EDUCATOR)
    return add_library("stones", educator=keeper, is_open=True)


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get_or_create(username=name)[0])
    return client


def uploaded(client: Client, *names: str, data: bytes = MARKDOWN) -> Any:
    files = [SimpleUploadedFile(name, data, content_type=guess_type(name)[0] or "") for name in names]
    return client.post(PAGE, {"uploads": files}, follow=True)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_files_are_uploaded_and_the_page_follows_the_job(library: Library) -> None:
    keeper = signed_in("keeper")
    page = uploaded(keeper, "a.md", "b.docx")
    assert page.redirect_chain == [(PAGE, 302)]
    assert "2 sources are being read." in text_of(page)
    job = Job.objects.get()
    assert reverse("job-progress", args=[job.pk]) in text_of(page)
    run_inline(job)
    done = text_of(keeper.get(PAGE))
    assert "Ready" in done
    assert "Not read" in done
    assert "Cairn cannot read" in done
    assert "hx-get" not in done


def test_addresses_are_added_line_by_line(library: Library) -> None:
    page = signed_in("keeper").post(
        PAGE, {"urls": "https://cairn.example/a\n\n https://youtu.be/abcdefghijk "}, follow=True
    )
    assert "2 sources are being read." in text_of(page)
    assert [source.kind for source in Source.objects.all()] == ["web", "youtube"]


def test_a_topic_is_added(library: Library) -> None:
    signed_in("keeper").post(PAGE, {"topic": "cairns"})
    assert Job.objects.get().params["topic"] == "cairns"


@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({"urls": "http://10.0.0.1/"}, "10.0.0.1 is not a public address"),
        ({"urls": "\n".join(f"https://cairn.example/{n}" for n in range(101))}, "At most 100"),
        ({"urls": ""}, "This field is required"),
        ({"topic": ""}, "This field is required"),
        ({}, "This field is required"),
    ],
)
def test_a_wrong_form_is_shown_again_with_the_reason(
    library: Library, posted: dict[str, str], told: str
) -> None:
    page = signed_in("keeper").post(PAGE, posted)
    assert page.status_code == 422
    assert told in text_of(page)
    assert not Job.objects.exists()


def test_a_document_is_shown_block_by_block_with_nothing_live_in_it(library: Library) -> None:
    keeper = signed_in("keeper")
    uploaded(keeper, "a.md")
    run_inline(Job.objects.get())
    document = Document.objects.get()
    page = text_of(signed_in("reader").get(reverse("document", args=[document.pk])))
    assert '<h1 id="document-title">Cairns</h1>' in page
    assert "<h2>Cairns</h2>" in page
    assert '<pre tabindex="0">x = 1</pre>' in page
    assert "<blockquote>said</blockquote>" in page
    assert '<p class="item">• one</p>' in page
    assert reverse("passage", args=[document.passages.get().pk]) in page
    assert "<script>." not in page


def test_an_older_version_points_to_the_newer(library: Library) -> None:
    keeper = signed_in("keeper")
    for data in (MARKDOWN, MARKDOWN + b"\nMore."):
        uploaded(keeper, "a.md", data=data)
        run_inline(Job.objects.latest("created_at"))
    old, new = Document.objects.order_by("version")
    assert reverse("document", args=[new.pk]) in text_of(keeper.get(reverse("document", args=[old.pk])))


def test_a_source_is_read_again_and_removed(library: Library) -> None:
    source = add_document(library).source
    keeper = signed_in("keeper")
    page = keeper.post(reverse("refresh-source", args=[source.pk]), follow=True)
    assert "is being read again" in text_of(page)
    page = keeper.post(reverse("delete-source", args=[source.pk]), follow=True)
    assert "was removed" in text_of(page)
    assert not Source.objects.exists()


def test_a_reader_sees_the_shelf_and_no_forms(library: Library) -> None:
    source = add_document(library).source
    reader = signed_in("reader")
    page = text_of(reader.get(PAGE))
    assert "Calculus" in page
    assert "Add sources" not in page
    assert "Remove" not in page
    assert reader.post(PAGE, {"topic": "x"}).status_code == 403
    assert reader.post(reverse("refresh-source", args=[source.pk])).status_code == 403
    assert reader.post(reverse("delete-source", args=[source.pk])).status_code == 403
    assert not Job.objects.exists()


def test_a_stranger_finds_nothing() -> None:
    document = add_document(add_library("closed"))
    stranger = signed_in("stranger")
    assert stranger.get("/libraries/closed/").status_code == 404
    assert stranger.get(reverse("document", args=[document.pk])).status_code == 404
    assert stranger.post(reverse("delete-source", args=[document.source_id])).status_code == 404
    assert stranger.post(reverse("refresh-source", args=[uuid.uuid4()])).status_code == 404
    assert Client().get("/libraries/closed/").status_code == 302


def test_operators_look_at_everything_and_change_nothing_by_hand(library: Library) -> None:
    add_document(library)
    User.objects.create_superuser("operator", password="a-long-pass-word")
    operator = signed_in("operator")
    for name in ("library", "source", "document", "passage"):
        assert operator.get(reverse(f"admin:research_{name}_changelist")).status_code == 200
    source = Source.objects.get()
    assert operator.get(reverse("admin:research_source_change", args=[source.pk])).status_code == 200
    assert operator.get(reverse("admin:research_source_add")).status_code == 403
