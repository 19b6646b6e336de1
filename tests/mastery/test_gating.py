"""How many learners a prerequisite holds up: against a count by hand, learner by learner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.reviewing import Gate
from concepts.services.graphs_of import gating_graph
from mastery.models import Enrolment
from mastery.services.believing import standings
from mastery.services.enrolling import enrol
from mastery.services.gating import learners_gated
from mastery.services.review_signals import LearnerSignals
from tests.mastery.conftest import NOON, Teach


def gate(first: Concept, *last: Concept) -> Gate:
    return Gate(str(first.pk), frozenset(str(row.pk) for row in last))


def count(subject: Subject, one: Gate, *, days: float = 0) -> int:
    return learners_gated(subject, {"one": one}, now=NOON + timedelta(days=days))["one"]


@pytest.fixture
def surges(subject: Subject) -> Concept:
    return subject.concepts.get(key="surges")


def test_a_learner_without_the_prerequisite_and_with_the_dependent_ahead_counts(
    subject: Subject, enrolment: Enrolment, moon: Concept, tides: Concept
) -> None:
    assert count(subject, gate(moon, tides)) == 1


def test_who_has_mastered_either_end_is_not_held_up(
    subject: Subject, show: Teach, moon: Concept, tides: Concept, surges: Concept
) -> None:
    show(moon, 1.0)
    assert count(subject, gate(moon, tides)) == 0
    assert count(subject, gate(tides, moon)) == 0
    assert count(subject, gate(tides, moon, surges)) == 1


def test_what_was_forgotten_holds_up_again(
    subject: Subject, show: Teach, moon: Concept, tides: Concept
) -> None:
    show(moon, 1.0)
    assert count(subject, gate(moon, tides), days=60) == 1


def test_what_does_not_lead_to_a_learners_goals_is_not_ahead(
    subject: Subject, learner: User, moon: Concept, tides: Concept, surges: Concept
) -> None:
    enrol(learner, subject=subject, goals=[tides])
    assert count(subject, gate(moon, tides)) == 1
    assert count(subject, gate(tides, surges)) == 0


def test_without_learners_nobody_is_held_up(subject: Subject, moon: Concept, tides: Concept) -> None:
    assert count(subject, gate(moon, tides)) == 0
    assert LearnerSignals().learners_gated(subject.pk, {}, now=NOON) == {}
    assert LearnerSignals().outcomes(subject.pk) == {}


def test_many_learners_are_counted_as_one_by_one_and_in_as_few_queries(
    subject: Subject, django_assert_max_num_queries: Any, moon: Concept, tides: Concept, surges: Concept
) -> None:
    from mastery.models import MasteryEvent
    from mastery.services.recording import record_event

    rows = [moon, tides, surges]
    for number in range(12):
        someone = User.objects.create_user(f"l{number}")
        enrolment = enrol(someone, subject=subject, goals=[rows[number % 3]] if number % 4 else [])
        for place, row in enumerate(rows):
            record_event(
                enrolment,
                concept=row,
                kind=MasteryEvent.Kind.EXPLAIN_BACK,
                score=1.0 if (number >> place) & 1 else 0.2,
                occurred_at=NOON,
                grader="test",
                rubric=[{"point": str(n)} for n in range(3)],
            )
    pairs = {f"{a.key}>{b.key}": gate(a, b) for a in rows for b in rows if a != b}
    with django_assert_max_num_queries(6):
        counted = learners_gated(subject, pairs, now=NOON)
    assert counted == {key: by_hand(subject, one) for key, one in pairs.items()}
    assert len(set(counted.values())) > 1


def by_hand(subject: Subject, one: Gate) -> int:
    graph = gating_graph(subject)
    held_up = 0
    for enrolment in Enrolment.objects.filter(subject=subject):
        mastered = {key for key, standing in standings(enrolment, now=NOON).items() if standing.is_mastered}
        way = {str(goal.pk) for goal in enrolment.goals.all()} or set(graph)
        while before := {first for concept in way for first in graph.pred[concept]} - way:
            way |= before
        ahead = one.dependents & (way - mastered)
        held_up += bool(ahead) and one.prerequisite not in mastered
    return held_up
