from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from mastery.models import Enrolment
from mastery.services.enrolling import set_goals
from tests.tutor.sea import DAY, NOON, client_of, educator_of, learner_in, open_sea, show
from tutor.decisions import Action
from tutor.models import Decision
from tutor.services.choosing import choose, decide, situation_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment() -> Enrolment:
    return learner_in(open_sea(), "lea", "surges")


def key_of(decision: Decision) -> str | None:
    return decision.concept.key if decision.concept else None


def test_the_way_leads_from_the_first_concept_to_done(enrolment: Enrolment) -> None:
    now = NOON
    seen: list[str] = []
    while (decision := decide(enrolment, now=now)).concept and len(seen) < 10:
        seen.append(decision.concept.key)
        show(enrolment, decision.concept.key, 1.0, at=now)
    assert seen == ["moon", "tides", "surges", "surges"]
    actions = list(enrolment.decisions.order_by("created_at", "id").values_list("action", flat=True))
    assert actions == [Action.TEACH, Action.TEACH, Action.TEACH, Action.CONFIRM, Action.DONE]
    assert decision.record["reason"] == "All your goals are mastered: Surges. Nothing is due for review."


def test_the_record_names_what_the_decision_rests_on(enrolment: Enrolment) -> None:
    record = decide(enrolment, now=NOON).record
    assert record["basis"]["events"] == 0
    assert record["as_of"] == NOON.isoformat()
    assert [locked["name"] for locked in record["locked"]] == ["Tides", "Surges"]
    assert record["left_out"] == ["Waves"]


def test_asking_again_stores_nothing_until_something_happens(enrolment: Enrolment) -> None:
    first = decide(enrolment, now=NOON)
    assert decide(enrolment, now=NOON + DAY) == first
    show(enrolment, "moon", 0.0)
    assert decide(enrolment, now=NOON) != first
    assert enrolment.decisions.count() == 2


def test_changed_goals_make_a_new_decision(enrolment: Enrolment) -> None:
    decide(enrolment, now=NOON)
    set_goals(enrolment, goals=[enrolment.subject.concepts.get(key="waves")])
    assert key_of(decide(enrolment, now=NOON)) == "waves"


def test_done_stays_done_until_something_is_due(enrolment: Enrolment) -> None:
    for hour, key in enumerate(["moon", "tides", "surges", "surges"]):
        show(enrolment, key, 1.0, at=NOON + hour * DAY / 24)
        decide(enrolment, now=NOON + hour * DAY / 24)
    asked = [decide(enrolment, now=NOON + hours * DAY / 24).record["action"] for hours in (4, 24, 40)]
    assert asked == [Action.DONE] * 3
    assert decide(enrolment, now=NOON + 9 * DAY).record["action"] == Action.REVIEW


def test_what_falls_due_is_reviewed_first_once_it_has_faded(enrolment: Enrolment) -> None:
    show(enrolment, "moon", 1.0)
    assert key_of(decide(enrolment, now=NOON)) == "tides"
    assert key_of(decide(enrolment, now=NOON + 3 * DAY)) == "tides"
    later = decide(enrolment, now=NOON + 6 * DAY)
    assert (key_of(later), later.record["action"]) == ("moon", Action.REVIEW)


def test_a_doubted_prerequisite_comes_first_and_the_graph_of_that_day_decides(enrolment: Enrolment) -> None:
    show(enrolment, "moon", 1.0)
    for hour in (1, 2):
        show(enrolment, "tides", 0.0, at=NOON + hour * DAY / 24)
    decision = decide(enrolment, now=NOON + DAY / 8)
    assert (key_of(decision), decision.record["action"]) == ("moon", Action.REMEDIATE)
    assert "you missed Tides 2 times in a row" in decision.record["reason"]


def test_looking_without_deciding_stores_nothing(enrolment: Enrolment) -> None:
    assert choose(enrolment, now=NOON).action is Action.TEACH
    assert not enrolment.decisions.exists()
    assert situation_of(enrolment, now=NOON).recent == []


def test_the_endpoint_returns_the_whole_record(enrolment: Enrolment) -> None:
    answer = client_of(enrolment.learner).get(f"/api/v1/enrolments/{enrolment.pk}/next")
    assert answer.status_code == 200
    body = answer.json()
    assert body["concept"]["key"] == "moon"
    assert body["action"] == "teach"
    assert body["frontier"][0]["reasons"]
    assert body["changes"][0] == "Once Moon is mastered, Tides comes next."
    assert body["id"] == str(enrolment.decisions.get().pk)


def test_the_endpoint_is_closed_to_strangers_and_open_to_the_educator(enrolment: Enrolment) -> None:
    address = f"/api/v1/enrolments/{enrolment.pk}/next"
    assert client_of(User.objects.create_user("sam")).get(address).status_code == 404
    assert APIClient().get(address).status_code == 401
    assert client_of(educator_of(enrolment)).get(address).status_code == 200


def test_the_clock_of_the_service_is_used_by_the_endpoint(enrolment: Enrolment) -> None:
    body = client_of(enrolment.learner).get(f"/api/v1/enrolments/{enrolment.pk}/next").json()
    assert abs(datetime.fromisoformat(body["as_of"]) - timezone.now()) < DAY
