from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept
from mastery.errors import ObservationNotUsable, OverrideNeedsReason, OverrideNotAllowed
from mastery.models import Enrolment, MasteryEvent
from mastery.services.folding import fold_log
from mastery.services.recording import Recorded, correct_event, override, record_event
from mastery.services.replaying import replay_all
from mastery.states import canonical_bytes, state_from_dict
from tests.mastery.conftest import DAY, NOON, Teach, client_of

pytestmark = pytest.mark.django_db
RIGHT = [{"point": str(n), "verdict": "shown", "span": "the moon pulls"} for n in range(3)]


def corrected(event: MasteryEvent, score: float, *, author: User, days: float = 5, **values: Any) -> Recorded:
    given_values: dict[str, Any] = {
        "rubric": RIGHT,
        "reason": "it is there",
        "now": NOON + days * DAY,
    } | values
    return correct_event(event, score=score, author=author, **given_values)


def stored_bytes(enrolment: Enrolment) -> bytes:
    return canonical_bytes(
        {str(row.concept_id): state_from_dict(row.state) for row in enrolment.beliefs.all()}
    )


def differences() -> list[object]:
    return [difference for replayed in replay_all() for difference in replayed.differences]


def test_a_corrected_belief_is_the_one_that_a_right_grade_would_have_given(
    show: Teach, moon: Concept, enrolment: Enrolment, educator: User
) -> None:
    wrong = show(moon, 0.0).event
    recorded = corrected(wrong, 1.0, author=educator)
    assert recorded.before.p < 0.2
    assert recorded.after.p > 0.7
    put_right = stored_bytes(enrolment)
    assert enrolment.beliefs.get().events == 1, "a correction is no second answer"
    assert enrolment.beliefs.get().last_event_at == NOON
    event = recorded.event
    assert (event.corrects, event.author, event.grader, event.certainty) == (wrong, educator, "educator", 1.0)
    assert differences() == []
    twin = Enrolment.objects.create(learner=educator, subject=enrolment.subject)
    record_event(
        twin,
        concept=moon,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=1.0,
        occurred_at=NOON,
        rubric=RIGHT,
        grader="x",
    )
    assert stored_bytes(twin) == put_right


def test_doubt_that_a_wrong_grade_cast_on_a_prerequisite_is_taken_back(
    show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment, educator: User
) -> None:
    show(moon, 1.0)
    show(tides, 0.0, days=1)
    second = show(tides, 0.0, days=2).event
    assert enrolment.beliefs.get(concept=moon).state["shift"] < 0
    corrected(second, 1.0, author=educator)
    assert enrolment.beliefs.get(concept=moon).state["shift"] > 0
    assert differences() == []


def test_the_newest_correction_counts_and_all_stay(
    show: Teach, moon: Concept, enrolment: Enrolment, educator: User
) -> None:
    wrong = show(moon, 0.0).event
    first = corrected(wrong, 1.0, author=educator)
    again = corrected(first.event, 0.0, author=educator, days=6, reason="I misread it")
    assert again.event.corrects == wrong
    assert again.after.p < first.after.p
    assert enrolment.events.count() == 3
    assert differences() == []


def test_an_attempt_that_was_corrected_is_still_recorded_once(
    show: Teach, moon: Concept, enrolment: Enrolment, educator: User
) -> None:
    attempt = "7d0a3a52-6f0e-4b1c-9a57-0f6f3f0b9b52"
    event = show(moon, 0.0, attempt_id=attempt).event
    corrected(event, 1.0, author=educator)
    again = show(moon, 0.5, attempt_id=attempt)
    assert (again.is_new, again.event) == (False, event)
    assert enrolment.events.count() == 2


def test_a_later_override_still_has_the_last_word(
    show: Teach, moon: Concept, enrolment: Enrolment, educator: User
) -> None:
    wrong = show(moon, 1.0).event
    override(enrolment, concept=moon, is_mastered=False, author=educator, reason="oral exam", now=NOON + DAY)
    corrected(wrong, 1.0, author=educator)
    assert enrolment.beliefs.get().p_mastery == pytest.approx(0.02)


def test_only_the_learners_educator_corrects_with_a_reason_and_usable_evidence(
    show: Teach, moon: Concept, educator: User, learner: User, stranger: User
) -> None:
    event = show(moon, 0.0).event
    for other in (learner, stranger):
        with pytest.raises(OverrideNotAllowed):
            corrected(event, 1.0, author=other)
    with pytest.raises(OverrideNeedsReason):
        corrected(event, 1.0, author=educator, reason=" ")
    with pytest.raises(ObservationNotUsable):
        corrected(event, 1.2, author=educator)
    assert MasteryEvent.objects.count() == 1


def test_the_log_tells_which_event_was_corrected(
    show: Teach, moon: Concept, educator: User, learner: User
) -> None:
    wrong = show(moon, 0.0).event
    corrected(wrong, 1.0, author=educator)
    rows = client_of(learner).get("/api/v1/mastery-events").json()["results"]
    assert {row["corrects"] for row in rows} == {None, str(wrong.pk)}


def test_erasing_a_learner_erases_corrections_too(
    show: Teach, moon: Concept, educator: User, learner: User
) -> None:
    corrected(show(moon, 0.0).event, 1.0, author=educator)
    learner.delete()
    assert not MasteryEvent.objects.exists()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 20)),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0.0, 1.0]), st.integers(0, 30)), max_size=3),
)
def test_any_history_of_answers_and_corrections_replays_to_the_same_bytes(
    enrolment: Enrolment,
    educator: User,
    answers: list[tuple[int, float, int]],
    corrections: list[tuple[int, float, int]],
) -> None:
    concepts = list(enrolment.subject.concepts.all())
    with transaction.atomic():
        events = []
        for which, score, day in answers:
            made = record_event(
                enrolment,
                concept=concepts[which],
                kind=MasteryEvent.Kind.EXPLAIN_BACK,
                score=score,
                occurred_at=NOON + day * DAY,
                rubric=RIGHT,
                grader="test",
            )
            events.append(made.event)
            for at, put_right, later in corrections:
                if at == len(events) - 1:
                    corrected(events[at], put_right, author=educator, days=later)
        assert stored_bytes(enrolment) == canonical_bytes(fold_log(enrolment).states)
        assert differences() == []
        transaction.set_rollback(True)
