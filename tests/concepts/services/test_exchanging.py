from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import User
from concepts.models import Concept, Prerequisite, Revision, Subject
from concepts.services.exchanging import export_graph, import_graph, try_import
from concepts.services.subjects import open_subject
from concepts.services.undoing import undo
from graphs.errors import ImportRefused, UnreadableGraph
from research.models import Passage
from tests.concepts.conftest import edge, found

CSV = "source,target,confidence,reason\nCount,Add,0.9,\nAdd,Multiply,,sums come first\nDivide,,,\n"


def node_link(nodes: list[dict[str, object]], edges: list[dict[str, object]] | None = None) -> str:
    return json.dumps({"nodes": nodes, "edges": edges or []})


def refusals(subject: Subject, text: str) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as caught:
        import_graph(subject, text=text, format_name="node-link", author=None)
    assert not Revision.objects.exists()
    return [(row.what, row.reason) for row in caught.value.rows]


def test_a_spreadsheet_becomes_one_revision(arithmetic: Subject, keeper: User) -> None:
    done = import_graph(arithmetic, text=CSV, format_name="csv", author=keeper, expected=0)
    assert (done.concepts_added, done.prerequisites_added, done.revision) == (4, 2, 1)
    edges = {
        (row.prerequisite.name, row.dependent.name): (row.confidence, row.reason, row.status)
        for row in Prerequisite.objects.select_related("prerequisite", "dependent")
    }
    assert edges == {
        ("Count", "Add"): (0.9, "", "accepted"),
        ("Add", "Multiply"): (1.0, "sums come first", "accepted"),
    }
    assert [concept.name for concept in Concept.objects.all()] == ["Count", "Add", "Multiply", "Divide"]


def test_the_same_file_again_changes_nothing(arithmetic: Subject) -> None:
    for _ in range(2):
        done = import_graph(arithmetic, text=CSV, format_name="csv", author=None)
    assert (done.concepts_added, done.prerequisites_added, done.revision) == (0, 0, 1)
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("format_name", ["node-link", "graphml"])
def test_an_export_makes_the_same_graph_in_another_subject(
    arithmetic: Subject, sums: dict[str, Concept], stranger: User, format_name: str
) -> None:
    Concept.objects.filter(name="Add").update(aliases=["addition", "plus"])
    edge(sums["Count"], sums["Multiply"], status="proposed", confidence=0.3)
    text = export_graph(arithmetic, format_name=format_name, with_proposals=True)
    copy = open_subject(name="Copy", keeper=stranger)
    import_graph(copy, text=text, format_name=format_name, author=stranger)

    def told(subject: Subject) -> tuple[list[Any], list[Any]]:
        concepts = subject.concepts.values_list("key", "name", "aliases", "status", "position")
        edges = subject.prerequisites.values_list(
            "prerequisite__key", "dependent__key", "status", "confidence"
        )
        return sorted(map(tuple, concepts)), sorted(edges)

    assert told(copy) == told(arithmetic)


def test_a_layout_is_exported_with_places_corners_and_what_is_redundant(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    edge(sums["Count"], sums["Multiply"])
    data = json.loads(export_graph(arithmetic, format_name="node-link", layout=True))
    assert [(node["id"], node["y"]) for node in data["nodes"]] == [("count", 0), ("add", 1), ("multiply", 2)]
    redundant = {(row["source"], row["target"]): row["redundant"] for row in data["edges"]}
    assert redundant == {("count", "add"): False, ("add", "multiply"): False, ("count", "multiply"): True}
    assert all(("route" in row) is not row["redundant"] for row in data["edges"])
    assert data["graph"]["revision"] == arithmetic.revision


def test_a_definition_is_taken_only_in_the_words_of_a_source(arithmetic: Subject, passage: Passage) -> None:
    text = node_link(
        [
            {"id": "add", "summary": "To add is to count on."},
            {"id": "divide", "summary": "To divide is to share."},
        ]
    )
    done = import_graph(arithmetic, text=text, format_name="node-link", author=None)
    assert done.definitions_not_found == 1
    assert dict(Concept.objects.values_list("key", "summary")) == {
        "add": "To add is to count on.",
        "divide": "",
    }


def test_a_new_definition_alone_is_a_revision_and_can_be_undone(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage
) -> None:
    text = node_link([{"id": "add", "name": "Add", "summary": "To add is to count on."}])
    assert try_import(arithmetic, text=text, format_name="node-link").concepts_changed == 1
    done = import_graph(arithmetic, text=text, format_name="node-link", author=None)
    assert (done.concepts_changed, done.revision) == (1, 1)
    again = import_graph(arithmetic, text=text, format_name="node-link", author=None)
    assert (again.concepts_changed, again.revision) == (0, 1)
    undo(arithmetic, author=None)
    sums["Add"].refresh_from_db()
    assert (sums["Add"].summary, sums["Add"].evidence.count()) == ("", 0)


def test_a_circle_with_what_is_there_already_refuses_the_whole_file(
    arithmetic: Subject, sums: object
) -> None:
    text = node_link([{"id": "multiply"}, {"id": "count"}], [{"source": "multiply", "target": "count"}])
    assert refusals(arithmetic, text) == [
        ("multiply → count", "closes the circle Count → Add → Multiply → Count")
    ]


def test_every_row_that_does_not_fit_is_refused_with_its_reason(arithmetic: Subject) -> None:
    nodes: list[dict[str, object]] = [
        {"id": "a b"},
        {"id": "a-b"},
        {"id": "+"},
        {"id": "c", "status": "done"},
        {"id": "d", "aliases": "x"},
        {"id": "e", "position": -1},
        {"id": "f", "name": " "},
        {"id": "g"},
    ]
    edges: list[dict[str, object]] = [
        {"source": "a b", "target": "c"},
        {"source": "a b", "target": "g", "status": "perhaps"},
    ]
    reasons = [reason for _, reason in refusals(arithmetic, node_link(nodes, edges))]
    assert reasons == [
        "another concept of this file has the same key “a-b”",
        "the id holds no letter or digit to make a key of",
        "its status “done” is none of proposed, published, rejected",
        "its aliases are not a list of texts",
        "its position is not a whole number from 0",
        "its name is not a text of 1 to 200 characters",
        "one of its concepts was refused",
        "its status “perhaps” is none of proposed, accepted, rejected",
    ]
    assert not Concept.objects.exists()


def test_a_dry_run_counts_and_leaves_everything_as_it_was(arithmetic: Subject) -> None:
    done = try_import(arithmetic, text=CSV, format_name="csv")
    assert (done.concepts_added, done.prerequisites_added, done.revision) == (4, 2, 0)
    assert not Concept.objects.exists()


def test_an_edge_of_a_rejected_concept_is_taken_without_standing(arithmetic: Subject) -> None:
    found(arithmetic, "Add", status="rejected")
    import_graph(arithmetic, text="source,target\nadd,sum\n", format_name="csv", author=None)
    assert Prerequisite.objects.count() == 1
    assert not Prerequisite.objects.standing().exists()


def test_nonsense_is_unreadable(arithmetic: Subject) -> None:
    with pytest.raises(UnreadableGraph):
        import_graph(arithmetic, text="{", format_name="node-link", author=None)
