from __future__ import annotations

import json

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Subject
from mastery.models import Experiment
from mastery.services import experimenting
from tests.mastery.conftest import DAY, NOON, client_of

pytestmark = pytest.mark.django_db

API = "/api/v1/experiments"


@pytest.fixture
def experiment(subject: Subject) -> Experiment:
    plan = {
        "key": "closer-first",
        "subject": "sea",
        "hypothesis": "Learners remember more when what is close to the goal comes first.",
        "salt": "a salt of its own",
        "arms": [
            {"name": "as-now", "share": 0.5},
            {"name": "higher", "share": 0.5, "mastery_threshold": 0.95},
        ],
        "outcomes": ["concepts_shown", "recall_7"],
        "sample_size": 40,
        "start": NOON.isoformat(),
        "end": (NOON + 20 * DAY).isoformat(),
    }
    return experimenting.register(json.dumps(plan), now=NOON - DAY)


def test_a_researcher_reads_the_plan_and_its_analysis(
    experiment: Experiment, researcher: User, subject: Subject
) -> None:
    client = client_of(researcher)
    (row,) = client.get(API, {"subject": str(subject.pk)}).json()["results"]
    assert (row["key"], row["plan_hash"]) == ("closer-first", experiment.plan_hash)
    assert client.get(f"{API}/{experiment.pk}").json()["plan"]["sample_size"] == 40
    told = client.get(f"{API}/{experiment.pk}/analysis").json()
    assert told["assigned"] == 0
    assert [one["outcome"] for one in told["outcomes"]] == ["concepts_shown", "recall_7"]
    assert told["outcomes"][0]["arms"][0]["difference"] is None
    assert [row["recall"]["due"] for row in told["recall"]] == [0, 0]


def test_others_do_not_know_of_it(
    experiment: Experiment, stranger: User, educator: User, learner: User
) -> None:
    for user in (stranger, educator, learner):
        client = client_of(user)
        assert client.get(API).json()["results"] == []
        assert client.get(f"{API}/{experiment.pk}").status_code == 404
        assert client.get(f"{API}/{experiment.pk}/analysis").status_code == 404
    assert APIClient().get(f"{API}/{experiment.pk}/analysis").status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_request_changes_a_plan(method: str, experiment: Experiment, researcher: User) -> None:
    client = client_of(researcher)
    assert getattr(client, method)(f"{API}/{experiment.pk}", {}).status_code == 405
    assert client.post(API, {}).status_code == 405


def test_a_plan_that_was_tampered_with_is_not_analysed(experiment: Experiment, researcher: User) -> None:
    changed = experiment.plan | {"sample_size": 4}
    Experiment.objects.all()._raw_delete("default")
    Experiment.objects.bulk_create([Experiment(**_values(experiment) | {"plan": changed})])
    refused = client_of(researcher).get(f"{API}/{experiment.pk}/analysis")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:cairn:problem:plan-changed")


def _values(experiment: Experiment) -> dict[str, object]:
    names = [field.attname for field in Experiment._meta.concrete_fields]
    return {name: getattr(experiment, name) for name in names}
