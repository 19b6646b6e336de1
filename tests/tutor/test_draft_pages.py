from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, GraphDraft, Revision, Subject
from concepts.services import editing
from mastery.models import Enrolment
from tests.tutor.sea import DAY, educator_of, learner_in, open_sea, show

pytestmark = pytest.mark.django_db
DRAFTS = "/subjects/sea/drafts/"


@pytest.fixture
def sea() -> Subject:
    return open_sea()


@pytest.fixture
def lea(sea: Subject) -> Enrolment:
    enrolment = learner_in(sea, "lea", "surges")
    show(enrolment, "moon", 1.0, at=timezone.now() - DAY / 24)
    return enrolment


@pytest.fixture
def ed(lea: Enrolment) -> User:
    return educator_of(lea)


@pytest.fixture
def page(ed: User) -> Client:
    return as_user(ed)


@pytest.fixture
def draft(page: Client) -> str:
    """The address of an open draft."""
    answer = page.post(DRAFTS, {"title": "Gravity first", "reason": "asked in class"})
    return str(answer.headers["Location"])


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def require(
    page: Client, draft: str, prerequisite: str, dependent: str, verb: str = "add_prerequisite"
) -> str:
    body = {"edge-prerequisite": prerequisite, "edge-verb": verb, "edge-dependent": dependent}
    return page.post(f"{draft}add/prerequisite/", body, follow=True).text


def seen(text: str) -> dict[str, str]:
    """What the page's form would send when a button under it is pressed."""
    return dict(re.findall(r'name="(version|revision)" value="(\d+)"', text))


def test_an_educator_gathers_looks_and_publishes(page: Client, draft: str, sea: Subject) -> None:
    assert "Drafts (1 open)" in page.get("/subjects/sea/").text
    assert "There are none yet." in page.get(draft).text
    assert (
        "It is in the draft now."
        in page.post(f"{draft}add/new-concept/", {"new-name": "Gravity"}, follow=True).text
    )
    text = require(page, draft, "gravity", "tides")
    assert "Add the concept “Gravity”" in text
    assert "Require “Gravity” before “Tides”" in text
    impact = page.get(f"{draft}impact/").text
    assert "<strong>1 of 1 learner</strong>" in impact
    assert re.search(r"lea</a></th>\s*<td data-label=\"Next\">Tides → <strong>Gravity</strong>", impact)
    published = page.post(f"{draft}close/", {"publish": "1", **seen(text)}, follow=True).text
    assert "Published as revision 1." in published
    assert "Take out" not in published
    assert Revision.objects.get().reason == "Gravity first: asked in class"
    assert "published as revision 1" in page.get(DRAFTS).text


def test_a_circle_is_told_in_the_form_and_nothing_is_added(page: Client, draft: str) -> None:
    answer = page.post(
        f"{draft}add/prerequisite/",
        {"edge-prerequisite": "surges", "edge-verb": "add_prerequisite", "edge-dependent": "moon"},
    )
    assert answer.status_code == 422
    assert "Moon → Tides → Surges → Moon" in answer.text
    assert "<details open>" in answer.text
    assert GraphDraft.objects.get().operations == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"concept": "moon", "verb": "rename", "name": "The Moon"}, "Change “Moon”: call it “The Moon”"),
        ({"concept": "moon", "verb": "rename"}, "Say what it shall be called."),
        ({"concept": "moon", "verb": "rejected"}, "Change “Moon”: reject it"),
        ({"concept": "moon", "verb": "remove", "reason": "not taught"}, "Take out “Moon”"),
        ({"concept": "mars", "verb": "remove"}, "Select a valid choice"),
        ({"concept": "moon", "verb": "explode"}, "Select a valid choice"),
    ],
)
def test_a_concept_is_changed_in_words(page: Client, draft: str, fields: dict[str, str], told: str) -> None:
    body = {f"concept-{name}": value for name, value in fields.items()}
    assert told in page.post(f"{draft}add/concept/", body, follow=True).text


def test_a_found_edge_is_confirmed_or_rejected_and_an_edge_ended(page: Client, draft: str) -> None:
    assert "Reject: “Moon” before “Tides”" in require(page, draft, "moon", "tides", "rejected")
    assert "Accept: “Moon” before “Tides”" in require(page, draft, "moon", "tides", "accepted")
    assert "No longer require “Tides” before “Surges”" in require(
        page, draft, "tides", "surges", "remove_prerequisite"
    )
    assert "No prerequisite says" in require(page, draft, "moon", "waves", "accepted")


def test_operations_are_moved_and_taken_out(page: Client, draft: str) -> None:
    for name in ("One", "Two"):
        page.post(f"{draft}add/new-concept/", {"new-name": name})
    page.post(f"{draft}operations/2/", {"earlier": "1"})
    assert [row["number"] for row in GraphDraft.objects.get().operations] == [2, 1]
    page.post(f"{draft}operations/2/", {"earlier": "1"})  # it is the first already
    page.post(f"{draft}operations/2/", {"out": "1"})
    assert [row["number"] for row in GraphDraft.objects.get().operations] == [1]
    assert page.post(f"{draft}operations/2/", {"out": "1"}).status_code == 404


def test_what_no_longer_fits_is_told_where_the_impact_would_be(
    page: Client, draft: str, sea: Subject, ed: User
) -> None:
    require(page, draft, "waves", "tides")
    editing.remove_concept(sea.concepts.get(key="waves"), author=ed)
    Concept.objects.filter(key="waves").delete()
    text = page.get(f"{draft}impact/", headers={"HX-Request": "true"}).text
    assert "It cannot be published as it is." in text
    assert "no concept with the key “waves”" in text
    assert "<html" not in text


def test_what_was_not_seen_is_not_published(page: Client, draft: str, sea: Subject, ed: User) -> None:
    page.post(f"{draft}add/new-concept/", {"new-name": "Gravity"})
    before = seen(page.get(draft).text)
    editing.add_concept(sea, name="Wind", author=ed)
    assert page.post(f"{draft}close/", {"publish": "1", **before}).status_code == 412
    assert "look at it again" in page.post(f"{draft}close/", {"publish": "1"}, follow=True).text
    assert "look at it again" in page.post(f"{draft}close/", {"version": "x"}, follow=True).text
    assert GraphDraft.objects.get().is_open


def test_a_draft_is_discarded(page: Client, draft: str) -> None:
    text = page.get(draft).text
    assert (
        "the graph is as it was"
        in page.post(f"{draft}close/", {"discard": "1", **seen(text)}, follow=True).text
    )
    assert "discarded" in page.get(DRAFTS).text


def posts(draft: str) -> list[str]:
    return [DRAFTS, f"{draft}add/new-concept/", f"{draft}operations/1/", f"{draft}close/"]


def test_learners_and_strangers_come_to_no_draft(draft: str, lea: Enrolment, sea: Subject) -> None:
    sea.library.is_open = False
    sea.library.save()
    stranger = as_user(User.objects.create_user("sam", role="educator"))
    assert as_user(lea.learner).get(DRAFTS).status_code == 404
    sea.library.is_open = True
    sea.library.save()
    learner = as_user(lea.learner)
    for path in (DRAFTS, draft, f"{draft}impact/"):
        assert learner.get(path).status_code == 403
        assert Client().get(path).headers["Location"].startswith("/sign-in/")
    for path in posts(draft):
        assert learner.post(path, {"version": 0, "revision": 0, "title": "x"}).status_code == 403
    assert "Drafts" not in learner.get("/subjects/sea/").text
    sea.library.is_open = False
    sea.library.save()
    for path in (DRAFTS, draft, f"{draft}impact/"):
        assert stranger.get(path).status_code == 404
    for path in posts(draft):
        assert stranger.post(path, {}).status_code == 404
    assert GraphDraft.objects.get().version == 0


def test_a_researcher_looks_and_sees_numbers_only(draft: str, page: Client, sea: Subject) -> None:
    require(page, draft, "waves", "tides")
    researcher = User.objects.create_user("rae", role="researcher")
    sea.researchers.add(researcher)
    client = as_user(researcher)
    text = client.get(draft).text
    assert "Publish as" not in text
    assert "Put it into the draft" not in text
    impact = client.get(f"{draft}impact/").text
    assert "1 of those it touches is in no class of yours" in impact
    assert "lea</a>" not in impact
    for path in posts(draft):
        assert client.post(path, {"version": 0, "revision": 0}).status_code == 403


def test_an_unknown_form_is_no_page_and_names_are_text(page: Client, draft: str) -> None:
    assert page.post(f"{draft}add/anything/", {}).status_code == 404
    page.post(f"{draft}add/new-concept/", {"new-name": "<script>alert(1)</script>"})
    text = page.get(draft).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "<script>alert" not in page.get(f"{draft}impact/").text
