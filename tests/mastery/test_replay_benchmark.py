from __future__ import annotations

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from concepts.models import Concept
from mastery.models import Enrolment, MasteryEvent
from mastery.replay_benchmark import shares_of
from mastery.services.replaying import replay_all
from tests.mastery.conftest import Teach

pytestmark = pytest.mark.django_db
SMALL = ["--events", "240", "--learners", "12", "--concepts", "15", "--alone", "60"]


def measured(*arguments: str) -> str:
    out = StringIO()
    call_command("benchmark_replay", *SMALL, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_both_orders_of_arrival_give_the_same_bytes_and_nothing_stays() -> None:
    row = json.loads(measured("--json"))
    assert (row["orders_agree"], row["differences"], row["events"]) == (1, 0, 240)
    assert row["recorded_alone"] > 30
    assert row["alone_logs"] > 0, "some logs must stand as event by event has made them"
    assert not MasteryEvent.objects.exists()
    assert not Enrolment.objects.exists()


def test_the_same_seed_gives_the_same_digest_and_another_one_another() -> None:
    first, again, other = (
        json.loads(measured("--json", "--seed", seed))["sha256"] for seed in ("1", "1", "2")
    )
    assert first == again != other


def test_what_is_kept_replays_to_the_digest_that_was_printed() -> None:
    table = measured("--keep")
    last = dict(pair.split("=") for pair in table.splitlines()[-1].split())
    assert last["orders_agree"] == "1"
    out = StringIO()
    call_command("replay_mastery", "--json", stdout=out)
    replayed = json.loads(out.getvalue())
    assert (replayed["sha256"], replayed["events"]) == (last["sha256"], 240)


def test_sizes_that_measure_nothing_are_refused() -> None:
    with pytest.raises(CommandError, match="at least one") as refused:
        measured("--learners", "0")
    assert refused.value.returncode == 2


@pytest.mark.parametrize(("events", "learners"), [(1, 1), (3, 10), (100_000, 500)])
def test_every_event_falls_to_somebody(events: int, learners: int) -> None:
    shares = shares_of(events, learners=learners)
    assert sum(shares) == events
    assert min(shares) >= 0


def test_an_event_that_bears_an_id_from_elsewhere_is_recorded_once(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    name = uuid.uuid4()
    first = show(moon, 1.0, event_id=name)
    again = show(moon, 0.0, event_id=name)
    assert (first.event.pk, first.is_new, again.is_new) == (name, True, False)
    assert enrolment.events.count() == 1
    assert not [one for replayed in replay_all() for one in replayed.differences]
