from __future__ import annotations

import pytest

from accounts.models import User
from concepts.errors import StaleRevision, UnknownRevision
from concepts.models import Concept, Prerequisite, Subject
from concepts.services import editing
from concepts.services.comparing import diff
from concepts.services.exchanging import import_graph
from concepts.services.merging import merge_concepts
from concepts.services.quoting import Quotation
from concepts.services.undoing import undo
from research.models import Passage
from tests.concepts.conftest import found


def names(rows: list[dict[str, str]]) -> list[str]:
    return [
        row["name"] if "name" in row else f"{row['prerequisite']} before {row['dependent']}" for row in rows
    ]


def test_a_difference_is_told_by_names(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage, keeper: User
) -> None:
    divide = editing.add_concept(
        arithmetic, name="Divide", author=keeper, definition=Quotation(passage, "To multiply")
    )
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Addition", "position": 7})
    editing.add_prerequisite(arithmetic, prerequisite=sums["Multiply"], dependent=divide, author=keeper)
    first = Prerequisite.objects.get(dependent=sums["Add"])
    editing.reweigh_prerequisite(first, confidence=0.25, author=keeper)
    found_ = diff(arithmetic, 0, 4).as_dict()
    assert names(found_["concepts"]["added"]) == ["Divide"]
    assert found_["concepts"]["removed"] == found_["prerequisites"]["removed"] == []
    (changed,) = found_["concepts"]["changed"]
    assert (changed["key"], changed["before"], changed["after"]) == (
        "add",
        {"name": "Add", "position": 1},
        {"name": "Addition", "position": 7},
    )
    assert names(found_["prerequisites"]["added"]) == ["Multiply before Divide"]
    (edge,) = found_["prerequisites"]["changed"]
    assert (edge["prerequisite"], edge["before"]["confidence"], edge["after"]["confidence"]) == (
        "Count",
        0.9,
        0.25,
    )
    assert found_["evidence"] == {"added": 1, "removed": 0}


def test_the_other_way_round_everything_is_the_other_way_round(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    editing.add_concept(arithmetic, name="Divide", author=keeper)
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Addition"})
    there, back = diff(arithmetic, 0, 2).as_dict(), diff(arithmetic, 2, 0).as_dict()
    assert there["concepts"]["added"] == back["concepts"]["removed"]
    assert back["concepts"]["changed"][0]["after"] == {"name": "Add"}
    assert diff(arithmetic, 2, 2).is_empty
    undo(arithmetic, author=keeper)
    assert diff(arithmetic, 1, 3).is_empty
    assert not diff(arithmetic, 1, 2).is_empty
    with pytest.raises(UnknownRevision):
        diff(arithmetic, 0, 4)


def test_a_concept_that_goes_takes_its_edges_with_it(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    editing.remove_concept(sums["Add"], author=keeper)
    gone = diff(arithmetic, 0, 1).as_dict()
    assert names(gone["concepts"]["removed"]) == ["Add"]
    assert names(gone["prerequisites"]["removed"]) == ["Add before Multiply", "Count before Add"]


def test_only_what_differs_at_the_two_ends_is_told_whatever_came_later(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    plus = found(arithmetic, "Plus")
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "One"})
    merge_concepts(plus, into=sums["Add"], author=keeper)
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Three"})
    editing.remove_concept(sums["Add"], author=keeper)
    first = diff(arithmetic, 0, 1).as_dict()
    assert first["concepts"]["changed"][0]["after"] == {"name": "One"}
    assert first["prerequisites"] == {"added": [], "removed": [], "changed": []}
    middle = diff(arithmetic, 1, 2).as_dict()
    assert names(middle["concepts"]["removed"]) == ["Plus"]


def test_who_comes_second_is_told_what_happened_between(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User, stranger: User
) -> None:
    editing.change_concept(
        sums["Add"], author=stranger, changes={"name": "Addition"}, reason="as the book says"
    )
    with pytest.raises(StaleRevision, match="changed “Addition”: name from “Add” to “Addition”") as caught:
        editing.add_concept(arithmetic, name="Divide", author=keeper, expected=0)
    since = caught.value.since
    assert since is not None
    (revision,) = since["revisions"]
    assert (revision["number"], revision["reason"]) == (1, "as the book says")
    assert revision["told"].startswith("r1 by stranger: changed")
    assert since["diff"]["concepts"]["changed"][0]["before"] == {"name": "Add"}
    assert since["diff"]["concepts"]["count"] == 1
    with pytest.raises(StaleRevision) as caught:
        editing.add_concept(arithmetic, name="Divide", author=keeper, expected=7)
    assert caught.value.since is None


def test_of_very_many_changes_the_first_and_their_number_are_told(arithmetic: Subject) -> None:
    text = "source,target\n" + "".join(f"a{n},b{n}\n" for n in range(60))
    import_graph(arithmetic, text=text, format_name="csv", author=None)
    with pytest.raises(StaleRevision) as caught:
        editing.add_concept(arithmetic, name="Divide", author=None, expected=0)
    assert caught.value.since is not None
    told = caught.value.since["diff"]["concepts"]
    assert (len(told["added"]), told["count"]) == (50, 120)
