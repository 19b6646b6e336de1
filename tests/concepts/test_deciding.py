"""Answers to the queue's questions: flipped, timed, taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.errors import (
    ConceptWasMerged,
    DecisionOvertaken,
    NotAnEdge,
    NothingToTakeBack,
    PrerequisiteHeldAlready,
    ShownInTheFuture,
    StaleRevision,
)
from concepts.models import Concept, Evidence, Prerequisite, ReviewDecision, Subject
from concepts.services import editing
from concepts.services.deciding import decide_question, last_decision, take_back
from concepts.services.flipping import flip_prerequisite
from concepts.services.graphs_of import standing_graph
from concepts.services.merging import merge_concepts
from concepts.services.review_stats import review_stats
from concepts.services.telling import tell_revision
from concepts.services.undoing import redo, undo
from graphs.errors import PrerequisiteCycle
from research.models import Passage
from tests.concepts.conftest import edge, found, quoted

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOWN = NOW - timedelta(seconds=20)


def picture(subject: Subject) -> dict[str, Any]:
    """All that a decision may change, as it stands."""
    edges = Prerequisite.objects.filter(subject=subject).order_by("pk")
    evidence = Evidence.objects.filter(prerequisite__subject=subject).order_by("pk")
    return {
        "concepts": list(subject.concepts.order_by("pk").values()),
        "edges": list(edges.values()),
        "evidence": list(evidence.values()),
    }


def test_a_flip_is_one_revision_and_carries_the_evidence_to_the_other_side(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    row = sums["Add"].unlocks.get()
    quoted(passage, "To multiply is to add", prerequisite=row)
    quoted(passage, "Counting comes first.", supports=False, prerequisite=row)
    flipped = flip_prerequisite(row, author=keeper).edge
    row.refresh_from_db()
    assert row.status == "rejected"
    assert (flipped.prerequisite.name, flipped.dependent.name, flipped.status) == (
        "Multiply",
        "Add",
        "accepted",
    )
    assert flipped.gates
    carried = {one.quote: one.supports for one in flipped.evidence.all()}
    assert carried == {"To multiply is to add": False, "Counting comes first.": True}
    assert row.evidence.count() == 2
    (revision,) = arithmetic.revisions.all()
    assert [one["operation"] for one in revision.operations] == ["flip_prerequisite"]


def test_a_flip_that_would_close_a_circle_is_refused_by_name_and_changes_nothing(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    shortcut = edge(sums["Count"], sums["Multiply"])
    before = picture(arithmetic)
    with pytest.raises(PrerequisiteCycle, match="Count → Add → Multiply → Count"):
        decide_question(shortcut, choice="flip", author=keeper, shown_at=SHOWN, now=NOW)
    assert picture(arithmetic) == before
    assert not ReviewDecision.objects.exists()


def test_a_flip_onto_an_edge_that_was_rejected_takes_that_one_up_without_doubling_words(
    sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    row = sums["Add"].unlocks.get()
    old = edge(sums["Multiply"], sums["Add"], status="rejected")
    quoted(passage, "To multiply is to add", prerequisite=row)
    quoted(passage, "To multiply is to add", supports=False, prerequisite=old)
    assert flip_prerequisite(row, author=keeper).edge == old
    old.refresh_from_db()
    assert (old.status, old.evidence.count()) == ("accepted", 1)
    with pytest.raises(PrerequisiteHeldAlready):
        flip_prerequisite(row, author=keeper)


@pytest.mark.parametrize("choice", ["accept", "reject", "flip", "skip"])
def test_every_decision_is_timed_and_says_what_was_before_and_after(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, choice: str
) -> None:
    row = sums["Add"].unlocks.get()
    decision = decide_question(row, choice=choice, author=keeper, shown_at=SHOWN, now=NOW)
    assert (decision.seconds, decision.author, decision.what) == (20, keeper, "Add before Multiply")
    assert decision.before["row"]["status"] == "accepted"
    after = "rejected" if choice in ("reject", "flip") else "accepted"
    assert decision.after["row"]["status"] == after
    arithmetic.refresh_from_db()
    assert decision.revision == arithmetic.revision == (0 if choice == "skip" else 1)


@pytest.mark.parametrize("has_opposite", [True, False])
def test_a_flip_and_its_taking_back_are_undone_to_the_byte(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User, has_opposite: bool
) -> None:
    row = sums["Add"].unlocks.get()
    quoted(passage, "To multiply is to add", prerequisite=row)
    if has_opposite:
        edge(sums["Multiply"], sums["Add"], status="rejected")
    states = [picture(arithmetic)]
    decide_question(row, choice="flip", author=keeper, shown_at=SHOWN, now=NOW)
    states.append(picture(arithmetic))
    assert "turned round “Add” before “Multiply”" in tell_revision(arithmetic.revisions.get(number=1))
    undo(arithmetic, author=keeper)
    assert picture(arithmetic) == states[0]
    redo(arithmetic, author=keeper)
    assert picture(arithmetic) == states[1]
    take_back(arithmetic, author=keeper, now=NOW)
    assert picture(arithmetic) == states[0]
    newest = arithmetic.revisions.order_by("number").last()
    assert newest is not None
    assert "took back a decision on “Add before Multiply”" in tell_revision(newest)
    undo(arithmetic, author=keeper)
    assert picture(arithmetic) == states[1]


def test_an_edge_at_a_concept_that_was_merged_is_not_turned_round(
    sums: dict[str, Concept], keeper: User
) -> None:
    row = sums["Add"].unlocks.get()
    merge_concepts(sums["Add"], into=sums["Count"], author=keeper)
    with pytest.raises(ConceptWasMerged):
        flip_prerequisite(row, author=keeper)


def test_accepting_a_stale_row_takes_its_flag_away(sums: dict[str, Concept], keeper: User) -> None:
    row = sums["Add"].unlocks.get()
    Prerequisite.objects.update(is_stale=True, decided_by=keeper)
    Concept.objects.update(is_stale=True)
    for one in (row, sums["Add"]):
        decide_question(one, choice="accept", author=keeper, shown_at=SHOWN, now=NOW)
        one.refresh_from_db()
        assert not one.is_stale


def test_a_concept_cannot_be_flipped(sums: dict[str, Concept], keeper: User) -> None:
    with pytest.raises(NotAnEdge, match="“Add” is a concept"):
        decide_question(sums["Add"], choice="flip", author=keeper, shown_at=SHOWN, now=NOW)


def test_what_was_shown_in_the_future_is_refused_and_a_small_drift_is_not(
    sums: dict[str, Concept], keeper: User
) -> None:
    ask: dict[str, Any] = {"choice": "skip", "author": keeper, "now": NOW}
    with pytest.raises(ShownInTheFuture):
        decide_question(sums["Add"], shown_at=NOW + timedelta(hours=1), **ask)
    assert decide_question(sums["Add"], shown_at=NOW + timedelta(seconds=30), **ask).seconds == 0
    long_ago = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    assert decide_question(sums["Add"], shown_at=long_ago, **ask).seconds == 86_400


def test_a_decision_on_an_older_graph_is_refused(sums: dict[str, Concept], keeper: User) -> None:
    row = sums["Add"].unlocks.get()
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Plus"})
    with pytest.raises(StaleRevision):
        decide_question(row, choice="reject", author=keeper, shown_at=SHOWN, now=NOW, expected=0)
    assert not ReviewDecision.objects.exists()


def test_only_ones_own_last_decision_is_taken_back_and_only_once(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, stranger: User
) -> None:
    row = sums["Add"].unlocks.get()
    decide_question(row, choice="reject", author=keeper, shown_at=SHOWN, now=NOW)
    with pytest.raises(NothingToTakeBack):
        take_back(arithmetic, author=stranger, now=NOW)
    take_back(arithmetic, author=keeper, now=NOW)
    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("accepted", None)
    with pytest.raises(NothingToTakeBack):
        take_back(arithmetic, author=keeper, now=NOW)


def test_what_someone_else_changed_meanwhile_is_not_taken_back(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, stranger: User
) -> None:
    row = sums["Add"].unlocks.get()
    decide_question(row, choice="reject", author=keeper, shown_at=SHOWN, now=NOW)
    editing.decide_prerequisite(row, status="accepted", author=stranger)
    with pytest.raises(DecisionOvertaken):
        take_back(arithmetic, author=keeper, now=NOW)


@pytest.mark.parametrize("choice", ["reject", "flip"])
def test_what_a_merge_has_carried_to_another_concept_meanwhile_is_not_taken_back(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, choice: str
) -> None:
    row = sums["Add"].unlocks.get()
    decide_question(row, choice=choice, author=keeper, shown_at=SHOWN, now=NOW)
    merge_concepts(sums["Add"], into=found(arithmetic, "Sum", position=9), author=keeper)
    before = picture(arithmetic)
    with pytest.raises(DecisionOvertaken):
        take_back(arithmetic, author=keeper, now=NOW)
    assert picture(arithmetic) == before


def test_what_was_undone_in_the_history_is_passed_over_until_it_is_redone(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    rows = [sums["Count"].unlocks.get(), sums["Add"].unlocks.get()]
    first, second = (
        decide_question(
            row, choice="reject", author=keeper, shown_at=SHOWN, now=NOW + timedelta(seconds=place)
        )
        for place, row in enumerate(rows)
    )
    undo(arithmetic, author=keeper)
    assert last_decision(arithmetic, author=keeper) == first
    redo(arithmetic, author=keeper)
    assert last_decision(arithmetic, author=keeper) == second
    undo(arithmetic, author=keeper)
    assert take_back(arithmetic, author=keeper, now=NOW) == first
    assert {row.status for row in Prerequisite.objects.all()} == {"accepted"}
    with pytest.raises(NothingToTakeBack):
        take_back(arithmetic, author=keeper, now=NOW)


def test_what_would_close_a_circle_by_now_is_not_taken_back(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    row = sums["Add"].unlocks.get()
    decide_question(row, choice="reject", author=keeper, shown_at=SHOWN, now=NOW)
    editing.add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=sums["Add"], author=keeper)
    with pytest.raises(PrerequisiteCycle):
        take_back(arithmetic, author=keeper, now=NOW)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_run_of_decisions_keeps_the_graph_acyclic_and_taken_back_leaves_it_as_it_was(
    data: st.DataObject, arithmetic: Subject, keeper: User, passage: Passage
) -> None:
    Concept.objects.filter(subject=arithmetic).delete()
    ReviewDecision.objects.all().delete()
    rows = [found(arithmetic, f"c{number}", position=number) for number in range(5)]
    ends = data.draw(st.lists(st.sampled_from([(a, b) for b in range(5) for a in range(b)]), unique=True))
    statuses = st.sampled_from(["proposed", "accepted", "rejected"])
    made = [edge(rows[a], rows[b], status=data.draw(statuses)) for a, b in ends]
    for row in made:
        quoted(passage, "Counting comes first.", prerequisite=row)
    before = picture(arithmetic)
    done = 0
    for number in range(data.draw(st.integers(0, 6))):
        choices: list[Concept | Prerequisite] = [*made, *rows]
        chosen = data.draw(st.sampled_from(choices))
        choice = data.draw(st.sampled_from(["accept", "reject", "flip", "skip"]))
        try:
            at = NOW + timedelta(seconds=number)
            decide_question(chosen, choice=choice, author=keeper, shown_at=SHOWN, now=at)
            done += 1
        except (PrerequisiteCycle, NotAnEdge, PrerequisiteHeldAlready):
            continue
        standing_graph(arithmetic)  # raises on a circle
    for step in range(done):
        take_back(arithmetic, author=keeper, now=NOW + timedelta(minutes=step))
    assert picture(arithmetic) == before


def test_the_stats_count_minutes_and_hold_nobody_to_the_hours_they_were_away(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    assert review_stats(arithmetic)["minutes_left"] is None
    edge(sums["Count"], sums["Multiply"], status="proposed")
    row = sums["Add"].unlocks.get()
    for choice, seconds in (("accept", 10), ("reject", 30), ("skip", 20), ("accept", 9000)):
        shown = NOW - timedelta(seconds=seconds)
        decide_question(row, choice=choice, author=keeper, shown_at=shown, now=NOW)
    stats = review_stats(arithmetic)
    assert (stats["decided"], stats["waiting"], stats["median_seconds"]) == (3, 1, 30)
    assert stats["choices"] == {"accept": 2, "reject": 1, "flip": 0, "skip": 1}
    assert stats["mean_seconds"] == pytest.approx(640 / 3)
    assert stats["minutes"] == pytest.approx(660 / 60)
    assert stats["minutes_left"] == pytest.approx(640 / 3 / 60)


def test_a_decision_over_one_whose_author_left_can_be_taken_back(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    row = sums["Add"].unlocks.get()
    colleague = User.objects.create_user("colleague", role=User.Role.EDUCATOR)
    decide_question(row, choice="reject", author=colleague, shown_at=SHOWN, now=NOW)
    decide_question(row, choice="accept", author=keeper, shown_at=SHOWN, now=NOW)
    colleague.delete()
    take_back(arithmetic, author=keeper, now=NOW)
    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("rejected", None)
