from __future__ import annotations

from typing import Any

from accounts.models import User
from concepts.models import Concept, Prerequisite, Subject
from tests.concepts.conftest import edge, found


def test_a_class_reads_its_subject_and_a_stranger_does_not(
    arithmetic: Subject, keeper: User, learner: User, stranger: User
) -> None:
    assert Subject.objects.visible_to(keeper).contains(arithmetic)
    assert Subject.objects.visible_to(learner).contains(arithmetic)
    assert not Subject.objects.visible_to(stranger).exists()


def test_learners_see_what_is_published_and_accepted_and_keepers_all(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, learner: User, stranger: User
) -> None:
    divide = found(arithmetic, "Divide", status="proposed")
    edge(sums["Multiply"], divide)
    edge(sums["Count"], sums["Multiply"], status="proposed")
    seen = {
        user: (Concept.objects.visible_to(user).count(), Prerequisite.objects.visible_to(user).count())
        for user in (keeper, learner, stranger)
    }
    assert seen == {keeper: (4, 4), learner: (3, 2), stranger: (0, 0)}


def test_a_researcher_who_was_granted_a_subject_reads_its_proposals(
    arithmetic: Subject, stranger: User
) -> None:
    found(arithmetic, "Divide", status="proposed")
    arithmetic.researchers.add(stranger)
    assert Concept.objects.visible_to(stranger).count() == 1
    assert not Subject.objects.editable_by(stranger).exists()


def test_only_confirmed_or_believed_edges_between_published_concepts_gate(
    arithmetic: Subject, keeper: User
) -> None:
    a, b, c, d = (found(arithmetic, name) for name in "abcd")
    hidden = found(arithmetic, "hidden", status="proposed")
    believed, doubted = edge(a, b, confidence=0.4), edge(b, c, confidence=0.3)
    confirmed, told = edge(a, c, confidence=0.1), edge(a, d, confidence=0.1, origin="educator")
    edge(b, d, status="proposed"), edge(c, d, status="rejected"), edge(a, hidden)
    Prerequisite.objects.filter(pk=confirmed.pk).update(decided_by=keeper)
    gating = set(Prerequisite.objects.gating())
    assert gating == {believed, confirmed, told}
    assert not doubted.gates
    published = Prerequisite.objects.between_published()
    assert {row for row in published if row.gates} == gating


def test_counts_of_a_subject_do_not_multiply_one_another(arithmetic: Subject, sums: object) -> None:
    counted: Any = Subject.objects.with_counts().get()
    assert (counted.concept_count, counted.prerequisite_count, counted.source_count) == (3, 2, 0)
