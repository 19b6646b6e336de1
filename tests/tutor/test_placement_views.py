from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from mastery.models import Enrolment, Placement, PlacementQuestion
from mastery.services import placing as beliefs
from tests.tutor.quay import open_quay, right_answer, someone_at
from tests.tutor.sea import client_of, educator_of
from tutor.models import PracticeItem
from tutor.services import placing

pytestmark = pytest.mark.django_db
ACTIONS = ("answers", "back", "stop")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    beliefs.forget_kept_beliefs()
    yield
    beliefs.forget_kept_beliefs()


@pytest.fixture
def enrolment() -> Enrolment:
    return someone_at(open_quay())


@pytest.fixture
def client(enrolment: Enrolment) -> APIClient:
    return client_of(enrolment.learner)


@pytest.fixture
def placement(enrolment: Enrolment) -> Placement:
    return placing.start(enrolment, user=enrolment.learner, seed=3)


@pytest.fixture
def browser(enrolment: Enrolment) -> Client:
    browser = Client()
    browser.force_login(enrolment.learner)
    return browser


def url(placement: Placement, action: str = "") -> str:
    return f"/api/v1/placements/{placement.pk}" + (f"/{action}" if action else "")


def begin(client: APIClient, enrolment: Enrolment) -> Any:
    return client.post(f"/api/v1/enrolments/{enrolment.pk}/placements")


def stranger() -> User:
    return User.objects.create_user("nobody", password="x")


def test_a_learner_goes_through_the_whole_of_it(client: APIClient, enrolment: Enrolment) -> None:
    made = begin(client, enrolment)
    assert made.status_code == 201
    shown, address = made.json(), f"/api/v1/placements/{made.json()['placement']['id']}"
    replies = 0
    while shown["question"]:
        assert shown["result"] is None
        asked = PlacementQuestion.objects.get(pk=shown["question"]["id"])
        said = {"question": shown["question"]["id"]}
        knows = asked.concept.key in ("harbour", "sail0", "sail1")
        said |= {"answer": right_answer(asked)} if knows else {"reply": "unknown"}
        answered = client.post(f"{address}/answers", said)
        assert answered.status_code == 200, answered.json()
        shown, replies = answered.json(), replies + 1
    assert shown["asked"] == replies <= shown["most"]
    assert shown["placement"]["ended"]
    assert shown["result"]["questions"][0]["why"]
    names = {one["concept"]["name"] for one in shown["result"]["known"]}
    assert names <= {"harbour", "sail0", "sail1"}
    assert client.get(address).json()["result"] == shown["result"]


def test_the_question_gives_neither_its_concept_nor_its_answer_away(
    client: APIClient, placement: Placement
) -> None:
    shown = client.get(url(placement)).json()["question"]
    assert set(shown) == {"id", "number", "kind", "stem", "hint", "code", "options"}
    assert right_answer(placement.questions.get()) not in str(shown)


def test_beginning_twice_is_one_placement(client: APIClient, enrolment: Enrolment) -> None:
    first, second = begin(client, enrolment).json(), begin(client, enrolment).json()
    assert first["placement"]["id"] == second["placement"]["id"]
    assert first["question"] == second["question"]


def test_back_stop_and_what_is_refused_are_told_as_problems(client: APIClient, placement: Placement) -> None:
    assert client.post(url(placement, "back")).json()["type"] == "urn:cairn:problem:nothing-to-go-back-to"
    question = client.get(url(placement)).json()["question"]["id"]
    wrong = client.post(url(placement, "answers"), {"question": str(uuid.uuid4()), "answer": "x"})
    assert (wrong.status_code, wrong.json()["open_question"]) == (409, question)
    assert client.post(url(placement, "answers"), {"question": question, "answer": ""}).status_code == 422
    assert client.post(url(placement, "answers"), {"answer": "x"}).status_code == 400
    skipped = client.post(url(placement, "answers"), {"question": question, "reply": "skipped"})
    assert skipped.json()["question"]["id"] != question
    assert client.post(url(placement, "back")).json()["question"]["id"] == question
    stopped = client.post(url(placement, "stop")).json()
    assert stopped["placement"]["ended"] == "stopped"
    assert client.post(url(placement, "stop")).json() == stopped
    late = client.post(url(placement, "answers"), {"question": question, "answer": "x"})
    assert (late.status_code, late.json()["type"]) == (409, "urn:cairn:problem:placement-has-ended")


def test_an_educator_looks_on_and_cannot_answer_or_move_it(
    placement: Placement, enrolment: Enrolment
) -> None:
    educator = client_of(educator_of(enrolment))
    shown = educator.get(url(placement)).json()
    assert (shown["question"], shown["is_preparing"]) == (None, False)
    assert not placement.questions.exists()
    assert [educator.post(url(placement, action)).status_code for action in ACTIONS] == [404, 404, 404]
    assert begin(educator, enrolment).status_code == 404
    assert len(educator.get("/api/v1/placements").json()["results"]) == 1


def test_for_a_stranger_there_is_no_placement(placement: Placement, enrolment: Enrolment) -> None:
    other = client_of(stranger())
    assert other.get(url(placement)).status_code == 404
    assert [other.post(url(placement, action)).status_code for action in ACTIONS] == [404, 404, 404]
    assert begin(other, enrolment).status_code == 404
    assert other.get("/api/v1/placements").json()["results"] == []


def test_who_is_not_signed_in_is_told_so(placement: Placement, enrolment: Enrolment) -> None:
    nobody = APIClient()
    assert nobody.get("/api/v1/placements").status_code in (401, 403)
    assert nobody.get(url(placement)).status_code in (401, 403)
    assert begin(nobody, enrolment).status_code in (401, 403)


def test_the_pages_lead_from_the_start_through_the_questions_to_the_map(
    browser: Client, enrolment: Enrolment
) -> None:
    page = browser.post("/subjects/quay/placement/", follow=True)
    placement = enrolment.placements.get()
    answered = 0
    while enrolment.placements.open().exists():
        question = placement.questions.get(outcome="open")
        said = {"question": str(question.pk), "answer": right_answer(question), "do": "answer"}
        page = browser.post(f"/placements/{placement.pk}/answer/", said, follow=True)
        answered += 1
    told = page.content.decode()
    assert "Why each question was asked" in told
    assert "Go to your map" in told
    assert f"After {answered} question" in told
    drawn = browser.get("/subjects/quay/map/").content.decode()
    assert "What was found out on" in drawn
    assert "concluded from what was shown of other concepts" in drawn


def test_a_form_sent_twice_or_from_another_window_leads_to_the_open_question(
    browser: Client, placement: Placement
) -> None:
    browser.get(f"/placements/{placement.pk}/")
    first = placement.questions.get()
    form = {"question": str(first.pk), "do": "unknown"}
    for _ in range(2):
        page = browser.post(f"/placements/{placement.pk}/answer/", form, follow=True)
    assert page.context["question"]["number"] == 2
    assert "answered already" in page.content.decode()
    assert placement.questions.count() == 2
    browser.post(f"/placements/{placement.pk}/stop/")
    late = browser.post(f"/placements/{placement.pk}/answer/", form, follow=True)
    assert "Go to your map" in late.content.decode()


@pytest.mark.parametrize("form", [{}, {"question": "x"}, {"question": "x", "do": "y"}])
def test_nonsense_changes_nothing(browser: Client, placement: Placement, form: dict[str, str]) -> None:
    browser.get(f"/placements/{placement.pk}/")
    page = browser.post(f"/placements/{placement.pk}/answer/", form, follow=True)
    assert page.status_code == 200
    assert placement.questions.get().outcome == "open"


def test_an_empty_answer_keeps_the_question_and_says_what_to_do(
    browser: Client, placement: Placement
) -> None:
    browser.get(f"/placements/{placement.pk}/")
    question = placement.questions.get()
    page = browser.post(f"/placements/{placement.pk}/answer/", {"question": str(question.pk), "answer": " "})
    assert page.status_code == 422
    assert "choose “I do not know”" in page.content.decode()


def test_back_and_stop_on_the_pages(browser: Client, placement: Placement) -> None:
    address = f"/placements/{placement.pk}/"
    browser.get(address)
    first = placement.questions.get()
    browser.post(f"{address}answer/", {"question": str(first.pk), "do": "skip"}, follow=True)
    assert browser.post(f"{address}back/", follow=True).context["question"]["id"] == first.pk
    stopped = browser.post(f"{address}stop/", follow=True).content.decode()
    assert "The questions were stopped early" in stopped
    assert browser.post(f"{address}back/", follow=True).status_code == 200


def test_pages_of_others_are_not_there_and_an_educator_only_looks(
    placement: Placement, enrolment: Enrolment
) -> None:
    address = f"/placements/{placement.pk}/"
    other, educator = Client(), Client()
    other.force_login(stranger())
    educator.force_login(educator_of(enrolment))
    assert other.get(address).status_code == 404
    assert other.post("/subjects/quay/placement/").status_code == 404
    assert "is answering" in educator.get(address).content.decode()
    for client in (other, educator):
        for action in ("answer", "back", "stop"):
            assert client.post(f"{address}{action}/").status_code == 404
    assert Client().get(address).headers["Location"].startswith("/sign-in/")


def test_enrolling_may_lead_straight_to_the_questions() -> None:
    open_quay()
    lea = Client()
    lea.force_login(User.objects.create_user("lea"))
    page = lea.post("/subjects/quay/map/start/", {"place": "1", "goals": ["knot3"]}, follow=True)
    assert page.context["question"]["number"] == 1
    assert set(Placement.objects.get().frame["concepts"]) == {
        str(item.concept_id)
        for item in PracticeItem.objects.filter(concept__key__in=["harbour", *(f"knot{n}" for n in range(4))])
    }
