from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from mastery.models import Enrolment
from mastery.services.enrolling import set_goals
from tests.tutor.sea import DAY, NOON, client_of, educator_of, learner_in, open_sea, show
from tests.tutor.test_golden_map import drawn_subject, studied
from tutor.map_bodies import map_body, next_body
from tutor.map_serializers import ConceptMapSerializer, NextSerializer
from tutor.services import choosing
from tutor.services.choosing import answer_tag, basis_of, decide
from tutor.services.mapping import concept_map

pytestmark = pytest.mark.django_db


def as_serialised(serializer: Any) -> Any:
    return json.loads(JSONRenderer().render(serializer.data))


@pytest.mark.parametrize("goals", [(), ("c9", "c17")])
def test_the_map_is_written_as_its_serializer_would(goals: tuple[str, ...]) -> None:
    enrolment = studied(drawn_subject(), *goals)
    drawn = concept_map(enrolment, now=NOON + 2 * DAY)
    fields = ("as_of", "counts", "width", "height", "nodes", "edges")
    head = {"enrolment": enrolment.pk, "subject": enrolment.subject_id, "revision": 0}
    expected = as_serialised(ConceptMapSerializer(head | {name: getattr(drawn, name) for name in fields}))
    written = json.loads(map_body(enrolment, drawn))
    assert written == expected
    assert list(written) == list(expected)
    assert [list(node) for node in written["nodes"]] == [list(node) for node in expected["nodes"]]


@pytest.mark.parametrize("goals", [(), ("c9", "c17")])
@pytest.mark.parametrize("days", [0, 1, 2, 400])
def test_a_decision_is_written_as_its_serializer_would(goals: tuple[str, ...], days: int) -> None:
    enrolment = studied(drawn_subject(), *goals)
    decision = decide(enrolment, now=NOON + days * DAY)
    assert json.loads(next_body(enrolment, decision)) == as_serialised(NextSerializer(decision))


def test_a_decision_without_a_concept_or_with_one_that_was_withdrawn_is_written_too() -> None:
    enrolment = learner_in(open_sea(), "lea", "moon")
    moon = decide(enrolment, now=NOON)
    enrolment.subject.concepts.filter(key="moon").update(status="rejected")
    enrolment.subject.revision += 1
    assert json.loads(next_body(enrolment, moon)) == as_serialised(NextSerializer(moon))
    nothing = decide(enrolment, now=NOON)
    assert json.loads(next_body(enrolment, nothing))["concept"] is None


@pytest.fixture
def enrolment() -> Enrolment:
    return learner_in(open_sea(), "lea", "surges")


@pytest.fixture
def client(enrolment: Enrolment, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    monkeypatch.setattr(choosing, "ANSWERS_LAST_S", 10**9)  # no test may straddle a minute
    return client_of(enrolment.learner)


@pytest.mark.parametrize("what", ["map", "next"])
def test_an_answer_holds_until_something_happens(client: APIClient, enrolment: Enrolment, what: str) -> None:
    address = f"/api/v1/enrolments/{enrolment.pk}/{what}"
    first = client.get(address)
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    show(enrolment, "moon", 1.0)
    after = client.get(address, headers={"if-none-match": first["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != first["ETag"]


def tag_of(enrolment: Enrolment, *, now: datetime) -> str:
    return answer_tag(enrolment, basis=basis_of(enrolment), now=now)


def test_goals_revisions_thresholds_gates_and_minutes_make_another_tag(enrolment: Enrolment) -> None:
    tags = [tag_of(enrolment, now=NOON), tag_of(enrolment, now=NOON + DAY / 24 / 60)]
    set_goals(enrolment, goals=[])
    tags.append(tag_of(enrolment, now=NOON))
    for name, value in (("revision", 1), ("mastery_threshold", 0.8), ("gate_confidence", 0.7)):
        setattr(enrolment.subject, name, value)
        tags.append(tag_of(enrolment, now=NOON))
    assert len(set(tags)) == len(tags)
    assert tag_of(enrolment, now=NOON + DAY / 24 / 61) == tags[-1]


@pytest.mark.parametrize("what", ["map", "next"])
def test_a_tag_opens_nothing_to_a_stranger(client: APIClient, enrolment: Enrolment, what: str) -> None:
    address = f"/api/v1/enrolments/{enrolment.pk}/{what}"
    tag = {"if-none-match": client.get(address)["ETag"]}
    stranger = learner_in(enrolment.subject, "sam").learner
    assert client_of(stranger).get(address, headers=tag).status_code == 404
    assert APIClient().get(address, headers=tag).status_code == 401
    assert client_of(educator_of(enrolment)).get(address, headers=tag).status_code == 304


@pytest.mark.parametrize(("what", "queries"), [("map", 5), ("next", 6)])
def test_an_answer_takes_a_fixed_number_of_queries(
    client: APIClient, enrolment: Enrolment, what: str, queries: int, django_assert_num_queries: Any
) -> None:
    address = f"/api/v1/enrolments/{enrolment.pk}/{what}"
    show(enrolment, "moon", 1.0)
    tag = client.get(address)["ETag"]
    with django_assert_num_queries(queries):
        client.get(address)
    with django_assert_num_queries(3):
        client.get(address, headers={"if-none-match": tag})
