from __future__ import annotations

import json
import uuid
from mimetypes import guess_type
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from jobs.models import Job
from jobs.services import run_inline
from research.models import Document, Library, Passage, Source
from tests.research.shelves import add_document, add_library

pytestmark = pytest.mark.django_db

SOURCES, DOCUMENTS, LIBRARIES = "/api/v1/sources", "/api/v1/documents", "/api/v1/libraries"
CAIRNS = b"# Cairns\n\nA cairn is a pile of stones."


@pytest.fixture
def keeper() -> User:
    return User.objects.create_user("keeper", role=User.Role.EDUCATOR)


@pytest.fixture
def reader() -> User:
    return User.objects.create_user("reader")


@pytest.fixture
def library(keeper: User) -> Library:
    return add_library("stones", educator=keeper, is_open=True)


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def file(name: str, data: bytes = CAIRNS) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=guess_type(name)[0] or "")


def read(job: dict[str, Any]) -> dict[str, Any]:
    ended = run_inline(Job.objects.get(pk=job["id"]))
    assert ended.state == Job.State.SUCCEEDED, ended.error
    result: dict[str, Any] = ended.result
    return result


def test_several_files_are_taken_at_once_and_read_by_a_job(keeper: User, library: Library) -> None:
    api = signed_in(keeper)
    files = [file("a.md"), file("b.docx", b"PK"), file("c.txt", b"Stones rest on stones.")]
    answer = api.post(SOURCES, {"library": "stones", "files": files}, format="multipart")
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert [row["outcome"] for row in read(job)["outcomes"]] == ["ok", "unknown_kind", "ok"]
    rows = api.get(SOURCES, {"library": "stones"}).json()["results"]
    assert [(row["origin"], row["state"], row["position"]) for row in rows] == [
        ("a.md", "ready", 0),
        ("b.docx", "failed", 1),
        ("c.txt", "ready", 2),
    ]
    assert rows[0]["document"] == str(Document.objects.get(source__origin="a.md").pk)
    assert rows[1]["document"] is None
    assert "Markdown" in rows[1]["detail"]


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"url": "https://cairn.example/a"}, ["web"]),
        ({"urls": ["https://cairn.example/a", "https://youtu.be/abcdefghijk"]}, ["web", "youtube"]),
        ({"youtube": "https://youtu.be/abcdefghijk"}, ["youtube"]),
        ({"topic": "cairns", "videos": 2}, []),
    ],
)
def test_addresses_and_topics_are_taken_as_json(
    keeper: User, library: Library, asked: dict[str, Any], kinds: list[str]
) -> None:
    answer = signed_in(keeper).post(SOURCES, {"library": "stones", **asked}, format="json")
    assert answer.status_code == 202
    assert [source.kind for source in Source.objects.all()] == kinds
    assert Job.objects.get().params.get("topic", "") == asked.get("topic", "")


@pytest.mark.parametrize(
    ("asked", "status", "slug"),
    [
        ({}, 422, "no-sources-given"),
        ({"url": "http://169.254.169.254/latest"}, 422, "source-not-usable"),
        ({"url": "ftp://cairn.example/"}, 422, "source-not-usable"),
        ({"youtube": "https://www.youtube.com/@channel"}, 422, "source-not-usable"),
        ({"topic": "x" * 300}, 400, "invalid"),
        ({"videos": 99, "topic": "x"}, 400, "invalid"),
    ],
)
def test_what_cannot_be_added_is_a_problem(
    keeper: User, library: Library, asked: dict[str, Any], status: int, slug: str
) -> None:
    answer = signed_in(keeper).post(SOURCES, {"library": "stones", **asked}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:cairn:problem:{slug}")
    assert not Source.objects.exists()


def test_a_file_over_the_limit_is_that_files_outcome(keeper: User, library: Library, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    files = [file("a.md"), file("b.md", b"stone " * 100)]
    answer = signed_in(keeper).post(SOURCES, {"library": "stones", "files": files}, format="multipart")
    assert [row["outcome"] for row in read(answer.json())["outcomes"]] == ["ok", "too_large"]


def test_an_idempotency_key_starts_one_job(keeper: User, library: Library) -> None:
    api = signed_in(keeper)
    for _ in range(2):
        answer = api.post(
            SOURCES, {"library": "stones", "topic": "x"}, format="json", headers={"Idempotency-Key": "once"}
        )
        assert answer.status_code == 202
    assert Job.objects.count() == 1


def test_a_source_is_read_again_and_removed(keeper: User, library: Library) -> None:
    api = signed_in(keeper)
    read(api.post(SOURCES, {"library": "stones", "files": [file("a.md")]}, format="multipart").json())
    source = Source.objects.get()
    again = api.post(f"{SOURCES}/{source.pk}/refresh")
    assert again.status_code == 202
    assert read(again.json())["unchanged"] == 1
    gone = api.delete(f"{SOURCES}/{source.pk}")
    assert gone.status_code == 202
    assert read(gone.json())["generation"] == 2
    assert not Passage.objects.exists()


def test_a_document_is_read_with_its_blocks_and_passages(
    reader: User, keeper: User, library: Library
) -> None:
    api = signed_in(keeper)
    read(api.post(SOURCES, {"library": "stones", "files": [file("a.md")]}, format="multipart").json())
    row = signed_in(reader).get(DOCUMENTS, {"library": "stones", "is_current": "true"}).json()["results"][0]
    assert "text" not in row
    body = signed_in(reader).get(f"{DOCUMENTS}/{row['id']}").json()
    heading, paragraph = body["blocks"]
    assert body["text"][heading["start"] : heading["end"]] == "Cairns"
    assert (paragraph["kind"], paragraph["level"], paragraph["page"]) == ("paragraph", 0, None)
    assert [passage["heading_path"] for passage in body["passages"]] == [["Cairns"]]


def test_libraries_are_listed_with_what_they_hold(reader: User, library: Library) -> None:
    add_document(library)
    add_library("closed")
    rows = signed_in(reader).get(LIBRARIES).json()["results"]
    assert [(row["key"], row["sources"]) for row in rows] == [("stones", 1)]
    assert signed_in(reader).get(f"{LIBRARIES}/stones").json()["name"] == "Stones"


# --- strangers -------------------------------------------------------------------------------------


def test_a_reader_reads_and_changes_nothing(reader: User, library: Library) -> None:
    source = add_document(library).source
    api = signed_in(reader)
    assert api.get(f"{SOURCES}/{source.pk}").status_code == 200
    assert api.post(SOURCES, {"library": "stones", "topic": "x"}, format="json").status_code == 403
    assert api.post(f"{SOURCES}/{source.pk}/refresh").status_code == 403
    assert api.delete(f"{SOURCES}/{source.pk}").status_code == 403
    assert Source.objects.filter(pk=source.pk).exists()
    assert not Job.objects.exists()


def test_a_stranger_finds_nothing(reader: User) -> None:
    document = add_document(add_library("closed"))
    api = signed_in(reader)
    assert api.get(LIBRARIES).json()["results"] == []
    assert api.get(SOURCES).json()["results"] == []
    assert api.get(DOCUMENTS).json()["results"] == []
    for path in (f"{LIBRARIES}/closed", f"{SOURCES}/{document.source_id}", f"{DOCUMENTS}/{document.pk}"):
        assert api.get(path).status_code == 404
    assert api.delete(f"{SOURCES}/{document.source_id}").status_code == 404
    assert api.post(f"{SOURCES}/{document.source_id}/refresh").status_code == 404
    assert api.post(SOURCES, {"library": "closed", "topic": "x"}, format="json").status_code == 404


@pytest.mark.parametrize("path", [LIBRARIES, SOURCES, DOCUMENTS, f"{SOURCES}/{uuid.UUID(int=0)}"])
def test_who_is_not_signed_in_reads_nothing(path: str) -> None:
    answer = APIClient().get(path)
    assert answer.status_code == 401
    assert json.loads(answer.content)["status"] == 401
