from __future__ import annotations

import pytest

from accounts.models import User
from concepts.errors import ConceptNameTaken, StaleRevision
from concepts.models import Concept, Prerequisite, Revision, Subject
from concepts.services import editing
from concepts.services.revising import UntoldChange, revise
from graphs.errors import PrerequisiteCycle


def test_edits_inside_a_revision_become_one(arithmetic: Subject, keeper: User) -> None:
    with revise(arithmetic, author=keeper, reason="all at once", expected=0):
        one = editing.add_concept(arithmetic, name="One", author=keeper, reason="was missing")
        two = editing.add_concept(arithmetic, name="Two", author=keeper)
        editing.add_prerequisite(arithmetic, prerequisite=one, dependent=two, author=keeper)
    (revision,) = Revision.objects.all()
    assert (revision.number, revision.reason) == (1, "all at once")
    assert [row["operation"] for row in revision.operations] == [
        "add_concept",
        "add_concept",
        "add_prerequisite",
    ]
    assert [row.get("reason") for row in revision.operations] == ["was missing", None, None]
    assert arithmetic.revision == 1


def test_an_edit_that_fails_inside_leaves_nothing_and_the_others_stand(
    arithmetic: Subject, keeper: User, sums: dict[str, Concept]
) -> None:
    with revise(arithmetic, author=keeper) as journal:
        editing.add_concept(arithmetic, name="Divide", author=keeper)
        with pytest.raises(ConceptNameTaken):
            editing.add_concept(arithmetic, name="Divide", author=keeper)
        with pytest.raises(PrerequisiteCycle):
            editing.add_prerequisite(
                arithmetic, prerequisite=sums["Multiply"], dependent=sums["Count"], author=keeper
            )
        assert [row["operation"] for row in journal.operations] == ["add_concept"]
    assert [len(revision.operations) for revision in Revision.objects.all()] == [1]


def test_a_failure_of_the_whole_leaves_nothing_at_all(arithmetic: Subject, keeper: User) -> None:
    def add_twice() -> None:
        with revise(arithmetic, author=keeper):
            for _ in range(2):
                editing.add_concept(arithmetic, name="Divide", author=keeper)

    with pytest.raises(ConceptNameTaken):
        add_twice()
    assert not Concept.objects.exists()
    assert not Revision.objects.exists()
    editing.add_concept(arithmetic, name="Divide", author=keeper)  # no revision is left in the making
    assert Revision.objects.get().number == 1


def test_an_inner_edit_for_an_older_revision_is_refused(arithmetic: Subject, keeper: User) -> None:
    editing.add_concept(arithmetic, name="One", author=keeper)
    with revise(arithmetic, author=keeper, expected=1), pytest.raises(StaleRevision):
        editing.add_concept(arithmetic, name="Two", author=keeper, expected=0)
    assert Revision.objects.count() == 1


def test_a_concept_that_comes_back_is_checked_against_what_was_added_in_the_same_revision(
    arithmetic: Subject, keeper: User, sums: dict[str, Concept]
) -> None:
    with revise(arithmetic, author=keeper):
        editing.change_concept(sums["Add"], author=keeper, changes={"status": "rejected"})
        editing.add_prerequisite(
            arithmetic, prerequisite=sums["Multiply"], dependent=sums["Count"], author=keeper
        )
        with pytest.raises(PrerequisiteCycle):
            editing.change_concept(sums["Add"], author=keeper, changes={"status": "published"})
    assert Prerequisite.objects.filter(prerequisite=sums["Multiply"]).exists()
    assert Concept.objects.get(pk=sums["Add"].pk).status == "rejected"


def test_revisions_of_two_subjects_stay_apart(arithmetic: Subject, keeper: User) -> None:
    from concepts.services.subjects import open_subject

    other = open_subject(name="Algebra", keeper=keeper)
    with revise(arithmetic, author=keeper):
        editing.add_concept(arithmetic, name="One", author=keeper)
        editing.add_concept(other, name="Letter", author=keeper)
    assert sorted(Revision.objects.values_list("subject__key", "number")) == [
        ("algebra", 1),
        ("arithmetic", 1),
    ]


def test_a_change_that_tells_nothing_of_itself_is_not_made(
    arithmetic: Subject, keeper: User, sums: dict[str, Concept]
) -> None:
    with pytest.raises(UntoldChange), revise(arithmetic, author=keeper) as journal:
        journal.change(sums["Add"], name="Sum")
    sums["Add"].refresh_from_db()
    assert sums["Add"].name == "Add"
    assert not Revision.objects.exists()
