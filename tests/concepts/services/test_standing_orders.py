from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from concepts.models import Concept, Origin, Prerequisite, Revision, Subject
from concepts.services import standing_orders
from concepts.services.editing import (
    add_concept,
    add_prerequisite,
    change_concept,
    decide_prerequisite,
    remove_concept,
    remove_prerequisite,
)
from concepts.services.graphs_of import names_in, standing_graph
from concepts.services.merging import merge_concepts
from concepts.services.revising import revise
from concepts.services.standing_orders import check_addition, forget_orders
from concepts.services.undoing import redo, undo
from graphs import building
from graphs.errors import GraphError, PrerequisiteCycle
from research.models import Library


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget_orders()
    yield
    forget_orders()


def check(subject: Subject, source: Concept, target: Concept) -> None:
    check_addition(subject, source=str(source.pk), target=str(target.pk))


def refused(subject: Subject, source: Concept, target: Concept) -> bool:
    try:
        check(subject, source, target)
    except PrerequisiteCycle:
        return True
    return False


def test_a_circle_is_refused_with_its_concepts_named(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    with pytest.raises(PrerequisiteCycle, match="Count → Add → Multiply → Count") as error:
        check(arithmetic, sums["Multiply"], sums["Count"])
    assert error.value.weakest.confidence == 0.6


def test_the_graph_is_read_once_and_then_followed(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    assert not refused(arithmetic, sums["Count"], sums["Multiply"])
    divide = add_concept(arithmetic, name="Divide", author=None)
    add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=divide, author=None)
    with CaptureQueriesContext(connection) as queries:
        assert refused(arithmetic, divide, sums["Count"])
    read = [query["sql"] for query in queries if 'FROM "concepts_prerequisite"' in query["sql"]]
    assert read
    assert all(" IN (" in query for query in read), "only edges of what was touched, or of the circle"
    with CaptureQueriesContext(connection) as queries:
        assert not refused(arithmetic, sums["Count"], divide)
    assert len(queries) == 1, "only which revision is the newest"


def test_no_edge_is_refused_for_the_sake_of_one_that_was_taken_out_behind_its_back(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    assert refused(arithmetic, sums["Multiply"], sums["Count"])
    Prerequisite.objects.filter(prerequisite=sums["Count"]).update(status="rejected")
    assert not refused(arithmetic, sums["Multiply"], sums["Count"])


def test_what_another_transaction_took_back_is_not_believed(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    divide = add_concept(arithmetic, name="Divide", author=None)
    with transaction.atomic():
        add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=divide, author=None)
        assert refused(arithmetic, divide, sums["Count"])
        transaction.set_rollback(True)
    arithmetic.refresh_from_db()
    add_prerequisite(arithmetic, prerequisite=divide, dependent=sums["Count"], author=None)
    assert refused(arithmetic, sums["Multiply"], divide)


def test_what_the_same_revision_has_done_already_counts_and_only_there(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    divide = add_concept(arithmetic, name="Divide", author=None)
    check(arithmetic, divide, sums["Count"])
    with transaction.atomic():
        with revise(arithmetic, author=None):
            add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=divide, author=None)
            with pytest.raises(PrerequisiteCycle):
                add_prerequisite(arithmetic, prerequisite=divide, dependent=sums["Count"], author=None)
        transaction.set_rollback(True)
    arithmetic.refresh_from_db()
    check(arithmetic, divide, sums["Count"])


def test_what_was_undone_merged_and_restored_is_followed(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    divide = add_concept(arithmetic, name="Divide", author=keeper)
    add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=divide, author=keeper)
    assert refused(arithmetic, divide, sums["Count"])
    undo(arithmetic, author=keeper)
    assert not refused(arithmetic, divide, sums["Count"])
    redo(arithmetic, author=keeper)
    assert refused(arithmetic, divide, sums["Count"])
    merge_concepts(sums["Multiply"], into=divide, author=keeper)
    assert refused(arithmetic, divide, sums["Add"])


def test_more_changes_than_are_followed_have_everything_read_anew(
    arithmetic: Subject, sums: dict[str, Concept], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not refused(arithmetic, sums["Count"], sums["Multiply"])
    monkeypatch.setattr(standing_orders, "CONCEPTS_FOLLOWED", 0)
    divide = add_concept(arithmetic, name="Divide", author=None)
    add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=divide, author=None)
    assert refused(arithmetic, divide, sums["Count"])


def test_revisions_that_are_not_in_sequence_are_not_followed(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    assert not refused(arithmetic, sums["Count"], sums["Multiply"])
    divide = add_concept(arithmetic, name="Divide", author=None)
    add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=divide, author=None)
    Revision.objects.filter(subject=arithmetic, number=arithmetic.revision - 1).delete()
    assert refused(arithmetic, divide, sums["Count"])


def test_a_rejected_end_is_let_pass_until_it_comes_back(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    sums["Add"].origin = Origin.EXTRACTED
    sums["Add"].save()
    remove_concept(sums["Add"], author=None)
    assert not refused(arithmetic, sums["Multiply"], sums["Add"])
    assert not refused(arithmetic, sums["Multiply"], sums["Count"])
    change_concept(sums["Add"], author=None, changes={"status": "published"})
    assert refused(arithmetic, sums["Multiply"], sums["Add"])
    assert refused(arithmetic, sums["Multiply"], sums["Count"])


class AfterAnyEdits(TestCase):
    """Whatever was edited, by services that know nothing of the check, it says what the full check says."""

    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def test_the_check_agrees_with_the_full_check(self, data: st.DataObject) -> None:
        forget_orders()
        library = Library.objects.create(key="drawn", name="Drawn")
        subject = Subject.objects.create(key="drawn", name="Drawn", library=library)
        for name in "ABCDE":
            add_concept(subject, name=name, author=None)
        for number in range(data.draw(st.integers(1, 12))):
            self._edit(data, subject, number)
            concepts = list(subject.concepts.all())
            graph = standing_graph(subject)
            source, target = (data.draw(st.sampled_from(concepts)) for _ in range(2))
            if {str(source.pk), str(target.pk)} <= set(graph):
                ends = {"source": str(source.pk), "target": str(target.pk)}
                full = _said(partial(building.check_addition, graph, **ends, names=names_in(graph)))
                assert _said(partial(check, subject, source, target)) == full

    def _edit(self, data: st.DataObject, subject: Subject, number: int) -> None:
        concepts, edges = list(subject.concepts.all()), list(subject.prerequisites.all())
        kind = data.draw(
            st.sampled_from(["add", "add", "add", "decide", "remove", "concept", "change", "drop"])
        )
        try:
            if kind == "concept":
                add_concept(subject, name=f"N{number}", author=None)
            elif kind == "change":
                status = data.draw(st.sampled_from(["published", "rejected", "proposed"]))
                change_concept(data.draw(st.sampled_from(concepts)), author=None, changes={"status": status})
            elif kind == "drop":
                remove_concept(data.draw(st.sampled_from(concepts)), author=None)
            elif kind == "add":
                one, other = (data.draw(st.sampled_from(concepts)) for _ in range(2))
                if not Prerequisite.objects.accepted().filter(prerequisite=one, dependent=other).exists():
                    add_prerequisite(subject, prerequisite=one, dependent=other, author=None)
            elif edges and kind == "remove":
                remove_prerequisite(data.draw(st.sampled_from(edges)), author=None)
            elif edges:
                status = data.draw(st.sampled_from(["accepted", "rejected", "proposed"]))
                decide_prerequisite(data.draw(st.sampled_from(edges)), status=status, author=None)
        except GraphError:
            pass  # refused, as it should be; nothing has changed


def _said(check: Callable[[], None]) -> str:
    try:
        check()
    except GraphError as error:
        return f"{type(error).__name__}: {error}"
    return ""
