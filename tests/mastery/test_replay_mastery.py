from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from concepts.models import Concept
from mastery.models import Belief, Enrolment, ReviewCard
from tests.mastery.conftest import Teach

pytestmark = pytest.mark.django_db


def replay(*arguments: str) -> str:
    out = StringIO()
    call_command("replay_mastery", *arguments, stdout=out)
    return out.getvalue()


def test_a_faithful_database_shows_no_difference_and_ends_with_the_counts(
    show: Teach, moon: Concept, tides: Concept
) -> None:
    show(moon, 1.0)
    show(tides, 1 / 3, days=1)
    assert (
        replay()
        .splitlines()[-1]
        .startswith("2 events of 1 enrolments replayed into 2 beliefs: 0 differences. SHA-256 ")
    )


def test_nothing_to_replay_is_no_error(db: None) -> None:
    assert "0 differences" in replay()


def test_a_tampered_belief_is_reported_with_exit_code_1_and_rewritten_on_demand(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    before = show(moon, 0.0).after.p
    Belief.objects.update(p_mastery=0.99)
    with pytest.raises(CommandError, match="--fix") as refused:
        replay()
    assert refused.value.returncode == 1
    assert enrolment.beliefs.get().p_mastery == 0.99
    with pytest.raises(CommandError, match="They were rewritten"):
        replay("--fix")
    assert enrolment.beliefs.get().p_mastery == before
    assert "0 differences" in replay()


@pytest.mark.parametrize("model", [Belief, ReviewCard])
def test_a_missing_row_is_a_difference_and_comes_back(
    show: Teach, moon: Concept, model: type[Belief] | type[ReviewCard]
) -> None:
    show(moon, 1.0)
    model._default_manager.all().delete()
    with pytest.raises(CommandError):
        replay("--fix")
    assert model._default_manager.count() == 1
    assert "0 differences" in replay()


def test_a_belief_that_no_event_accounts_for_is_removed(show: Teach, moon: Concept, tides: Concept) -> None:
    belief = show(moon, 1.0).event.enrolment.beliefs.get()
    Belief.objects.create(
        enrolment=belief.enrolment,
        concept=tides,
        p_mastery=1,
        low=1,
        high=1,
        state=belief.state,
        parameters=belief.parameters,
    )
    with pytest.raises(CommandError):
        replay("--fix")
    assert list(Belief.objects.values_list("concept__key", flat=True)) == ["moon"]


def test_programs_read_one_json_object(show: Teach, moon: Concept) -> None:
    show(moon, 1.0)
    result = json.loads(replay("--json"))
    assert (result["events"], result["beliefs"], result["differences"]) == (1, 1, 0)
    assert len(result["sha256"]) == 64


def test_events_that_do_not_name_their_means_are_counted(show: Teach, moon: Concept) -> None:
    show(moon, 1.0)
    assert "1 events do not name all the means" in replay()
    assert json.loads(replay("--json"))["unnamed"] == 1
