from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import User
from concepts.errors import AlreadyAtRevision, ConceptsError, NothingToRedo, NothingToUndo, UnknownRevision
from concepts.models import Concept, Evidence, Origin, Prerequisite, Revision, Subject
from concepts.services import editing
from concepts.services.acyclicity import load_links
from concepts.services.exchanging import import_graph
from concepts.services.merging import merge_concepts
from concepts.services.quoting import Quotation
from concepts.services.splitting import Share, split_concept
from concepts.services.staleness import mark_stale_after_ingest
from concepts.services.undoing import redo, restore, undo
from graphs.errors import GraphError, PrerequisiteCycle
from research.models import Document, Library, Passage, Source
from tests.concepts.conftest import TEXT, edge, found, quoted
from tests.concepts.rows import dump, export


def test_undo_brings_back_the_exact_bytes_as_a_new_revision_and_redo_takes_them_away_again(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    before = dump(arithmetic), export(arithmetic)
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Addition"})
    after = dump(arithmetic), export(arithmetic)
    undone = undo(arithmetic, author=keeper, expected=1)
    assert (dump(arithmetic), export(arithmetic)) == before
    assert (undone.number, undone.kind, undone.target, undone.author) == (2, "undo", 1, keeper)
    redone = redo(arithmetic, author=keeper, expected=2)
    assert (dump(arithmetic), export(arithmetic)) == after
    assert (redone.number, redone.kind, redone.target) == (3, "redo", 1)
    assert [revision.number for revision in Revision.objects.all()] == [3, 2, 1]


def test_undos_go_back_step_by_step_and_redos_forward_until_something_new_is_done(
    arithmetic: Subject, keeper: User
) -> None:
    states = [dump(arithmetic)]
    for name in ("One", "Two", "Three"):
        editing.add_concept(arithmetic, name=name, author=keeper)
        states.append(dump(arithmetic))
    for state in reversed(states[:-1]):
        undo(arithmetic, author=keeper)
        assert dump(arithmetic) == state
    with pytest.raises(NothingToUndo, match="Arithmetic"):
        undo(arithmetic, author=keeper)
    for state in states[1:3]:
        redo(arithmetic, author=keeper)
        assert dump(arithmetic) == state
    undo(arithmetic, author=keeper)
    assert dump(arithmetic) == states[1]
    editing.add_concept(arithmetic, name="Other", author=keeper)
    with pytest.raises(NothingToRedo, match="restore its revision"):
        redo(arithmetic, author=keeper)
    undo(arithmetic, author=keeper)
    assert dump(arithmetic) == states[1]


def test_restore_goes_to_any_revision_in_one_and_is_itself_undone(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    states = [dump(arithmetic)]

    def edits() -> None:
        for edit in (
            lambda: editing.add_concept(
                arithmetic, name="Divide", author=keeper, definition=Quotation(passage, "To multiply")
            ),
            lambda: editing.remove_concept(sums["Count"], author=keeper),
            lambda: merge_concepts(sums["Multiply"], into=sums["Add"], author=keeper),
            lambda: undo(arithmetic, author=keeper),
        ):
            edit()
            states.append(dump(arithmetic))

    edits()
    with pytest.raises(AlreadyAtRevision):
        restore(arithmetic, 2, author=keeper)
    for number in (1, 0, 3, 1):
        last = dump(arithmetic)
        made = restore(arithmetic, number, author=keeper)
        assert (made.kind, made.target) == ("restore", number)
        assert dump(arithmetic) == states[number]
        undo(arithmetic, author=keeper)
        assert dump(arithmetic) == last
    with pytest.raises(UnknownRevision, match="from 0"):
        restore(arithmetic, 99, author=keeper)


def test_an_import_and_the_mark_of_changed_sources_are_taken_back_like_any_edit(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    quoted(passage, "To add is to count on.", concept=sums["Add"])
    states = [dump(arithmetic)]
    text = "source,target\nadd,divide\ncount,multiply\n"
    import_graph(arithmetic, text=text, format_name="csv", author=keeper)
    states.append(dump(arithmetic))
    Document.objects.update(is_current=False)
    mark_stale_after_ingest(arithmetic.library_id, [passage.document_id])
    assert Concept.objects.get(pk=sums["Add"].pk).is_stale
    for state in reversed(states):
        undo(arithmetic, author=keeper)
        assert dump(arithmetic) == state


def test_what_was_removed_past_the_history_with_its_source_does_not_stand_in_the_way(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    editing.change_concept(
        sums["Add"], author=keeper, changes={}, definition=Quotation(passage, "To add is to count on.")
    )
    undo(arithmetic, author=keeper)
    passage.document.source.delete()
    redo(arithmetic, author=keeper)
    sums["Add"].refresh_from_db()
    assert (sums["Add"].summary, sums["Add"].evidence.count()) == ("To add is to count on.", 0)


def test_an_educator_who_left_is_not_needed_to_undo(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, stranger: User
) -> None:
    editing.change_concept(sums["Add"], author=stranger, changes={"name": "Addition"})
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Plus"})
    stranger.delete()
    undo(arithmetic, author=keeper)
    sums["Add"].refresh_from_db()
    assert (sums["Add"].name, sums["Add"].decided_by) == ("Addition", None)


def test_a_circle_that_came_past_the_history_is_refused_by_name(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    editing.remove_prerequisite(Prerequisite.objects.get(dependent=sums["Add"]), author=keeper)
    edge(sums["Multiply"], sums["Count"], origin=Origin.EDUCATOR)
    with pytest.raises(PrerequisiteCycle, match="Count"):
        undo(arithmetic, author=keeper)
    assert Subject.objects.get().revision == 1


NAMES = ("A", "B", "C", "D", "E")
QUOTES = ("Counting comes first.", "To add is to count on.", "the same number", "again and again")


class History(RuleBasedStateMachine):
    """Any edits, merges, splits, undos, redos and restores, beside a plain list of what the graph was."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        connection.check_constraints()
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        library = Library.objects.create(key="sums", name="Sums")
        self.subject = Subject.objects.create(key="sums", name="Sums", library=library)
        source = Source.objects.create(library=library, kind="text", origin="s.txt", state="ready")
        document = Document.objects.create(source=source, version=1, content_hash="1", text=TEXT)
        self.passage = Passage.objects.create(
            document=document, ordinal=0, start=0, end=len(TEXT), text=TEXT, text_hash="1"
        )
        self.keeper = User.objects.create_user("keeper", role="educator")
        made = [found(self.subject, name) for name in NAMES]
        for concept, quote in zip(made, QUOTES, strict=False):
            quoted(self.passage, quote, concept=concept)
        quoted(self.passage, "To add", prerequisite=edge(made[0], made[1]))
        quoted(self.passage, "To multiply", prerequisite=edge(made[1], made[2], status="proposed"))
        self.done: list[str] = []
        self.undone: list[str] = []
        self.states = [self.now()]
        self.spans = self.evidence()

    def now(self) -> str:
        return dump(self.subject) + export(self.subject)

    def evidence(self) -> set[tuple[Any, ...]]:
        return set(Evidence.objects.values_list("passage", "start", "end", "quote"))

    def edit(self, act: Any) -> None:
        """Do it; what is refused must change nothing, and what makes a revision can be undone."""
        before, number = self.now(), len(self.states)
        try:
            act()
        except (ConceptsError, GraphError):
            assert self.now() == before
            return
        self.subject.refresh_from_db()
        if self.subject.revision == number:
            self.done.append(before)
            self.undone.clear()
            self.states.append(self.now())

    def concept(self, which: int) -> Concept:
        rows = list(self.subject.concepts.order_by("key"))
        return rows[which % len(rows)]

    def prerequisite(self, which: int) -> Prerequisite:
        rows = list(self.subject.prerequisites.order_by("prerequisite__key", "dependent__key"))
        return rows[which % len(rows)]

    which = st.integers(0, 9)

    @rule(name=st.sampled_from([*NAMES, "F", "G"]), quote=st.sampled_from(["", *QUOTES]))
    def add(self, name: str, quote: str) -> None:
        definition = Quotation(self.passage, quote) if quote else None
        self.edit(
            lambda: editing.add_concept(self.subject, name=name, author=self.keeper, definition=definition)
        )

    @rule(
        which=which,
        changes=st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["A", "H", "J"]),
                "status": st.sampled_from(["published", "proposed", "rejected"]),
                "position": st.integers(0, 3),
            },
        ),
        quote=st.sampled_from(["", *QUOTES]),
    )
    def change(self, which: int, changes: dict[str, Any], quote: str) -> None:
        definition = Quotation(self.passage, quote) if quote else None
        self.edit(
            lambda: editing.change_concept(
                self.concept(which), author=self.keeper, changes=changes, definition=definition
            )
        )

    @rule(which=which)
    def remove(self, which: int) -> None:
        self.edit(lambda: editing.remove_concept(self.concept(which), author=self.keeper))

    @rule(first=which, second=which, quote=st.sampled_from(["", *QUOTES]))
    def connect(self, first: int, second: int, quote: str) -> None:
        self.edit(
            lambda: editing.add_prerequisite(
                self.subject,
                prerequisite=self.concept(first),
                dependent=self.concept(second),
                author=self.keeper,
                quotation=Quotation(self.passage, quote) if quote else None,
            )
        )

    @rule(which=which, status=st.sampled_from(["accepted", "rejected", "proposed"]))
    def decide(self, which: int, status: str) -> None:
        self.edit(
            lambda: editing.decide_prerequisite(self.prerequisite(which), status=status, author=self.keeper)
        )

    @rule(which=which, confidence=st.floats(0, 1))
    def reweigh(self, which: int, confidence: float) -> None:
        self.edit(
            lambda: editing.reweigh_prerequisite(
                self.prerequisite(which), confidence=confidence, author=self.keeper
            )
        )

    @rule(which=which)
    def disconnect(self, which: int) -> None:
        self.edit(lambda: editing.remove_prerequisite(self.prerequisite(which), author=self.keeper))

    @rule(first=which, second=which)
    def merge(self, first: int, second: int) -> None:
        self.edit(lambda: merge_concepts(self.concept(first), into=self.concept(second), author=self.keeper))

    @rule(which=which, name=st.sampled_from(["K", "L", "B"]), take=st.sets(st.integers(0, 5)))
    def split(self, which: int, name: str, take: set[int]) -> None:
        concept = self.concept(which)
        evidence = list(concept.evidence.order_by("start", "pk").values_list("pk", flat=True))
        edges = [*concept.rests_on.order_by("pk"), *concept.unlocks.order_by("pk")]
        share = Share(
            evidence={key for place, key in enumerate(evidence) if place in take},
            prerequisites={row.pk for place, row in enumerate(edges) if place in take},
        )
        self.edit(lambda: split_concept(concept, name=name, share=share, author=self.keeper))

    @rule(rows=st.lists(st.tuples(st.sampled_from("abcxy"), st.sampled_from("abcxy")), max_size=3))
    def take_in(self, rows: list[tuple[str, str]]) -> None:
        text = "source,target\n" + "".join(f"{first},{second}\n" for first, second in rows)
        self.edit(lambda: import_graph(self.subject, text=text, format_name="csv", author=self.keeper))

    @rule()
    def undo(self) -> None:
        if not self.done:
            with pytest.raises(NothingToUndo):
                undo(self.subject, author=self.keeper)
            return
        self.undone.append(self.now())
        undo(self.subject, author=self.keeper)
        assert self.now() == self.done.pop()
        self.states.append(self.now())

    @rule()
    def redo(self) -> None:
        if not self.undone:
            with pytest.raises(NothingToRedo):
                redo(self.subject, author=self.keeper)
            return
        self.done.append(self.now())
        redo(self.subject, author=self.keeper)
        assert self.now() == self.undone.pop()
        self.states.append(self.now())

    @rule(which=st.integers(0, 20))
    def restore(self, which: int) -> None:
        number = which % len(self.states)
        self.edit(lambda: restore(self.subject, number, author=self.keeper))
        assert self.now() == self.states[number]

    @invariant()
    def stands_without_a_circle_or_a_lost_word(self) -> None:
        if not hasattr(self, "subject"):
            return
        assert nx.is_directed_acyclic_graph(load_links(self.subject))
        self.subject.refresh_from_db()
        assert self.subject.revision == len(self.states) - 1
        assert self.evidence() >= self.spans


@pytest.mark.django_db
def test_any_history_keeps_the_graph_acyclic_loses_no_evidence_and_undoes_to_the_byte() -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=25,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
