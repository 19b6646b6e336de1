from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from jobs.models import Job
from research.models import Library, Passage, Source
from tests.fakes.web_site import Page, web_site

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("ingest", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"02-b.md": "# B\n\nSecond.", "01-a.md": "# A\n\nFirst.", "notes.odt": "no"}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_is_read_in_the_order_of_names_with_counts(folder: Path) -> None:
    User.objects.create_user("ada")
    told = run(str(folder), "--library", "letters", "--create", "--name", "The letters", "--educator", "ada")
    assert told.splitlines()[-1] == (
        "2 read, 0 unchanged, 0 failed; 2 texts embedded. letters: 2 documents, 2 passages, generation 1."
    )
    assert [source.title for source in Source.objects.all()] == ["A", "B"]
    library = Library.objects.get()
    assert (library.name, library.educators.get().username) == ("The letters", "ada")
    assert "2 unchanged" in run(str(folder), "--library", "letters")


def test_pages_and_files_are_mixed_and_the_result_is_json(folder: Path, settings: Any) -> None:
    with web_site() as site:
        settings.FETCH_ALLOWED_PRIVATE_HOSTS = [site.host]
        site.pages["/c"] = Page(b"<h1>C</h1><p>Third.</p>")
        answer = run(
            str(folder / "01-a.md"), site.url("/c"), site.url("/gone"), "--library", "l", "--create", "--json"
        )
    assert [row["outcome"] for row in json.loads(answer)["outcomes"]] == ["ok", "ok", "not_found"]


def test_the_work_can_be_left_to_the_worker(folder: Path) -> None:
    assert "Queued as job" in run(str(folder), "--library", "l", "--create", "--queue")
    assert Job.objects.get().state == Job.State.QUEUED
    assert not Passage.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["x.md", "--library", "none"], "no library 'none'. There are: none yet"),
        (["/no/such.md", "--library", "l", "--create"], "no file"),
        (["--library", "l", "--create"], "Name something to add"),
        (["http://10.0.0.1/", "--library", "l", "--create"], "not a public address"),
        (["--library", "l", "--create", "--educator", "nobody"], "no user 'nobody'"),
        (["--library", "l", "--create", "--topic", "cairns"], "youtube-search"),
    ],
)
def test_what_goes_wrong_is_a_sentence(arguments: list[str], told: str, settings: Any) -> None:
    settings.VIDEO_SEARCH = "research.video_search.YtDlpSearch"
    with pytest.raises(CommandError, match=told):
        run(*arguments)


def test_nothing_read_at_all_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.odt").write_text("x")
    with pytest.raises(CommandError, match="no file in"):
        run(str(tmp_path), "--library", "l", "--create")
    with pytest.raises(CommandError, match="None of the sources"):
        run(str(tmp_path / "a.odt"), "--library", "l", "--create")
