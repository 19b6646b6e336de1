from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.models import Enrolment
from mastery.services.enrolling import enrol
from tests.tutor.sea import DAY, NOON, client_of, educator_of, learner_in, link, open_sea, show
from tutor.services.mapping import MapNode, State, concept_map

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject() -> Subject:
    return open_sea()


@pytest.fixture
def enrolment(subject: Subject) -> Enrolment:
    return learner_in(subject, "lea", "surges")


def nodes(enrolment: Enrolment, *, days: float = 0) -> dict[str, MapNode]:
    return {node.key: node for node in concept_map(enrolment, now=NOON + days * DAY).nodes}


def test_a_new_learner_sees_what_is_ready_and_what_blocks_the_rest(enrolment: Enrolment) -> None:
    seen = nodes(enrolment)
    assert {key: node.state for key, node in seen.items()} == {
        "moon": State.READY,
        "tides": State.LOCKED,
        "surges": State.LOCKED,
        "waves": State.READY,
    }
    assert [other.key for other in seen["surges"].blocked_by] == ["tides"]
    assert [other.key for other in seen["surges"].begin_with] == ["moon"]
    assert (seen["surges"].is_goal, seen["moon"].is_goal) == (True, False)
    assert (seen["moon"].is_needed, seen["waves"].is_needed) == (True, False)


def test_states_follow_belief_and_review(enrolment: Enrolment) -> None:
    show(enrolment, "moon", 1.0)
    show(enrolment, "tides", 0.5)
    today, later = nodes(enrolment), nodes(enrolment, days=3)
    assert (today["moon"].state, today["tides"].state) == (State.MASTERED, State.LEARNING)
    assert today["surges"].state is State.LOCKED
    assert later["moon"].state is State.DUE
    assert later["tides"].state is State.LEARNING, "due is not forgotten: it blocks nothing"
    assert later["moon"].belief.p < today["moon"].belief.p
    assert nodes(enrolment, days=400)["moon"].state is State.LEARNING


def test_what_is_mastered_is_not_shown_as_blocked(enrolment: Enrolment) -> None:
    show(enrolment, "surges", 1.0)
    surges = nodes(enrolment)["surges"]
    assert surges.state is State.MASTERED
    assert surges.blocked_by == ()


def test_edges_have_routes_and_redundant_ones_are_named(subject: Subject, enrolment: Enrolment) -> None:
    concepts = {concept.key: concept for concept in subject.concepts.all()}
    link(concepts["moon"], concepts["surges"])
    link(concepts["waves"], concepts["surges"], confidence=0.2, origin="extracted")
    Subject.objects.filter(pk=subject.pk).update(revision=1)
    enrolment.subject.refresh_from_db()
    drawn = concept_map(enrolment, now=NOON)
    names = {node.id: node.key for node in drawn.nodes}
    edges = {(names[edge.prerequisite], names[edge.dependent]): edge for edge in drawn.edges}
    assert edges["moon", "surges"].is_redundant
    assert edges["moon", "surges"].route == ()
    assert len(edges["moon", "tides"].route) == 2
    assert (edges["waves", "surges"].gates, edges["moon", "tides"].gates) == (False, True)
    assert [node.place.layer for node in drawn.nodes] == [0, 1, 2, 0]


def test_the_map_counts_every_state(enrolment: Enrolment) -> None:
    show(enrolment, "moon", 1.0)
    counts = concept_map(enrolment, now=NOON).counts
    assert counts == {"locked": 1, "ready": 2, "learning": 0, "mastered": 1, "due": 0}


def test_the_map_takes_a_fixed_number_of_queries(
    enrolment: Enrolment, django_assert_max_num_queries: object
) -> None:
    show(enrolment, "moon", 1.0)
    concept_map(enrolment, now=NOON)
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        concept_map(enrolment, now=NOON)


def test_the_endpoint_gives_states_beliefs_blockers_edges_and_places(enrolment: Enrolment) -> None:
    show(enrolment, "moon", 1.0, at=timezone.now())
    body = client_of(enrolment.learner).get(f"/api/v1/enrolments/{enrolment.pk}/map").json()
    by_key = {node["key"]: node for node in body["nodes"]}
    assert by_key["moon"]["state"] == "mastered"
    assert by_key["moon"]["belief"]["low"] < by_key["moon"]["belief"]["p"] < by_key["moon"]["belief"]["high"]
    assert by_key["surges"]["blocked_by"][0]["name"] == "Tides"
    assert by_key["tides"]["place"] == {"layer": 1, "order": 0, "x": 0.0, "y": 1.0}
    assert body["edges"][0]["route"]
    assert body["counts"]["locked"] == 1


def test_the_map_is_closed_to_strangers_and_open_to_the_educator(
    enrolment: Enrolment, client: Client
) -> None:
    address = f"/api/v1/enrolments/{enrolment.pk}/map"
    page = f"/subjects/sea/map/{enrolment.pk}/"
    sam = User.objects.create_user("sam")
    assert client_of(sam).get(address).status_code == 404
    assert APIClient().get(address).status_code == 401
    client.force_login(sam)
    assert client.get(page).status_code == 404
    educator = educator_of(enrolment)
    assert client_of(educator).get(address).status_code == 200
    client.force_login(educator)
    shown = client.get(page)
    assert "lea: map of Sea" in shown.content.decode()
    assert "Change your goals" not in shown.content.decode()
    assert not enrolment.decisions.exists(), "looking at another's map decides nothing for them"


def test_a_closed_subject_has_no_map_for_a_stranger(subject: Subject, client: Client) -> None:
    subject.library.is_open = False
    subject.library.save()
    client.force_login(User.objects.create_user("sam"))
    assert client.get("/subjects/sea/map/").status_code == 404
    assert client.post("/subjects/sea/map/start/").status_code == 404
    assert client.post("/subjects/sea/map/goals/").status_code == 404


def test_pages_ask_for_sign_in(subject: Subject, client: Client) -> None:
    for address in ("/subjects/sea/map/", "/subjects/sea/map/start/", "/subjects/sea/map/goals/"):
        assert client.get(address).headers["Location"].startswith("/sign-in/")


def test_a_learner_starts_with_goals_on_the_page_and_changes_them(subject: Subject, client: Client) -> None:
    lea = User.objects.create_user("lea")
    client.force_login(lea)
    assert "Start fresh" in client.get("/subjects/sea/map/").content.decode()
    started = client.post("/subjects/sea/map/start/", {"goals": ["tides", "nonsense"]}, follow=True)
    assert 'Goals: <a href="#tides">Tides</a>.' in started.content.decode()
    changed = client.post("/subjects/sea/map/goals/", {"goals": []}, follow=True)
    assert "Goal: the whole subject." in changed.content.decode()
    client.post("/subjects/sea/map/start/")
    assert Enrolment.objects.filter(learner=lea).count() == 1


def test_the_page_says_in_words_what_the_picture_shows(enrolment: Enrolment, client: Client) -> None:
    show(enrolment, "moon", 1.0, at=timezone.now())
    client.force_login(enrolment.learner)
    page = client.get("/subjects/sea/map/").content.decode()
    assert "Next: Tides" in page
    assert "Why this next?" in page
    assert "Surges waits for Tides." in page
    assert "Ready, but no goal needs it: Waves." in page
    assert "mastered</strong> · belief 91%" in page
    assert 'Waits for <a href="#tides">Tides</a>.' in page


def test_every_box_of_the_picture_names_its_state_and_leads_to_its_place_in_the_list(
    enrolment: Enrolment, client: Client
) -> None:
    client.force_login(enrolment.learner)
    page = client.get("/subjects/sea/map/").content.decode()
    picture = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    boxes = picture.findall("a")
    assert [box.get("aria-label") for box in boxes] == [
        "Moon: ready to learn, comes next",
        "Waves: ready to learn",
        "Tides: locked",
        "Surges: locked, goal",
    ]
    found = Anchors(page)
    for box in boxes:
        key = str(box.get("href")).removeprefix("#")
        assert {key, f"picture-{key}"} <= found.ids
        assert box.find("rect") is not None or box.find("polygon") is not None
    assert len(picture.findall("g/path")) == 2


def test_names_and_summaries_are_escaped(subject: Subject, enrolment: Enrolment, client: Client) -> None:
    hostile = "<script>alert(1)</script>"
    Concept.objects.filter(subject=subject).update(name=hostile, summary=hostile)
    Subject.objects.filter(pk=subject.pk).update(revision=7)
    client.force_login(enrolment.learner)
    assert hostile not in client.get("/subjects/sea/map/").content.decode()


def test_an_empty_subject_says_so(subject: Subject, client: Client) -> None:
    Concept.objects.filter(subject=subject).update(status=Concept.Status.PROPOSED)
    Subject.objects.filter(pk=subject.pk).update(revision=8)
    subject.refresh_from_db()
    lea = User.objects.create_user("lea")
    client.force_login(lea)
    assert "There is nothing to learn here yet" in client.get("/subjects/sea/map/").content.decode()
    enrol(lea, subject=subject)
    assert "no published concepts yet" in client.get("/subjects/sea/map/").content.decode()


class Anchors(HTMLParser):
    """Collects the ids of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids.update(value for name, value in attrs if name == "id" and value)
