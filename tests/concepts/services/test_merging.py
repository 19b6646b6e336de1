from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from concepts.errors import (
    ConceptIsRejected,
    ConceptNameTaken,
    ConceptNotOfSubject,
    ConceptWasMerged,
    MergedWithItself,
    NotOfThisConcept,
)
from concepts.models import Concept, Origin, Prerequisite, Subject
from concepts.services import editing
from concepts.services.acyclicity import load_links
from concepts.services.exchanging import import_graph
from concepts.services.merging import merge_concepts
from concepts.services.quoting import Quotation
from concepts.services.splitting import Share, split_concept
from concepts.services.subjects import open_subject
from concepts.services.undoing import undo
from graphs.errors import ImportRefused, PrerequisiteCycle
from research.models import Passage
from tests.concepts.conftest import edge, found, quoted
from tests.concepts.rows import dump, export


def edges_of(subject: Subject) -> dict[tuple[str, str], float]:
    """What stands, by names."""
    graph = load_links(subject)
    names = {str(row.pk): row.name for row in subject.concepts.all()}
    rows: list[Any] = list(graph.edges(data="confidence"))
    return {(names[first], names[last]): confidence for first, last, confidence in rows}


def test_a_merged_concept_leaves_its_names_evidence_and_edges_to_the_other(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    plus = found(arithmetic, "Plus", position=5)
    Concept.objects.filter(pk=plus.pk).update(aliases=["Sum", "add"], summary="To add", confidence=0.9)
    quoted(passage, "To add", concept=plus)
    quoted(passage, "Counting comes first.", prerequisite=edge(sums["Count"], plus, confidence=0.95))
    edge(plus, found(arithmetic, "Subtract"), status="proposed", confidence=0.4)
    merged = merge_concepts(plus, into=sums["Add"], author=keeper, reason="the same")
    merged.refresh_from_db()
    plus.refresh_from_db()
    assert (merged.aliases, merged.summary, merged.confidence) == (["Plus", "Sum"], "To add", 0.9)
    assert (plus.status, plus.merged_into) == ("rejected", merged)
    assert [row.quote for row in merged.evidence.all()] == ["To add"]
    assert edges_of(arithmetic) == {
        ("Count", "Add"): 0.95,
        ("Add", "Multiply"): 0.6,
        ("Add", "Subtract"): 0.4,
    }
    united = Prerequisite.objects.get(prerequisite=sums["Count"], dependent=merged)
    assert [row.quote for row in united.evidence.all()] == ["Counting comes first."]
    (revision,) = arithmetic.revisions.all()
    (operation,) = revision.operations
    assert (operation["name"], operation["into"], revision.reason) == ("Plus", "Add", "the same")


def test_evidence_that_both_have_is_not_doubled_and_comes_back_with_undo(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    for concept in (sums["Add"], sums["Multiply"]):
        quoted(passage, "To add is to count on.", concept=concept)
    before = dump(arithmetic), export(arithmetic)
    merge_concepts(sums["Multiply"], into=sums["Add"], author=keeper)
    assert sums["Add"].evidence.count() == sums["Multiply"].evidence.count() == 1
    assert edges_of(arithmetic) == {("Count", "Add"): 0.9}
    undo(arithmetic, author=keeper)
    assert (dump(arithmetic), export(arithmetic)) == before


def test_an_edge_that_a_person_decided_counts_more_than_a_found_one(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    plus = found(arithmetic, "Plus")
    rejected = Prerequisite.objects.get(dependent=sums["Add"])
    editing.decide_prerequisite(rejected, status="rejected", author=keeper)
    edge(sums["Count"], plus, confidence=0.99)
    edge(plus, sums["Multiply"], status="proposed", confidence=0.2, origin=Origin.EDUCATOR)
    merge_concepts(plus, into=sums["Add"], author=keeper)
    rows = arithmetic.prerequisites.filter(prerequisite__merged_into=None, dependent__merged_into=None)
    told = {(row.prerequisite.name, row.dependent.name): (row.status, row.confidence) for row in rows}
    assert told == {("Count", "Add"): ("rejected", 0.99), ("Add", "Multiply"): ("proposed", 0.6)}


def test_a_merge_that_closes_a_circle_is_refused_by_name_and_changes_nothing(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    before = dump(arithmetic)
    with pytest.raises(PrerequisiteCycle) as caught:
        merge_concepts(sums["Multiply"], into=sums["Count"], author=keeper)
    assert set(caught.value.names.values()) == {"Add", "Count"}
    assert caught.value.weakest.confidence == 0.6
    assert dump(arithmetic) == before
    assert not arithmetic.revisions.exists()


def test_only_two_standing_concepts_of_one_subject_are_merged(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, stranger: User
) -> None:
    foreign = found(open_subject(name="Elsewhere", keeper=stranger), "Foreign")
    with pytest.raises(ConceptNotOfSubject):
        merge_concepts(foreign, into=sums["Add"], author=keeper)
    with pytest.raises(MergedWithItself):
        merge_concepts(sums["Add"], into=sums["Add"], author=keeper)
    with pytest.raises(ConceptIsRejected):
        merge_concepts(found(arithmetic, "Gone", status="rejected"), into=sums["Add"], author=keeper)


def test_a_merged_concept_is_edited_in_no_other_way(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    merge_concepts(sums["Multiply"], into=sums["Add"], author=keeper)
    gone = sums["Multiply"]
    refused: list[Any] = [
        lambda: editing.change_concept(gone, author=keeper, changes={"status": "published"}),
        lambda: editing.remove_concept(gone, author=keeper),
        lambda: editing.add_concept(arithmetic, name="Multiply", author=keeper),
        lambda: merge_concepts(gone, into=sums["Count"], author=keeper),
        lambda: merge_concepts(sums["Count"], into=gone, author=keeper),
        lambda: split_concept(gone, name="New", share=Share(), author=keeper),
    ]
    for act in refused:
        with pytest.raises(ConceptWasMerged, match="“Multiply” was merged into “Add”"):
            act()
    text = "source,target\nmultiply,divide\n"
    with pytest.raises(ImportRefused, match="it was merged into “Add”"):
        import_graph(arithmetic, text=text, format_name="csv", author=keeper)
    assert Subject.objects.get().revision == 1


def test_a_split_shares_names_evidence_and_edges_and_defines_both(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    add = sums["Add"]
    Concept.objects.filter(pk=add.pk).update(
        aliases=["Plus", "Sum"], summary="To add is to count on.", position=4
    )
    definition = quoted(passage, "To add is to count on.", concept=add)
    going = quoted(passage, "Counting comes first.", concept=add)
    up = Prerequisite.objects.get(prerequisite=add)
    quoted(passage, "To multiply", prerequisite=up)
    share = Share(aliases=["Sum", "Total"], evidence=[going.pk], prerequisites=[up.pk])
    before = dump(arithmetic), export(arithmetic)
    part = split_concept(add, name="Summing", share=share, author=keeper)
    add.refresh_from_db()
    assert (add.aliases, part.aliases) == (["Plus"], ["Sum", "Total"])
    assert (add.summary, part.summary) == ("To add is to count on.", "Counting comes first.")
    assert ([row.pk for row in add.evidence.all()], [row.pk for row in part.evidence.all()]) == (
        [definition.pk],
        [going.pk],
    )
    assert (part.status, part.position, part.origin, part.key) == ("published", 4, "educator", "summing")
    assert edges_of(arithmetic) == {("Count", "Add"): 0.9, ("Summing", "Multiply"): 0.6}
    up.refresh_from_db()
    assert (up.status, up.reason) == ("rejected", "It went to “Summing” by a split.")
    moved = Prerequisite.objects.get(prerequisite=part)
    assert [row.quote for row in moved.evidence.all()] == ["To multiply"]
    undo(arithmetic, author=keeper)
    assert (dump(arithmetic), export(arithmetic)) == before


def test_both_parts_of_a_split_can_be_defined_anew(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    part = split_concept(
        sums["Add"],
        name="Summing",
        share=Share(),
        author=keeper,
        definition=Quotation(passage, "to count on"),
        remaining_definition=Quotation(passage, "the same number"),
    )
    sums["Add"].refresh_from_db()
    assert (part.summary, sums["Add"].summary) == ("to count on", "the same number")


def test_a_split_names_only_what_is_the_concepts_own(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    foreign = quoted(passage, "To add", concept=sums["Count"])
    far = edge(sums["Count"], sums["Multiply"])
    for share, what in (
        (Share(evidence=[foreign.pk]), "evidence"),
        (Share(prerequisites=[far.pk]), "prerequisite"),
        (Share(points=[foreign.pk]), "rubric point"),
    ):
        with pytest.raises(NotOfThisConcept, match=f"The {what} .* does not belong to “Add”"):
            split_concept(sums["Add"], name="New", share=share, author=keeper)
    with pytest.raises(ConceptNameTaken):
        split_concept(sums["Add"], name="count", share=Share(), author=keeper)
    with pytest.raises(ConceptIsRejected):
        split_concept(found(arithmetic, "Gone", status="rejected"), name="New", share=Share(), author=keeper)
    assert not arithmetic.revisions.exists()
