from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept
from mastery.models import Enrolment, MasteryEvent
from mastery.parameters import Kind, Parameters
from mastery.services.as_of import AsOf, PastBelief, beliefs_on
from mastery.services.believing import standings
from mastery.services.recording import correct_event
from mastery.states import Observation
from mastery.tracing import Evidence, trace_beliefs
from tests.mastery.conftest import DAY, NOON, Teach, client_of

pytestmark = pytest.mark.django_db


def became_known(event: MasteryEvent, *, days: float) -> MasteryEvent:
    """The same event as if it had arrived on another day: a copy, for the log never changes."""
    kept = {field.attname: getattr(event, field.attname) for field in event._meta.concrete_fields}
    MasteryEvent.objects.filter(pk=event.pk)._raw_delete("default")
    return MasteryEvent.objects.create(**kept | {"recorded_at": NOON + days * DAY})


def belief_in(past: AsOf, key: str) -> PastBelief:
    return next(one for one in past.beliefs if one.concept.key == key)


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("replay_mastery", *arguments, stdout=out)
    return out.getvalue()


@given(
    history=st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(0, 90), st.sampled_from(list(Kind))),
        max_size=12,
    ),
    later=st.floats(0, 400),
)
def test_the_moves_add_up_to_the_belief_whatever_happened(
    history: list[tuple[int, float, float, Kind]], later: float
) -> None:
    names = ("moon", "tides", "surges")
    observations = [
        Observation(names[which], kind, score, NOON + day * DAY, points=3, prerequisites=names[:which])
        for which, score, day, kind in sorted(history, key=lambda row: row[2])
    ]
    evidence = [Evidence(str(number), str(number), one) for number, one in enumerate(observations)]
    now = NOON + (90 + later) * DAY
    for concept, trace in trace_beliefs(evidence, parameters=Parameters(), now=now).items():
        total = trace.start + sum(move.amount - move.forgotten for move in trace.moves) - trace.forgotten
        assert total == pytest.approx(trace.estimate.p, abs=1e-9)
        assert all(move.forgotten >= -1e-9 for move in trace.moves)
        assert all(
            move.evidence.observation.concept == concept or concept in move.evidence.observation.prerequisites
            for move in trace.moves
        )


def test_today_says_what_is_believed_today(
    show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment
) -> None:
    show(moon, 1.0)
    show(tides, 0.0, days=1)
    show(tides, 0.0, days=2)
    now = datetime.now(UTC) + DAY
    past = beliefs_on(enrolment, at=now)
    for concept, standing in standings(enrolment, now=now).items():
        one = next(one for one in past.beliefs if str(one.concept.pk) == concept)
        assert one.trace.estimate == standing.estimate
        assert (one.is_mastered, one.due_at) == (standing.is_mastered, standing.due_at)


def test_an_event_that_arrived_late_was_not_believed_on_its_day_but_is_in_hindsight(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    became_known(show(moon, 0.0).event, days=0)
    became_known(show(moon, 1.0, days=1).event, days=9)
    on_day_three = beliefs_on(enrolment, at=NOON + 3 * DAY)
    assert len(belief_in(on_day_three, "moon").trace.moves) == 1
    assert not belief_in(on_day_three, "moon").is_mastered
    looking_back = beliefs_on(enrolment, at=NOON + 3 * DAY, with_hindsight=True)
    assert len(belief_in(looking_back, "moon").trace.moves) == 2
    assert belief_in(looking_back, "moon").trace.estimate.p > belief_in(on_day_three, "moon").trace.estimate.p


def test_a_correction_counts_from_the_day_on_which_it_was_made(
    show: Teach, moon: Concept, enrolment: Enrolment, educator: User
) -> None:
    wrong = became_known(show(moon, 0.0).event, days=0)
    rubric = [{"point": str(n), "verdict": "shown"} for n in range(3)]
    recorded = correct_event(
        wrong, score=1.0, rubric=rubric, author=educator, reason="it is there", now=NOON + 5 * DAY
    )
    correction = became_known(recorded.event, days=5)
    before, after, hindsight = (
        belief_in(beliefs_on(enrolment, at=NOON + days * DAY, with_hindsight=look_back), "moon").trace
        for days, look_back in ((4, False), (6, False), (4, True))
    )
    assert before.moves[0].amount < 0 < after.moves[0].amount
    assert hindsight.moves == after.moves
    assert after.moves[0].evidence.judged_by == str(correction.pk) != after.moves[0].evidence.event


def test_doubt_from_further_up_is_named_with_the_event_that_cast_it(
    show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment
) -> None:
    show(moon, 1.0)
    show(tides, 0.0, days=1)
    second = show(tides, 0.0, days=2).event
    past = beliefs_on(enrolment, at=NOON + 3 * DAY, with_hindsight=True)
    _, doubt = belief_in(past, "moon").trace.moves
    assert doubt.evidence.event == str(second.pk)
    assert doubt.amount < 0


def test_events_folded_by_other_parameters_are_counted(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    show(moon, 1.0, parameters=Parameters(prior=0.2))
    assert beliefs_on(enrolment, at=NOON, with_hindsight=True).other_parameters == 1


def test_the_command_tells_people_and_programs_the_same(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    event = show(moon, 1.0).event
    table = told("--as-of", "2026-03-31", "--hindsight")
    assert f"event {event.pk}" in table
    assert "forgotten since" in table
    assert table.endswith("1 enrolments with beliefs as of 2026-03-31T23:59:59.999999+00:00.\n")
    (line,) = told("--as-of", "2026-03-31", "--hindsight", "--json").splitlines()
    row = json.loads(line)
    assert row["enrolment"] == str(enrolment.pk)
    (belief,) = row["beliefs"]
    assert belief["moves"][0]["event"] == str(event.pk)
    total = belief["start"] + belief["moves"][0]["amount"] - belief["forgotten"]
    assert total == pytest.approx(belief["p_mastery"], abs=1e-5)
    assert told("--as-of", "2026-02-28").startswith("0 enrolments")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as-of", "yesterday"], "is no day or moment"),
        (["--as-of", "2026-03-01", "--fix"], "changes nothing"),
        (["--as-of", "2026-03-01", "--enrolment", "x"], "is no id"),
        (["--as-of", "2026-03-01", "--learner", "nobody"], "no such enrolment"),
        (["--hindsight"], "go with --as-of only"),
    ],
)
def test_what_cannot_be_told_is_refused_with_a_sentence(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        told(*arguments)


def test_the_learner_and_their_educator_read_it_by_api_and_nobody_else(
    show: Teach,
    moon: Concept,
    tides: Concept,
    enrolment: Enrolment,
    learner: User,
    educator: User,
    researcher: User,
    stranger: User,
) -> None:
    for day in range(3):
        show(moon, 1.0, days=day)
    show(tides, 1.0, days=4)
    address = f"/api/v1/enrolments/{enrolment.pk}/beliefs-as-of"
    asked: dict[str, Any] = {"at": "2026-03-10T00:00:00Z", "hindsight": True, "concept": moon.pk, "moves": 1}
    for user in (learner, educator):
        answer = client_of(user).get(address, asked)
        assert answer.status_code == 200
        (belief,) = answer.json()["beliefs"]
        assert (belief["concept_key"], belief["earlier_moves"], len(belief["moves"])) == ("moon", 3, 1)
        shown = belief["moves"][0]
        total = belief["start"] + belief["earlier_amount"] + shown["amount"] - shown["forgotten"]
        assert total - belief["forgotten"] == pytest.approx(belief["p_mastery"], abs=1e-5)
    for user in (researcher, stranger):
        assert client_of(user).get(address, asked).status_code == 404
    assert client_of(learner).get(address).status_code == 400
    assert client_of(learner).get(address, {"at": "soon"}).status_code == 400


def test_five_thousand_events_are_told_in_seconds(enrolment: Enrolment) -> None:
    concepts = list(enrolment.subject.concepts.all())
    MasteryEvent.objects.bulk_create(
        MasteryEvent(
            enrolment=enrolment,
            concept=concepts[n % 3],
            kind=MasteryEvent.Kind.CHOICE,
            score=n % 2,
            occurred_at=NOON + timedelta(minutes=n),
            grader="test",
        )
        for n in range(5_000)
    )
    past = beliefs_on(enrolment, at=NOON + 30 * DAY, with_hindsight=True)
    assert sum(len(one.trace.moves) for one in past.beliefs) == 5_000
