from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.draft_models import MAX_OPERATIONS
from concepts.errors import (
    CommandDoesNotFit,
    ConceptsError,
    DraftChanged,
    DraftIsClosed,
    NoSuchConceptKey,
    NoSuchOperation,
    NothingToPublish,
    OperationIsNeeded,
    OrderNotComplete,
    PassageNotOfSubject,
    StaleRevision,
    TooManyOperations,
)
from concepts.models import Concept, GraphDraft, Prerequisite, Revision, Subject
from concepts.services import drafting, editing
from concepts.services.drafting import Command
from concepts.services.exchanging import export_graph
from concepts.services.graphs_of import standing_graph
from graphs.errors import PrerequisiteCycle
from research.errors import QuoteNotFound
from research.models import Passage


@pytest.fixture
def draft(arithmetic: Subject, sums: object, keeper: User) -> GraphDraft:
    """An open draft on Count -> Add -> Multiply."""
    return drafting.open_draft(arithmetic, author=keeper, title="Division", reason="it was missing")


def add(draft: GraphDraft, command: str, /, **parameters: Any) -> GraphDraft:
    return drafting.append(draft, commands=[Command(command, parameters)])


def link(draft: GraphDraft, prerequisite: str, dependent: str) -> GraphDraft:
    return add(draft, "add_prerequisite", prerequisite=prerequisite, dependent=dependent)


def numbers(draft: GraphDraft) -> list[int]:
    return [operation["number"] for operation in draft.operations]


def test_a_draft_changes_nothing_until_it_is_published_as_one_revision(
    draft: GraphDraft, keeper: User
) -> None:
    add(draft, "add_concept", name="Divide")
    link(draft, "multiply", "divide")
    add(draft, "change_concept", concept="add", name="Sum")
    assert not Concept.objects.filter(name__in=["Divide", "Sum"]).exists()
    assert Subject.objects.get().revision == 0
    revision = drafting.publish(draft, author=keeper, expected=3, expected_revision=0)
    assert (revision.number, revision.author, revision.reason) == (1, keeper, "Division: it was missing")
    assert [row["operation"] for row in revision.operations] == [
        "add_concept",
        "add_prerequisite",
        "change_concept",
    ]
    assert Prerequisite.objects.filter(prerequisite__key="multiply", dependent__name="Divide").exists()
    assert (draft.state, draft.published_as, draft.closed_by) == ("published", revision, keeper)


def test_a_circle_is_refused_when_it_is_drawn_also_one_through_the_drafts_own_edges(
    draft: GraphDraft,
) -> None:
    add(draft, "add_concept", name="Divide")
    link(draft, "multiply", "divide")
    with pytest.raises(CommandDoesNotFit) as caught:
        link(draft, "divide", "count")
    assert isinstance(caught.value.reason, PrerequisiteCycle)
    assert (caught.value.number, caught.value.command) == (3, "add_prerequisite")
    assert "Count → Add → Multiply → Divide → Count" in str(caught.value)
    assert numbers(draft) == [1, 2]
    draft.refresh_from_db()
    assert (numbers(draft), draft.last_number) == ([1, 2], 2)


def test_several_commands_are_taken_together_or_not_at_all(draft: GraphDraft) -> None:
    commands = [Command("add_concept", {"name": "Divide"}), Command("remove_concept", {"concept": "nothing"})]
    with pytest.raises(CommandDoesNotFit) as caught:
        drafting.append(draft, commands=commands)
    assert (caught.value.number, type(caught.value.reason)) == (2, NoSuchConceptKey)
    assert GraphDraft.objects.get().operations == []


def test_a_definition_must_stand_in_the_subjects_sources(draft: GraphDraft, passage: Passage) -> None:
    quote = {"passage": str(passage.pk), "quote": "to ADD is to count on"}
    add(draft, "change_concept", concept="add", definition=quote)
    with pytest.raises(CommandDoesNotFit) as caught:
        add(draft, "change_concept", concept="count", definition=quote | {"quote": "Not there."})
    assert isinstance(caught.value.reason, QuoteNotFound)
    with pytest.raises(CommandDoesNotFit) as caught:
        add(draft, "change_concept", concept="count", definition=quote | {"passage": str(draft.pk)})
    assert isinstance(caught.value.reason, PassageNotOfSubject)


def test_an_operation_keeps_its_number_and_none_is_given_twice(draft: GraphDraft) -> None:
    for name in ("One", "Two", "Three"):
        add(draft, "add_concept", name=name)
    drafting.remove(draft, number=3)
    drafting.remove(draft, number=1)
    add(draft, "add_concept", name="Four")
    assert numbers(draft) == [2, 4]
    with pytest.raises(NoSuchOperation):
        drafting.remove(draft, number=1)


def test_an_operation_that_a_later_one_needs_stays(draft: GraphDraft) -> None:
    add(draft, "add_concept", name="Divide")
    link(draft, "multiply", "divide")
    with pytest.raises(OperationIsNeeded, match="Operation 2 "):
        drafting.remove(draft, number=1)
    with pytest.raises(OperationIsNeeded):
        drafting.describe(draft, order=[2, 1])
    assert numbers(draft) == [1, 2]
    drafting.remove(draft, number=2)
    drafting.remove(draft, number=1)
    assert draft.operations == []


def test_operations_are_reordered_by_naming_each_once(draft: GraphDraft) -> None:
    add(draft, "add_concept", name="One")
    add(draft, "add_concept", name="Two")
    assert numbers(drafting.describe(draft, order=[2, 1], title="Other")) == [2, 1]
    assert draft.title == "Other"
    for order in ([1], [1, 1], [1, 2, 3], []):
        with pytest.raises(OrderNotComplete):
            drafting.describe(draft, order=order)


def test_the_graph_moved_on_and_what_no_longer_fits_is_named(draft: GraphDraft, keeper: User) -> None:
    add(draft, "add_concept", name="Divide")
    link(draft, "multiply", "divide")
    editing.change_concept(
        Concept.objects.get(key="multiply"), author=keeper, changes={"name": "Times"}, reason="meanwhile"
    )
    editing.add_concept(draft.subject, name="DIVIDE", key="elsewhere", author=keeper)
    with pytest.raises(CommandDoesNotFit) as caught:
        drafting.publish(draft, author=keeper)
    assert caught.value.number == 1
    assert "“DIVIDE” already" in str(caught.value)
    assert Revision.objects.count() == 2
    draft.refresh_from_db()
    assert draft.is_open
    with pytest.raises(CommandDoesNotFit):  # nothing is added to what does not fit ...
        add(draft, "add_concept", name="Other")
    drafting.remove(draft, number=1)  # ... but it can be mended
    with pytest.raises(CommandDoesNotFit, match="no concept with the key “divide”"):
        drafting.publish(draft, author=keeper)


def test_a_draft_on_a_concept_that_was_removed_meanwhile(draft: GraphDraft, keeper: User) -> None:
    mine = editing.add_concept(draft.subject, name="Mine", author=keeper)
    link(draft, "mine", "count")
    editing.remove_concept(mine, author=keeper)
    with pytest.raises(CommandDoesNotFit, match="no concept with the key “mine”; it may have been removed"):
        drafting.publish(draft, author=keeper)
    drafting.remove(draft, number=1)
    with pytest.raises(NothingToPublish):
        drafting.publish(draft, author=keeper)


def test_a_draft_that_still_fits_a_newer_graph_is_published_on_it(draft: GraphDraft, keeper: User) -> None:
    add(draft, "add_concept", name="Divide")
    editing.add_concept(draft.subject, name="Subtract", author=keeper)
    with pytest.raises(StaleRevision):
        drafting.publish(draft, author=keeper, expected_revision=0)
    assert drafting.publish(draft, author=keeper, expected_revision=1).number == 2
    assert draft.based_on == 0


def test_whoever_saw_an_older_version_of_the_draft_is_told(draft: GraphDraft, keeper: User) -> None:
    add(draft, "add_concept", name="Divide")
    for attempt in (
        lambda: drafting.publish(draft, author=keeper, expected=0),
        lambda: drafting.remove(draft, number=1, expected=0),
        lambda: drafting.describe(draft, title="x", expected=0),
        lambda: drafting.append(draft, commands=[Command("add_concept", {"name": "x"})], expected=0),
        lambda: drafting.discard(draft, author=keeper, expected=0),
    ):
        with pytest.raises(DraftChanged):
            attempt()
    assert GraphDraft.objects.get().version == 1


@pytest.mark.parametrize("ending", ["published", "discarded"])
def test_a_closed_draft_stays_as_it_is(draft: GraphDraft, keeper: User, ending: str) -> None:
    add(draft, "add_concept", name="Divide")
    if ending == "published":
        drafting.publish(draft, author=keeper)
    else:
        drafting.discard(draft, author=keeper)
    assert draft.state == ending
    for attempt in (
        lambda: drafting.publish(draft, author=keeper),
        lambda: drafting.remove(draft, number=1),
        lambda: drafting.discard(draft, author=keeper),
        lambda: add(draft, "add_concept", name="x"),
    ):
        with pytest.raises(DraftIsClosed, match=ending):
            attempt()
    assert Revision.objects.count() == (1 if ending == "published" else 0)


def test_a_draft_without_effect_is_not_published(draft: GraphDraft, keeper: User) -> None:
    add(draft, "change_concept", concept="add", name="Add")
    with pytest.raises(NothingToPublish):
        drafting.publish(draft, author=keeper)
    draft.refresh_from_db()
    assert draft.is_open


def test_inside_the_block_it_is_published_and_after_it_never_was(draft: GraphDraft) -> None:
    link(add(draft, "add_concept", name="Divide"), "multiply", "divide")
    before = export_graph(draft.subject, format_name="node-link")
    with drafting.carried_out(draft) as subject:
        assert {data["key"] for _, data in standing_graph(subject).nodes(data=True)} >= {"divide"}
    assert export_graph(Subject.objects.get(), format_name="node-link") == before
    assert not Revision.objects.exists()
    assert draft.subject.revision == 0


def test_a_concept_has_the_same_id_in_the_trial_and_in_the_end(draft: GraphDraft, keeper: User) -> None:
    add(draft, "add_concept", name="Divide")
    link(draft, "multiply", "divide")
    with drafting.carried_out(draft) as subject:
        tried = standing_graph(subject)
    drafting.publish(draft, author=keeper)
    published = standing_graph(Subject.objects.get())
    assert list(tried.nodes(data=True)) == list(published.nodes(data=True))
    assert {edge[:2]: edge[2] for edge in tried.edges(data=True)} == {
        edge[:2]: edge[2] for edge in published.edges(data=True)
    }
    assert list(tried) == list(published)


def test_a_thousand_operations_are_held_tried_and_published(draft: GraphDraft, keeper: User) -> None:
    half = MAX_OPERATIONS // 2
    named = [Command("add_concept", {"name": f"c{number}"}) for number in range(half)]
    joined = [
        Command("add_prerequisite", {"prerequisite": f"c{number}", "dependent": f"c{number + 1}"})
        for number in range(half - 1)
    ]
    closing = Command("add_prerequisite", {"prerequisite": f"c{half - 1}", "dependent": "c0"})
    with pytest.raises(CommandDoesNotFit) as caught:
        drafting.append(draft, commands=[*named, *joined, closing])
    assert isinstance(caught.value.reason, PrerequisiteCycle)
    assert caught.value.number == MAX_OPERATIONS
    assert len(str(caught.value)) < 10_000
    drafting.append(draft, commands=[*named, *joined])
    with pytest.raises(TooManyOperations):
        drafting.append(draft, commands=[closing, closing])
    assert len(drafting.publish(draft, author=keeper).operations) == MAX_OPERATIONS - 1


KEYS = ("count", "add", "multiply", "one", "two")
keys = st.sampled_from(KEYS)
ends = st.fixed_dictionaries({"prerequisite": keys, "dependent": keys})
wishes = st.one_of(
    st.builds(lambda key: Command("add_concept", {"name": key.title(), "key": key}), keys),
    st.builds(lambda key: Command("remove_concept", {"concept": key}), keys),
    st.builds(
        lambda key, status: Command("change_concept", {"concept": key, "status": status}),
        keys,
        st.sampled_from(Concept.Status.values),
    ),
    st.builds(lambda edge: Command("add_prerequisite", edge), ends),
    st.builds(lambda edge: Command("remove_prerequisite", edge), ends),
    st.builds(
        lambda edge, status: Command("decide_prerequisite", edge | {"status": status}),
        ends,
        st.sampled_from(Prerequisite.Status.values),
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(wishes, max_size=12), taken_out=st.lists(st.integers(1, 12), max_size=3))
def test_whatever_a_draft_has_taken_is_published_as_the_trial_said(
    arithmetic: Subject, sums: object, keeper: User, wanted: list[Command], taken_out: list[int]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        draft = drafting.open_draft(arithmetic, author=keeper)
        for command in wanted:
            held = numbers(draft)
            try:
                drafting.append(draft, commands=[command])
            except CommandDoesNotFit:
                draft.refresh_from_db()
                assert numbers(draft) == held
        for number in taken_out:
            try:
                drafting.remove(draft, number=number)
            except (NoSuchOperation, OperationIsNeeded):
                draft.refresh_from_db()
        before = export_graph(arithmetic, format_name="node-link")
        with drafting.carried_out(draft) as subject:
            tried = standing_graph(subject)
        arithmetic.refresh_from_db()
        assert export_graph(arithmetic, format_name="node-link") == before
        try:
            drafting.publish(draft, author=keeper)
        except NothingToPublish:
            assert not Revision.objects.exists()
        except ConceptsError as refused:  # pragma: no cover
            pytest.fail(str(refused))
        published = standing_graph(arithmetic)
        assert list(tried.nodes(data=True)) == list(published.nodes(data=True))
        assert list(tried.edges(data=True)) == list(published.edges(data=True))
        transaction.set_rollback(True)
