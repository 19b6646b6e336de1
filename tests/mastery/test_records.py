"""Records for research: who may have them, what they never say, and that every way gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.models import Class, User
from concepts.models import Concept, Subject
from mastery.exporting.columns import SCHEMA_VERSION, data_dictionary
from mastery.exporting.formats import FORMATS
from mastery.models import Enrolment, MasteryEvent
from mastery.services.enrolling import enrol
from mastery.services.pseudonyms import class_pseudonym, pseudonym
from mastery.services.recording import correct_event, override, record_event
from mastery.services.records import Filters, export_pieces, tables
from research.models import Library
from tests.mastery.conftest import DAY, NOON, Teach, client_of

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
API = "/api/v1/research"
TABLES = ("events", "beliefs", "decisions", "lessons", "probes", "assignments")
SECRETS = ("zebulon", "x@example.org", "the moon pulls", "Harbour school", "ed says", "Lea Lamb")


@pytest.fixture
def shown(show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment, educator: User) -> Enrolment:
    """Three tries, one of them corrected, and an override."""
    learner = enrolment.learner
    learner.username, learner.email = "zebulon", "x@example.org"
    learner.first_name, learner.last_name = "Lea", "Lamb"
    learner.save()
    show(moon, 0.0, hashes={"answer": "0f" * 32, "lesson": "abc"})
    wrong = show(moon, 1 / 3, days=1).event
    record_event(
        enrolment,
        concept=tides,
        kind=MasteryEvent.Kind.CLOZE,
        score=1.0,
        occurred_at=NOON + 2 * DAY,
        grader="practice",
        hashes={"item": "key-of-the-item", "answer": "1f" * 32},
    )
    correct_event(
        wrong, score=1.0, rubric=wrong.rubric, author=educator, reason="ed says Lea", now=NOON + 3 * DAY
    )
    override(
        enrolment, concept=tides, is_mastered=True, author=educator, reason="ed says", now=NOON + 4 * DAY
    )
    return enrolment


def exported(user: User, table: str = "events", **query: Any) -> bytes:
    answer: Any = client_of(user).get(f"{API}/{table}/export", query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def csv_rows(text: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline=""), delimiter=delimiter))


# --- who, and what never ------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_nobody_reads_records_without_signing_in(table: str) -> None:
    assert APIClient().get(f"{API}/{table}").status_code == 401
    assert APIClient().get(f"{API}/{table}/export").status_code == 401


@pytest.mark.parametrize("who", ["stranger", "educator", "learner"])
def test_only_researchers_of_the_subject_are_told_anything(
    who: str, shown: Enrolment, stranger: User, educator: User, learner: User
) -> None:
    user = {"stranger": stranger, "educator": educator, "learner": learner}[who]
    for table in TABLES:
        assert client_of(user).get(f"{API}/{table}").json()["results"] == []
        assert len(csv_rows(exported(user, table))) == 0
    assert client_of(user).get(f"{API}/classes").json() == []


def test_a_researcher_of_another_subject_is_told_nothing(shown: Enrolment, stranger: User) -> None:
    library = Library.objects.create(key="land", name="Land")
    other = Subject.objects.create(key="land", name="Land", library=library)
    other.researchers.add(stranger)
    assert client_of(stranger).get(f"{API}/events").json()["results"] == []
    asked = {"subject": str(shown.subject_id)}
    assert client_of(stranger).get(f"{API}/events", asked).json()["results"] == []
    enrol(shown.learner, subject=other)
    assert client_of(stranger).get(f"{API}/beliefs").json()["results"] == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_file_names_a_learner_or_repeats_their_words(
    table: str, form: str, shown: Enrolment, researcher: User
) -> None:
    if FORMATS[form].only_events and table != "events":
        refused = client_of(researcher).get(f"{API}/{table}/export", {"as": form})
        assert (refused.status_code, refused.json()["type"]) == (
            422,
            "urn:cairn:problem:format-not-for-table",
        )
        return
    text = exported(researcher, table, **{"as": form})
    listed = client_of(researcher).get(f"{API}/{table}").content
    for secret in (*SECRETS, str(shown.pk), str(shown.learner_id), "0f" * 32, "1f" * 32):
        assert secret.encode() not in text
        assert secret.encode() not in listed


def test_the_hash_of_an_answer_is_not_told_to_a_researcher(shown: Enrolment, researcher: User) -> None:
    rows = client_of(researcher).get("/api/v1/mastery-events").json()["results"]
    assert rows
    assert all("answer" not in row["hashes"] for row in rows)
    own = client_of(shown.learner).get("/api/v1/mastery-events").json()["results"]
    assert any("answer" in row["hashes"] for row in own)


# --- pages and filters --------------------------------------------------------------------------------


def test_pages_run_by_cursor_and_are_never_longer_than_the_most(shown: Enrolment, researcher: User) -> None:
    client = client_of(researcher)
    page, seen = client.get(f"{API}/events", {"page_size": 2}).json(), []
    while True:
        seen += page["results"]
        if page["next"] is None:
            break
        page = client.get(page["next"]).json()
    times = [row["occurred_at"] for row in seen]
    assert len(times) == 5
    assert times == sorted(times, reverse=True)
    assert client.get(f"{API}/events", {"page_size": 10**9}).status_code == 200
    beliefs = client.get(f"{API}/beliefs", {"page_size": 1}).json()
    assert beliefs["results"] != client.get(beliefs["next"]).json()["results"]


@pytest.mark.parametrize("table", ["events", "beliefs"])
def test_a_made_up_cursor_is_refused(table: str, shown: Enrolment, researcher: User) -> None:
    for cursor in ("cD1ub25zZW5zZQ==", "x", "%00"):
        assert client_of(researcher).get(f"{API}/{table}", {"cursor": cursor}).status_code == 404


def test_records_are_narrowed_by_concept_class_learner_and_period(
    shown: Enrolment, researcher: User, tides: Concept, subject: Subject
) -> None:
    other = enrol(User.objects.create_user("tom"), subject=subject)
    record_event(
        other,
        concept=tides,
        kind=MasteryEvent.Kind.CHOICE,
        score=1.0,
        occurred_at=NOON + 9 * DAY,
        grader="test",
    )

    def count(**query: Any) -> int:
        return len(client_of(researcher).get(f"{API}/events", query).json()["results"])

    assert count() == 6
    assert count(subject=subject.pk) == 6
    assert count(concept=tides.pk) == 3
    assert count(class_name=class_pseudonym(Class.objects.get().pk)) == 5
    assert count(learner=pseudonym(other.pk)) == 1
    assert count(learner="0" * 16) == 0
    assert count(since="2026-03-02T12:00:00Z", until="2026-03-04T12:00:00Z") == 2
    assert count(concept=uuid.uuid4()) == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"subject": "sea"}, 400),
        ({"since": "yesterday"}, 400),
        ({"learner": "x" * 99}, 400),
        ({"class_name": "nobody"}, 422),
        ({"as": "exe"}, 400),
    ],
)
def test_what_cannot_be_read_is_refused(query: dict[str, str], status: int, researcher: User) -> None:
    answer = client_of(researcher).get(f"{API}/events/export", query)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_classes_are_named_by_pseudonym_with_those_who_may_be_studied(
    shown: Enrolment, researcher: User
) -> None:
    Class.objects.get().learners.add(User.objects.create_user("elsewhere"))
    (row,) = client_of(researcher).get(f"{API}/classes").json()
    assert row == {"name": class_pseudonym(Class.objects.get().pk), "learners": 1}


# --- the files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_command_and_endpoint_give_the_same_bytes(
    form: str, shown: Enrolment, researcher: User, tmp_path: Path
) -> None:
    file = tmp_path / "records"
    call_command("export_mastery", "sea", "--format", form, "--output", str(file))
    assert file.read_bytes() == exported(researcher, **{"as": form})
    assert file.stat().st_size > 100


def test_the_command_writes_to_standard_output_and_narrows_down(
    shown: Enrolment, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    call_command(
        "export_mastery", "sea", "--concept", "moon", "--since", "2026-03-02", "--until", "2026-03-04"
    )
    assert [row["score"] for row in csv_rows(capsysbinary.readouterr().out)] == [str(1 / 3)]


def test_the_command_says_what_is_wrong(shown: Enrolment) -> None:
    for wrong in (
        ["land"],
        ["sea", "--concept", "sun"],
        ["sea", "--class-name", "4b"],
        ["sea", "--since", "soon"],
        ["sea", "--table", "beliefs", "--format", "xapi"],
    ):
        with pytest.raises(CommandError):
            call_command("export_mastery", *wrong)


def test_a_row_says_what_was_judged_and_what_stands_now(shown: Enrolment, researcher: User) -> None:
    rows = csv_rows(exported(researcher))
    assert list(rows[0]) == list(tables()["events"].layout.names)
    assert [row["kind"] for row in rows] == [
        "explain_back",
        "explain_back",
        "cloze",
        "explain_back",
        "override",
    ]
    assert [row["score"] for row in rows][1:4] == [str(1 / 3), "1.0", "1.0"]
    assert rows[1]["final_score"] == "1.0"
    assert rows[3]["corrects"] == rows[1]["event"]
    assert [row["by_educator"] for row in rows] == ["false", "false", "false", "true", "true"]
    assert {row["learner"] for row in rows} == {pseudonym(shown.pk)}
    assert rows[2]["item"] == "key-of-the-item"
    assert json.loads(rows[0]["rubric"])[0] == {"point": "0", "verdict": "shown"}
    lines = [json.loads(line) for line in exported(researcher, **{"as": "jsonl"}).splitlines()]
    assert {line["schema_version"] for line in lines} == {SCHEMA_VERSION}
    assert [line["event"] for line in lines] == [row["event"] for row in rows]


@pytest.mark.parametrize("table", TABLES)
def test_api_files_and_dictionary_have_the_same_columns(
    table: str, shown: Enrolment, researcher: User
) -> None:
    layout = tables()[table].layout
    header = exported(researcher, table).decode().splitlines()[0]
    assert tuple(header.split(",")) == layout.names
    told = client_of(researcher).get(f"{API}/dictionary").json()
    assert told["schema_version"] == SCHEMA_VERSION
    (described,) = [one for one in told["tables"] if one["name"] == table]
    assert tuple(one["name"] for one in described["columns"]) == layout.names
    assert tuple(tables()[table].fields) == layout.names


def test_the_data_dictionary_in_the_docs_is_that_of_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("data_dictionary")
    written = (ROOT / "docs" / "data-dictionary.md").read_text()
    assert capsys.readouterr().out == written == data_dictionary(one.layout for one in tables().values())


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(
    shown: Enrolment, researcher: User, moon: Concept
) -> None:
    for name in ("=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", " =1", "＝1"):
        Concept.objects.filter(pk=moon.pk).update(name=name)
        for row in csv_rows(exported(researcher, concept=moon.pk)):
            assert row["concept_name"] == f"'{name}"
        (line, *_) = exported(researcher, concept=moon.pk, **{"as": "jsonl"}).splitlines()
        assert json.loads(line)["concept_name"] == name


def test_parquet_keeps_types_and_meanings(shown: Enrolment, researcher: User) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(exported(researcher, **{"as": "parquet"})))
    layout = tables()["events"].layout
    assert tuple(table.column_names) == layout.names
    assert table.schema.metadata[b"schema_version"].decode() == SCHEMA_VERSION
    assert str(table.schema.field("occurred_at").type) == "timestamp[ms, tz=UTC]"
    assert table.schema.field("score").metadata[b"meaning"].decode() == layout.columns[8].meaning
    assert table.column("score").to_pylist() == [
        float(row["score"]) for row in csv_rows(exported(researcher))
    ]
    assert table.column("occurred_at")[0].as_py() == NOON


def test_parquet_without_its_package_is_refused_with_the_remedy(
    shown: Enrolment, researcher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    refused = client_of(researcher).get(f"{API}/events/export", {"as": "parquet"})
    assert refused.status_code == 501
    assert "pip install pyarrow" in refused.json()["detail"]


def test_an_empty_log_gives_well_formed_files(researcher: User) -> None:
    assert len(exported(researcher).splitlines()) == 1
    assert exported(researcher, **{"as": "jsonl"}) == exported(researcher, **{"as": "xapi"}) == b""
    parquet = pytest.importorskip("pyarrow.parquet")
    assert parquet.read_table(io.BytesIO(exported(researcher, **{"as": "parquet"}))).num_rows == 0


def test_a_refusal_comes_before_the_first_byte(shown: Enrolment) -> None:
    rows = tables()["beliefs"].within(Enrolment.objects.all(), Filters())
    with pytest.raises(Exception, match="hold events"):
        export_pieces(tables()["beliefs"], rows, format_name="pybkt")
