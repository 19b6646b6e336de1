"""What comes after a placement: reports, fits and exports read its log, and its learner can be forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.services.homes import homes_of
from mastery.edge_weights import edge_trials
from mastery.errors import LearnerForgotten
from mastery.models import Enrolment, MasteryEvent, Placement
from mastery.parameter_fitting import losses
from mastery.parameters import Parameters
from mastery.services.folding import observations_in_log
from mastery.services.forgetting import forget_learner
from tests.tutor.quay import open_quay, right_answer, someone_at
from tutor.services import placing

pytestmark = pytest.mark.django_db
Kind = MasteryEvent.Kind


def begun(*, answers: int) -> Placement:
    """A placement with some right answers and a question that is open."""
    enrolment = someone_at(open_quay())
    placement = placing.start(enrolment, user=enrolment.learner, seed=1)
    for _ in range(answers):
        asked = placing.standing_of(placement).question
        assert asked
        placing.answer(placement, question=asked.pk, given=right_answer(asked))
    assert placing.standing_of(placement).question
    return placement


@pytest.fixture
def placed(db: None) -> Enrolment:
    placement = begun(answers=3)
    placing.stop(placement)
    assert placement.enrolment.events.filter(kind=Kind.PLACEMENT).exists()
    return placement.enrolment


@pytest.fixture
def client(placed: Enrolment) -> APIClient:
    researcher = User.objects.create_user("rae", role=User.Role.RESEARCHER)
    placed.subject.researchers.add(researcher)
    client = APIClient()
    client.force_login(researcher)
    return client


def test_what_was_concluded_is_no_answer_to_be_predicted(client: APIClient, placed: Enrolment) -> None:
    told = client.get("/api/v1/research/calibration", {"subject": str(placed.subject_id)}).json()
    assert told["overall"]["answers"] == 3
    assert client.get("/subjects/quay/research/").status_code == 200


@pytest.mark.parametrize("format_name", ["datashop", "pybkt", "xapi"])
def test_what_was_concluded_is_no_try_in_a_file(client: APIClient, format_name: str) -> None:
    answer: Any = client.get("/api/v1/research/events/export", {"as": format_name})
    assert answer.status_code == 200
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 3 + (format_name != "xapi")
    assert MasteryEvent.objects.tries().count() == 3


def test_a_fit_reads_a_log_with_a_placement_in_it(placed: Enrolment) -> None:
    log = list(observations_in_log(placed, homes=homes_of(placed.subject_id)))
    assert len(log) > 3
    (_, answers), *others = losses([("lea", log)], parameters=Parameters())
    assert (answers, others) == (3, [])
    with_prerequisites = [seen for seen in log if seen.prerequisites and seen.kind.is_answer]
    assert len(edge_trials(log, parameters=Parameters())) == len(with_prerequisites)


def test_nothing_more_is_said_in_the_placement_of_a_forgotten_learner(db: None) -> None:
    placement = begun(answers=1)
    asked = placement.questions.get(outcome="open")
    forget_learner("lea", now=timezone.now())
    stale = Placement.objects.get(pk=placement.pk)
    for act in (
        lambda: placing.answer(stale, question=asked.pk, given="my secret"),
        lambda: placing.go_back(stale),
        lambda: placing.stop(stale),
    ):
        with pytest.raises(LearnerForgotten):
            act()
    assert not stale.questions.filter(given__isnull=False).exists()
    assert not MasteryEvent.objects.exists()
