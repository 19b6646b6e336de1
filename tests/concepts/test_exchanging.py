"""Graphs as files: what goes out can be taken in again, and what is wrong is named where it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept, Evidence, Prerequisite, Subject
from concepts.services.exchanging import export_graph, import_graph, try_import
from concepts.services.subjects import open_subject
from graphs.errors import ImportRefused
from graphs.formats import FORMATS
from research.models import Passage
from tests.concepts.conftest import quoted
from tests.concepts.test_commands import run

WHOLE = [name for name, known in FORMATS.items() if known.concept_fields is None]


def refused(subject: Subject, text: str, format_name: str = "csv") -> list[str]:
    with pytest.raises(ImportRefused) as caught:
        import_graph(subject, text=text, format_name=format_name, author=None)
    return [str(row) for row in caught.value.rows]


@pytest.fixture
def told(arithmetic: Subject, sums: dict[str, Concept], passage: Passage) -> Subject:
    """The sums with a definition, an alias and a quote on an edge."""
    quoted(passage, "To add is to count on.", concept=sums["Add"])
    sums["Add"].summary, sums["Add"].aliases = "To add is to count on.", ["sum"]
    sums["Add"].save()
    quoted(passage, "Counting comes first.", prerequisite=Prerequisite.objects.get(dependent=sums["Add"]))
    return arithmetic


@pytest.mark.parametrize("format_name", WHOLE)
def test_a_graph_taken_into_an_emptied_subject_is_the_same_again(told: Subject, format_name: str) -> None:
    def known() -> list[Any]:
        return [
            list(Concept.objects.order_by("key").values_list("key", "name", "aliases", "summary", "status")),
            list(
                Prerequisite.objects.order_by("dependent__key").values_list(
                    "prerequisite__key", "dependent__key", "confidence", "status"
                )
            ),
            sorted(Evidence.objects.values_list("quote", "kind", "supports", "start")),
        ]

    before = known()
    text = export_graph(told, format_name=format_name, with_evidence=True)
    Concept.objects.all().delete()
    done = import_graph(told, text=text, format_name=format_name, author=None)
    assert (done.concepts_added, done.prerequisites_added, done.quotes_added) == (3, 2, 1)
    assert known() == before


@pytest.mark.parametrize("format_name", sorted(FORMATS))
def test_a_graph_taken_in_where_it_stands_changes_nothing(told: Subject, format_name: str) -> None:
    text = export_graph(told, format_name=format_name, with_evidence=True)
    done = import_graph(told, text=text, format_name=format_name, author=None)
    assert done.as_dict() == {**dict.fromkeys(done.as_dict(), 0), "revision": told.revision}


def test_quotes_of_other_sources_are_left_out_and_counted(told: Subject, keeper: User) -> None:
    text = export_graph(told, format_name="node-link", with_evidence=True)
    elsewhere = open_subject(name="Elsewhere", keeper=keeper)
    done = import_graph(elsewhere, text=text, format_name="node-link", author=None)
    assert (done.definitions_not_found, done.quotes_added, done.quotes_not_found) == (1, 0, 2)
    assert not Evidence.objects.filter(concept__subject=elsewhere).exists()


def test_a_framework_bears_the_date_of_its_revision(told: Subject) -> None:
    import_graph(told, text="source,target\nadd,divide\n", format_name="csv", author=None)
    package = json.loads(export_graph(told, format_name="case"))
    changed = told.revisions.get(number=told.revision).created_at
    assert package["CFDocument"]["lastChangeDateTime"] == changed.isoformat()
    assert {item["identifier"] for item in package["CFItems"]} == {
        str(key) for key in told.concepts.values_list("pk", flat=True)
    }


def test_cards_of_a_board_do_not_lie_on_each_other(told: Subject) -> None:
    cards = json.loads(export_graph(told, format_name="canvas"))["nodes"]
    for one in cards:
        for other in cards:
            apart_x = abs(one["x"] - other["x"]) >= one["width"]
            apart_y = abs(one["y"] - other["y"]) >= one["height"]
            assert one is other or apart_x or apart_y


def test_every_refused_row_is_named_by_its_line_and_nothing_is_taken(told: Subject) -> None:
    text = "source,target\nDivide,Share\n???,Add\nAdd,Add\nMultiply,Count\nDivide,Share\n"
    assert refused(told, text) == [
        "line 4: Add → Add: “Add” cannot be its own prerequisite; choose two different concepts.",
        "line 6: Divide → Share: this prerequisite was given before",
    ]
    text = "source,target\nDivide,Share\n???,Add\nMultiply,Count\n"
    assert refused(told, text) == [
        "line 3: ???: the id holds no letter or digit to make a key of",
        "line 3: ??? → Add: one of its concepts was refused",
        "line 4: Multiply → Count: closes the circle Count → Add → Multiply → Count",
    ]
    assert told.concepts.count() == 3
    assert told.revision == 0


def test_a_concept_is_found_by_its_name_where_its_key_says_something_else(told: Subject) -> None:
    Concept.objects.filter(key="add").update(name="Addition")
    done = import_graph(told, text="source,target\nCount,ADDITION\n", format_name="csv", author=None)
    assert (done.concepts_added, done.prerequisites_added) == (0, 0)


def test_names_in_other_letters_get_keys_of_their_own(arithmetic: Subject) -> None:
    text = "source,target\nالعد,الجمع\n数,加\n"
    assert import_graph(arithmetic, text=text, format_name="csv", author=None).concepts_added == 4
    assert import_graph(arithmetic, text=text, format_name="csv", author=None).concepts_changed == 0
    assert set(arithmetic.concepts.values_list("name", flat=True)) == {"العد", "الجمع", "数", "加"}


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "", "x" * 201, 7, None])
def test_a_name_that_no_database_holds_is_refused(arithmetic: Subject, name: Any) -> None:
    text = json.dumps({"nodes": [{"id": "a", "name": name}], "edges": []})
    (row,) = refused(arithmetic, text, "node-link")
    assert row == "nodes[0]: a: its name is not a text of 1 to 200 characters"


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=25,
)
@given(
    links=st.lists(
        st.tuples(st.sampled_from(["a", "b", "c", " ", "A", "?"]), st.sampled_from(["a", "b", "c", ""])),
        max_size=6,
    )
)
def test_a_table_is_taken_as_a_whole_or_not_at_all(arithmetic: Subject, links: list[tuple[str, str]]) -> None:
    before = (arithmetic.concepts.count(), arithmetic.prerequisites.count(), arithmetic.revision)
    text = "source,target\n" + "".join(f"{source},{target}\n" for source, target in links)
    try:
        tried = try_import(arithmetic, text=text, format_name="csv").as_dict()
    except ImportRefused:
        with pytest.raises(ImportRefused):
            import_graph(arithmetic, text=text, format_name="csv", author=None)
        after = (arithmetic.concepts.count(), arithmetic.prerequisites.count(), arithmetic.revision)
        assert after == before
        return
    done = import_graph(arithmetic, text=text, format_name="csv", author=None).as_dict()
    assert {**tried, "revision": 0} == {**done, "revision": 0}
    Concept.objects.all().delete()


@pytest.mark.parametrize("format_name", sorted(FORMATS))
def test_the_commands_take_every_format_by_its_suffix(
    told: Subject, tmp_path: Path, format_name: str
) -> None:
    file = tmp_path / f"graph{FORMATS[format_name].suffix}"
    run("export_graph", "arithmetic", format=format_name, output=file, evidence=True)
    Concept.objects.all().delete()
    done = json.loads(run("import_graph", "arithmetic", file, json=True))
    assert (done["concepts_added"], done["prerequisites_added"]) == (3, 2)


def test_a_spreadsheet_in_another_encoding_says_how_to_save_it(arithmetic: Subject, tmp_path: Path) -> None:
    file = tmp_path / "graph.csv"
    file.write_bytes("source;target\nCafé;Thé\n".encode("cp1252"))
    with pytest.raises(CommandError, match=r"Line 2 is not UTF-8 text .*Café.*CSV UTF-8"):
        run("import_graph", "arithmetic", file)


def test_a_huge_file_is_not_read_to_its_end(arithmetic: Subject, tmp_path: Path) -> None:
    file = tmp_path / "graph.csv"
    with file.open("wb") as opened:
        opened.truncate(50_000_000)
    with pytest.raises(CommandError, match="larger than 10 MB"):
        run("import_graph", "arithmetic", file)
