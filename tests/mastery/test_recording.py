from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from django.core import serializers
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.errors import (
    ConceptNotOfEnrolment,
    ObservationNotUsable,
    OverrideNeedsReason,
    OverrideNotAllowed,
)
from mastery.models import Belief, Enrolment, EventLogIsAppendOnly, MasteryEvent, ReviewCard
from mastery.services.believing import standings
from mastery.services.folding import fold_log, rewrite
from mastery.services.recording import override, record_event
from mastery.services.replaying import replay_all
from mastery.states import canonical_bytes, state_from_dict
from research.models import Library
from tests.mastery.conftest import DAY, NOON, Teach

pytestmark = pytest.mark.django_db


def stored_bytes(enrolment: Enrolment) -> bytes:
    states = {str(belief.concept_id): state_from_dict(belief.state) for belief in enrolment.beliefs.all()}
    return canonical_bytes(states)


def test_an_event_moves_the_belief_sets_a_review_and_says_before_and_after(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    recorded = show(moon, 1.0)
    assert recorded.before.p == 0.25
    assert recorded.after.p == pytest.approx(0.91, abs=0.01)
    belief = enrolment.beliefs.get()
    assert (belief.p_mastery, belief.low, belief.high) == recorded.after[:3]
    assert belief.events == 1
    assert belief.last_event_at == NOON
    assert enrolment.review_cards.get().due_at == NOON + 2 * DAY
    assert recorded.event.hashes["parameters"] == belief.parameters


def test_times_are_kept_to_the_millisecond_so_that_an_export_as_json_replays_the_same(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    recorded = show(moon, 1.0, days=1.23456789 / 86_400)
    assert recorded.event.occurred_at == NOON + timedelta(milliseconds=1234)
    (event,) = serializers.deserialize("json", serializers.serialize("json", [recorded.event]))
    assert event.object.occurred_at == recorded.event.occurred_at  # type: ignore[attr-defined]
    assert enrolment.beliefs.get().state["at"].endswith("12:00:01.234000+00:00")


def test_an_event_names_the_gating_prerequisites_of_its_day(
    show: Teach, moon: Concept, tides: Concept
) -> None:
    event = show(tides, 0.0).event
    assert event.prerequisites == [str(moon.pk)]


def test_repeated_failures_write_doubt_on_the_prerequisite(
    show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment
) -> None:
    show(moon, 1.0)
    assert standings(enrolment, now=NOON)[str(moon.pk)].is_mastered
    show(tides, 0.0, days=0.1)
    show(tides, 0.0, days=0.2)
    assert not standings(enrolment, now=NOON + DAY)[str(moon.pk)].is_mastered
    assert enrolment.beliefs.get(concept=moon).events == 1


def test_an_attempt_is_recorded_once_however_often_its_job_runs(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    attempt = uuid.uuid4()
    first = show(moon, 1.0, attempt_id=attempt)
    again = show(moon, 1.0, attempt_id=attempt)
    assert first.is_new
    assert not again.is_new
    assert again.event == first.event
    assert enrolment.events.count() == 1


def test_what_cannot_be_evidence_never_enters_the_log(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    with pytest.raises(ObservationNotUsable):
        show(moon, 1.5)
    assert not enrolment.events.exists()
    assert not enrolment.beliefs.exists()


def test_a_concept_of_another_subject_is_refused(show: Teach, enrolment: Enrolment) -> None:
    library = Library.objects.create(key="sky", name="Sky")
    sky = Subject.objects.create(key="sky", name="Sky", library=library)
    with pytest.raises(ConceptNotOfEnrolment, match="does not belong to Sea"):
        show(Concept.objects.create(subject=sky, key="star", name="star"), 1.0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]), st.integers(0, 40)),
        max_size=6,
    ),
    st.randoms(),
)
def test_any_order_of_arrival_gives_the_bytes_of_a_replay(
    enrolment: Enrolment, history: list[tuple[int, float, int]], rng: object
) -> None:
    concepts = list(enrolment.subject.concepts.all())
    arrivals = list(history)
    rng.shuffle(arrivals)  # type: ignore[attr-defined]
    with transaction.atomic():
        for which, score, day in arrivals:
            record_event(
                enrolment,
                concept=concepts[which],
                kind=MasteryEvent.Kind.EXPLAIN_BACK,
                score=score,
                occurred_at=NOON + day * DAY,
                rubric=[{}] * 3,
                grader="test",
            )
        incremental = stored_bytes(enrolment)
        assert incremental == canonical_bytes(fold_log(enrolment).states)
        assert [d for replayed in replay_all() for d in replayed.differences] == []
        transaction.set_rollback(True)


def test_a_late_event_is_folded_where_it_belongs(
    show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment
) -> None:
    show(tides, 0.0, days=1)
    show(tides, 0.0, days=3)
    assert enrolment.beliefs.get(concept=moon).state["shift"] < 0
    show(tides, 1.0, days=2)
    assert enrolment.beliefs.get(concept=moon).state["shift"] > 0, "the failures are no longer in a row"
    assert enrolment.beliefs.get(concept=tides).last_event_at == NOON + 3 * DAY


def test_beliefs_fade_when_they_are_read_and_not_in_the_database(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    show(moon, 1.0)
    key = str(moon.pk)
    today, later = (standings(enrolment, now=NOON + days * DAY)[key] for days in (0, 60))
    assert later.estimate.p < today.estimate.p == enrolment.beliefs.get().p_mastery
    assert today.is_mastered
    assert not today.is_due
    assert standings(enrolment, now=NOON + 3 * DAY)[key].is_due
    assert not later.is_mastered
    assert not later.is_due, "what is no longer mastered is learned again, not reviewed"


def test_an_educator_overrides_with_a_reason_that_stays(
    show: Teach, moon: Concept, enrolment: Enrolment, educator: User
) -> None:
    show(moon, 0.0)
    recorded = override(
        enrolment, concept=moon, is_mastered=True, author=educator, reason=" oral exam ", now=NOON + DAY
    )
    assert recorded.after.p == pytest.approx(0.98)
    assert (recorded.event.author, recorded.event.reason) == (educator, "oral exam")
    assert standings(enrolment, now=NOON + DAY)[str(moon.pk)].is_mastered
    assert enrolment.events.count() == 2


def test_an_override_needs_a_reason_and_an_educator_of_the_class(
    moon: Concept, enrolment: Enrolment, educator: User, learner: User, researcher: User, stranger: User
) -> None:
    with pytest.raises(OverrideNeedsReason):
        override(enrolment, concept=moon, is_mastered=True, author=educator, reason=" ", now=NOON)
    for other in (learner, researcher, stranger):
        with pytest.raises(OverrideNotAllowed):
            override(enrolment, concept=moon, is_mastered=True, author=other, reason="because", now=NOON)


def test_the_model_refuses_every_way_to_change_the_log(show: Teach, moon: Concept) -> None:
    event = show(moon, 1.0).event
    event.score = 0.0
    for change in (
        event.save,
        event.delete,
        lambda: MasteryEvent.objects.update(score=0),
        lambda: MasteryEvent.objects.all().delete(),
        lambda: MasteryEvent.objects.bulk_update([event], ["score"]),
    ):
        with pytest.raises(EventLogIsAppendOnly):
            change()


def test_the_database_itself_refuses_to_change_an_event(show: Teach, moon: Concept, educator: User) -> None:
    show(moon, 1.0)
    for change in ("score = 0", "occurred_at = recorded_at", "rubric = '[]'", "author_id = enrolment_id"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as sql,
        ):
            sql.execute(f"UPDATE mastery_masteryevent SET {change}")


def test_deleting_an_account_that_made_an_override_keeps_the_event(
    moon: Concept, enrolment: Enrolment, educator: User
) -> None:
    event = override(
        enrolment, concept=moon, is_mastered=True, author=educator, reason="exam", now=NOON
    ).event
    educator.delete()
    event.refresh_from_db()
    assert event.author is None


def test_erasing_a_learner_erases_their_record(show: Teach, moon: Concept, learner: User) -> None:
    show(moon, 1.0)
    learner.delete()
    assert not MasteryEvent.objects.exists()
    assert not Belief.objects.exists()
    assert not ReviewCard.objects.exists()


def test_ten_thousand_events_are_folded_again_in_seconds(enrolment: Enrolment) -> None:
    concepts = list(enrolment.subject.concepts.all())
    MasteryEvent.objects.bulk_create(
        MasteryEvent(
            enrolment=enrolment,
            concept=concepts[n % 3],
            kind=MasteryEvent.Kind.EXPLAIN_BACK,
            score=n % 4 / 3,
            occurred_at=NOON + timedelta(minutes=n),
            prerequisites=[str(concepts[n % 3 - 1].pk)] if n % 3 else [],
            grader="test",
        )
        for n in range(10_000)
    )
    began = time.perf_counter()
    rewrite(enrolment, fold_log(enrolment))
    assert time.perf_counter() - began < 8
    assert sum(belief.events for belief in enrolment.beliefs.all()) == 10_000


def test_one_event_costs_a_bounded_number_of_queries_however_long_the_log(
    show: Teach, moon: Concept, tides: Concept, django_assert_max_num_queries: object
) -> None:
    for day in range(5):
        show(tides, 0.5, days=day)
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        show(tides, 1.0, days=9)
