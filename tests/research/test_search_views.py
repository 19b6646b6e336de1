from __future__ import annotations

import shutil
import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from jobs.models import Job
from research.models import Passage, Source
from tests.research.shelves import CALCULUS, RIVERS, add_document, add_indexed_library, add_library

pytestmark = pytest.mark.django_db


def user(name: str) -> User:
    return User.objects.create_user(name, password="a-long-pass-word")


def signed_in(who: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(who)
    return client


def test_search_answers_with_place_and_score() -> None:
    ada = user("ada")
    add_indexed_library(educator=ada)
    answer = signed_in(ada).get(
        "/api/v1/search", {"library": "calculus", "q": "the chain rule", "limit": "2", "heading": ""}
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["library"], body["query"], len(body["results"])) == ("calculus", "the chain rule", 2)
    first = body["results"][0]
    assert first["text"] == CALCULUS[1]
    assert first["heading_path"] == ["Calculus", "Change"]
    assert first["best_window"] == {"start": 0, "end": len(CALCULUS[1])}
    assert first["score"] > first["dense"]
    assert (first["title"], first["kind"], first["page_start"]) == ("Calculus", "markdown", None)


def test_search_filters_by_source_kind_and_heading() -> None:
    ada = user("ada")
    add_indexed_library(educator=ada)
    rivers = Source.objects.get(title="Geography")
    client = signed_in(ada)
    for narrowed in ({"source": str(rivers.pk)}, {"kind": "transcript"}, {"heading": "water"}):
        found = client.get("/api/v1/search", {"library": "calculus", "q": "function", **narrowed}).json()
        assert {row["text"] for row in found["results"]} == set(RIVERS)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"q": ""}, "/q"),
        ({"q": "x" * 2001}, "/q"),
        ({"limit": "0"}, "/limit"),
        ({"limit": "51"}, "/limit"),
        ({"source": "no-uuid"}, "/source"),
        ({"kind": "hologram"}, "/kind"),
        ({"library": ""}, "/library"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(wrong: dict[str, str], pointer: str) -> None:
    asked = {"library": "calculus", "q": "river", **wrong}
    answer = signed_in(user("ada")).get("/api/v1/search", asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


def test_a_strangers_library_cannot_be_searched() -> None:
    add_indexed_library(educator=user("ada"))
    answer = signed_in(user("stranger")).get("/api/v1/search", {"library": "calculus", "q": "river"})
    assert answer.status_code == 404
    assert APIClient().get("/api/v1/search", {"library": "calculus", "q": "river"}).status_code == 401


def test_a_broken_index_is_a_503_that_says_what_to_do(settings: Any) -> None:
    ada = user("ada")
    add_indexed_library(educator=ada)
    shutil.rmtree(settings.INDEX_DIR)
    answer = signed_in(ada).get("/api/v1/search", {"library": "calculus", "q": "river"})
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "manage.py rebuild_index --library calculus" in answer.json()["detail"]
    assert Job.objects.filter(kind="rebuild_index").count() == 1


def test_a_passage_is_read_word_for_word_with_its_link() -> None:
    ada = user("ada")
    library = add_library(educator=ada)
    add_document(
        library, CALCULUS, url="https://www.youtube.com/watch?v=abc", kind="youtube", seconds=[0.0, 61.5, 90]
    )
    passage = Passage.objects.get(ordinal=1)
    body = signed_in(ada).get(f"/api/v1/passages/{passage.pk}").json()
    assert body["text"] == CALCULUS[1]
    assert (body["seconds_start"], body["version"], body["is_current"]) == (61.5, 1, True)
    assert body["link"] == "https://www.youtube.com/watch?v=abc&t=61s"


def test_a_strangers_passage_does_not_exist() -> None:
    add_document(add_library(educator=user("ada")))
    client = signed_in(user("stranger"))
    assert client.get(f"/api/v1/passages/{Passage.objects.all()[0].pk}").status_code == 404
    assert client.get(f"/api/v1/passages/{uuid.uuid4()}").status_code == 404
    assert APIClient().get(f"/api/v1/passages/{Passage.objects.all()[0].pk}").status_code == 401
