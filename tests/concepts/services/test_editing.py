from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.errors import (
    ConceptNameTaken,
    ConceptNotOfSubject,
    ConceptsError,
    PassageNotOfSubject,
    PrerequisiteHeldAlready,
    StaleRevision,
    UnnameableConcept,
)
from concepts.models import Concept, Origin, Prerequisite, Revision, Subject
from concepts.services import editing
from concepts.services.graphs_of import standing_graph
from concepts.services.quoting import Quotation
from concepts.services.subjects import open_subject
from graphs.errors import GraphError, PrerequisiteCycle, SelfPrerequisite
from research.errors import QuoteNotFound
from research.models import Passage
from tests.concepts.conftest import edge, found


def test_an_edit_is_a_numbered_revision_with_author_and_reason(arithmetic: Subject, keeper: User) -> None:
    concept = editing.add_concept(arithmetic, name="Divide", author=keeper, expected=0, reason="was missing")
    (revision,) = Revision.objects.all()
    assert (revision.number, revision.author, revision.reason) == (1, keeper, "was missing")
    assert revision.operations == [
        {"operation": "add_concept", "concept": str(concept.pk), "key": "divide", "name": "Divide"}
    ]
    assert arithmetic.revision == Subject.objects.get().revision == 1


def test_an_edit_made_for_an_older_revision_is_refused(arithmetic: Subject, keeper: User) -> None:
    editing.add_concept(arithmetic, name="Divide", author=keeper, expected=0)
    with pytest.raises(StaleRevision) as caught:
        editing.add_concept(arithmetic, name="Subtract", author=keeper, expected=0)
    assert (caught.value.expected, caught.value.current) == (0, 1)
    assert not Concept.objects.filter(name="Subtract").exists()


def test_a_new_concept_comes_last_and_is_published(arithmetic: Subject, sums: object, keeper: User) -> None:
    concept = editing.add_concept(arithmetic, name="Divide", author=keeper)
    assert (concept.position, concept.status, concept.origin) == (3, "published", "educator")


def test_a_definition_is_the_sources_own_words(arithmetic: Subject, passage: Passage, keeper: User) -> None:
    quotation = Quotation(passage, "to ADD is to\ncount on")
    concept = editing.add_concept(arithmetic, name="Add", author=keeper, definition=quotation)
    (evidence,) = concept.evidence.all()
    assert concept.summary == evidence.quote == "To add is to count on"
    assert passage.text[evidence.start : evidence.end] == evidence.quote


def test_a_definition_that_no_source_holds_is_refused(
    arithmetic: Subject, passage: Passage, stranger: User
) -> None:
    with pytest.raises(QuoteNotFound):
        editing.add_concept(
            arithmetic, name="Add", author=None, definition=Quotation(passage, "Adding is easy")
        )
    elsewhere = open_subject(name="Elsewhere", keeper=stranger)
    with pytest.raises(PassageNotOfSubject):
        editing.add_concept(elsewhere, name="Add", author=None, definition=Quotation(passage, "To add"))
    assert not Concept.objects.exists()


def test_names_are_unique_and_can_be_read(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    for name in ("add", "ADD", "Add!"):
        with pytest.raises(ConceptNameTaken):
            editing.add_concept(arithmetic, name=name, author=None)
    with pytest.raises(ConceptNameTaken):
        editing.change_concept(sums["Count"], author=None, changes={"name": "Add"})
    with pytest.raises(UnnameableConcept):
        editing.add_concept(arithmetic, name="+", author=None)


def test_a_renamed_concept_keeps_its_key_and_the_history_both_names(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    concept = editing.change_concept(sums["Add"], author=keeper, changes={"name": "Addition"})
    assert (concept.key, concept.name, concept.decided_by) == ("add", "Addition", keeper)
    (operation,) = Revision.objects.get().operations
    assert (operation["before"], operation["after"]) == ({"name": "Add"}, {"name": "Addition"})


def test_a_change_that_changes_nothing_makes_no_revision(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    editing.change_concept(sums["Add"], author=None, changes={"name": "Add"})
    assert not Revision.objects.exists()


def test_another_definition_takes_the_place_of_the_one_before_which_stays_as_a_mention(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage
) -> None:
    for quote in ("Counting comes first.", "To add is to count on."):
        editing.change_concept(sums["Add"], author=None, changes={}, definition=Quotation(passage, quote))
    sums["Add"].refresh_from_db()
    assert sums["Add"].summary == "To add is to count on."
    kinds = dict(sums["Add"].evidence.values_list("quote", "kind"))
    assert kinds == {"To add is to count on.": "definition", "Counting comes first.": "mention"}
    editing.change_concept(
        sums["Add"], author=None, changes={}, definition=Quotation(passage, "Counting comes first.")
    )
    assert sums["Add"].evidence.count() == 2
    assert Subject.objects.get().revision == 3


def test_a_removed_concept_is_kept_as_rejected_and_comes_back_when_it_is_added_again(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    own = editing.add_concept(
        arithmetic, name="Divide", author=keeper, definition=Quotation(passage, "again and again")
    )
    for concept in (own, sums["Add"]):
        editing.remove_concept(concept, author=keeper)
        concept.refresh_from_db()
        assert concept.status == Concept.Status.REJECTED
    assert standing_graph(arithmetic).number_of_edges() == 0
    again = editing.add_concept(arithmetic, name="divide", aliases=["share out"], author=keeper)
    assert (again.pk, again.key, again.name, again.aliases) == (own.pk, "divide", "divide", ["share out"])
    assert (again.status, again.evidence.count()) == ("published", 1)
    editing.add_concept(arithmetic, name="Add", author=keeper)
    assert standing_graph(arithmetic).number_of_edges() == 2


def test_a_concept_that_is_added_again_may_not_close_a_circle_either(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    editing.remove_concept(sums["Add"], author=None)
    editing.add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=sums["Count"], author=None)
    with pytest.raises(PrerequisiteCycle, match="Add"):
        editing.add_concept(arithmetic, name="Add", author=None)


def test_removing_what_is_removed_makes_no_revision(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    edge = Prerequisite.objects.get(dependent=sums["Add"])
    for _ in range(2):
        editing.remove_prerequisite(edge, author=None)
        editing.remove_concept(sums["Multiply"], author=None)
    assert Subject.objects.get().revision == 2


def test_a_circle_is_refused_with_its_concepts_in_order_and_the_weakest_link(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    with pytest.raises(PrerequisiteCycle) as caught:
        editing.add_prerequisite(
            arithmetic, prerequisite=sums["Multiply"], dependent=sums["Count"], author=None
        )
    assert caught.value.path == "Count → Add → Multiply → Count"
    assert caught.value.weakest.confidence == 0.6
    assert arithmetic.revision == Subject.objects.get().revision == 0


def test_a_proposal_counts_in_a_circle_and_a_rejected_edge_does_not(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    Prerequisite.objects.filter(prerequisite=sums["Add"]).update(status="proposed")
    backwards: dict[str, Any] = {"prerequisite": sums["Multiply"], "dependent": sums["Add"], "author": None}
    with pytest.raises(PrerequisiteCycle):
        editing.add_prerequisite(arithmetic, **backwards)
    Prerequisite.objects.filter(prerequisite=sums["Add"]).update(status="rejected")
    editing.add_prerequisite(arithmetic, **backwards)
    rejected = Prerequisite.objects.get(prerequisite=sums["Add"], dependent=sums["Multiply"])
    with pytest.raises(PrerequisiteCycle):
        editing.decide_prerequisite(rejected, status="accepted", author=None)


def test_a_returning_concept_may_not_close_a_circle_with_what_was_added_meanwhile(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    editing.remove_concept(sums["Add"], author=None)
    editing.add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=sums["Count"], author=None)
    with pytest.raises(PrerequisiteCycle):
        editing.change_concept(sums["Add"], author=None, changes={"status": "published"})
    assert Concept.objects.get(pk=sums["Add"].pk).status == Concept.Status.REJECTED


def test_adding_a_proposed_edge_accepts_it_and_an_accepted_one_is_there_already(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    proposed = edge(sums["Count"], sums["Multiply"], status="proposed", confidence=0.2)
    ends: dict[str, Any] = {"prerequisite": sums["Count"], "dependent": sums["Multiply"], "author": keeper}
    added = editing.add_prerequisite(
        arithmetic, **ends, quotation=Quotation(passage, "Counting comes first.")
    )
    assert added.pk == proposed.pk
    assert added.gates
    assert added.evidence.get().quote == "Counting comes first."
    with pytest.raises(PrerequisiteHeldAlready):
        editing.add_prerequisite(arithmetic, **ends)


def test_an_edge_stays_within_one_subject_and_joins_two_concepts(
    arithmetic: Subject, sums: dict[str, Concept], stranger: User
) -> None:
    foreign = found(open_subject(name="Elsewhere", keeper=stranger), "Foreign")
    with pytest.raises(ConceptNotOfSubject):
        editing.add_prerequisite(arithmetic, prerequisite=foreign, dependent=sums["Add"], author=None)
    with pytest.raises(SelfPrerequisite, match="Add"):
        editing.add_prerequisite(arithmetic, prerequisite=sums["Add"], dependent=sums["Add"], author=None)


def test_confirming_makes_a_doubtful_edge_gate_and_taking_back_undoes_that(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    doubtful = edge(sums["Count"], sums["Multiply"], confidence=0.1)
    assert not doubtful.gates
    editing.decide_prerequisite(doubtful, status="accepted", author=keeper)
    assert doubtful.gates
    editing.decide_prerequisite(doubtful, status="proposed", author=keeper)
    assert (doubtful.status, doubtful.decided_by) == ("proposed", None)
    assert Subject.objects.get().revision == 2


def test_an_educators_figure_replaces_the_extractors_and_makes_the_edge_gate(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    doubtful = edge(sums["Count"], sums["Multiply"], confidence=0.1)
    editing.reweigh_prerequisite(doubtful, confidence=0.3, author=keeper, reason="seen in class")
    doubtful.refresh_from_db()
    assert (doubtful.confidence, doubtful.decided_by, doubtful.gates) == (0.3, keeper, True)
    editing.reweigh_prerequisite(doubtful, confidence=0.3, author=keeper)
    (revision,) = Revision.objects.all()
    assert (revision.operations[0]["before"], revision.operations[0]["after"]) == (0.1, 0.3)


def test_a_reweighed_proposal_stays_a_proposal(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    proposed = edge(sums["Count"], sums["Multiply"], status="proposed", confidence=0.1)
    editing.reweigh_prerequisite(proposed, confidence=0.9, author=keeper)
    proposed.refresh_from_db()
    assert (proposed.status, proposed.decided_by, proposed.confidence) == ("proposed", None, 0.9)


def test_a_removed_edge_is_rejected_and_comes_back_when_it_is_added_again(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    extracted = Prerequisite.objects.get(dependent=sums["Add"])
    own = editing.add_prerequisite(
        arithmetic, prerequisite=sums["Count"], dependent=sums["Multiply"], author=keeper
    )
    editing.remove_prerequisite(extracted, author=keeper)
    editing.remove_prerequisite(own, author=keeper)
    extracted.refresh_from_db()
    assert (extracted.status, extracted.reason) == ("rejected", "Removed by an educator.")
    own.refresh_from_db()
    assert own.status == "rejected"
    again = editing.add_prerequisite(
        arithmetic, prerequisite=sums["Count"], dependent=sums["Multiply"], author=keeper
    )
    assert (again.pk, again.status, again.origin) == (own.pk, "accepted", Origin.EDUCATOR)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["add", "accept", "reject", "propose", "remove", "drop", "restore"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=14,
)


@given(edits=EDITS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_edits_keep_the_graph_acyclic_and_the_revisions_gapless(
    arithmetic: Subject, edits: list[tuple[str, int, int]]
) -> None:
    Subject.objects.filter(pk=arithmetic.pk).update(revision=0)
    for rows in (Revision, Concept):
        rows.objects.all().delete()
    concepts = [found(arithmetic, name) for name in "abcd"]
    for what, first, second in edits:
        try:
            _do(arithmetic, what, concepts[first], concepts[second])
        except (GraphError, ConceptsError):
            continue
        finally:
            assert nx.is_directed_acyclic_graph(standing_graph(arithmetic))
    numbers = sorted(Revision.objects.values_list("number", flat=True))
    assert numbers == list(range(1, Subject.objects.get(pk=arithmetic.pk).revision + 1))
    assert all(revision.operations for revision in Revision.objects.all())


def _do(subject: Subject, what: str, first: Concept, second: Concept) -> None:
    rows = Prerequisite.objects.filter(prerequisite=first, dependent=second)
    if what == "add":
        editing.add_prerequisite(subject, prerequisite=first, dependent=second, author=None)
    elif what == "drop":
        editing.remove_concept(first, author=None)
    elif what == "restore":
        editing.change_concept(first, author=None, changes={"status": "published"})
    elif what == "remove":
        for row in rows:
            editing.remove_prerequisite(row, author=None)
    else:
        status = {"accept": "accepted", "reject": "rejected", "propose": "proposed"}[what]
        for row in rows:
            editing.decide_prerequisite(row, status=status, author=None)
