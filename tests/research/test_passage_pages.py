from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from research.models import Passage
from tests.research.shelves import CALCULUS, RIVERS, add_document, add_library, add_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = User.objects.create_user("ada", password="a-long-pass-word")
    client.force_login(user)
    return user


def test_the_quote_is_marked_in_its_passage(client: Client, ada: User) -> None:
    add_document(add_library(educator=ada), CALCULUS, headings=["Calculus", "Rules"])
    passage = Passage.objects.get(ordinal=1)
    start = CALCULUS[1].index("chain rule")
    page = client.get(f"/passages/{passage.pk}/", {"start": start, "end": start + 10})
    assert page.status_code == 200
    assert '<mark id="quote">chain rule</mark> differentiates' in page.text
    assert "Calculus › Rules" in page.text
    assert "Passage 2 of 3" in page.text


def test_the_neighbours_are_linked(client: Client, ada: User) -> None:
    add_document(add_library(educator=ada))
    first, middle, last = (passage.pk for passage in Passage.objects.order_by("ordinal"))
    page = client.get(f"/passages/{middle}/").text
    assert f'rel="prev" href="/passages/{first}/"' in page
    assert f'rel="next" href="/passages/{last}/"' in page
    assert "Previous passage" not in client.get(f"/passages/{first}/").text
    assert "Next passage" not in client.get(f"/passages/{last}/").text


def test_a_video_opens_at_the_second(client: Client, ada: User) -> None:
    library = add_library(educator=ada)
    add_document(library, CALCULUS, url="https://youtu.be/abc", seconds=[0, 75, 100])
    page = client.get(f"/passages/{Passage.objects.get(ordinal=1).pk}/").text
    assert 'href="https://youtu.be/abc?t=75s"' in page
    assert "Open the source at 1:15" in page


def test_an_address_that_is_no_web_address_is_never_a_link(client: Client, ada: User) -> None:
    add_document(add_library(educator=ada), url="javascript:alert(1)")
    assert "javascript:" not in client.get(f"/passages/{Passage.objects.all()[0].pk}/").text


@pytest.mark.parametrize(
    "query", ["start=5", "start=9&end=5", "start=0&end=99999", "start=x&end=y", "start=-3&end=2"]
)
def test_offsets_that_are_no_place_mark_nothing(client: Client, ada: User, query: str) -> None:
    add_document(add_library(educator=ada))
    page = client.get(f"/passages/{Passage.objects.all()[0].pk}/?{query}")
    assert page.status_code == 200
    assert "<mark" not in page.text


def test_source_text_is_shown_as_text(client: Client, ada: User) -> None:
    add_document(add_library(educator=ada), ["<script>alert(1)</script> & more"])
    page = client.get(f"/passages/{Passage.objects.get().pk}/", {"start": 0, "end": 8}).text
    assert "<script>alert" not in page
    assert '<mark id="quote">&lt;script&gt;</mark>alert(1)' in page


def test_an_older_version_says_so(client: Client, ada: User) -> None:
    document = add_document(add_library(educator=ada))
    old = document.passages.all()[0]
    add_version(document.source, RIVERS)
    assert "which a newer one has replaced" in client.get(f"/passages/{old.pk}/").text


def test_a_strangers_passage_does_not_exist(client: Client, ada: User) -> None:
    add_document(add_library())
    passage = Passage.objects.all()[0]
    assert client.get(f"/passages/{passage.pk}/").status_code == 404
    client.logout()
    assert client.get(f"/passages/{passage.pk}/").status_code == 302
