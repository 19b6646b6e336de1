from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Prerequisite, Subject
from graphs.formats import FORMATS, read_graph
from jobs.models import Job
from research.models import Passage
from tests.concepts.conftest import edge, found, quoted

SignIn = Callable[[User], APIClient]
SUBJECTS, CONCEPTS, EDGES = "/api/v1/subjects", "/api/v1/concepts", "/api/v1/prerequisites"


@pytest.fixture
def api(signed_in: SignIn, keeper: User) -> APIClient:
    return signed_in(keeper)


def first_edge(sums: dict[str, Concept]) -> Prerequisite:
    return Prerequisite.objects.get(dependent=sums["Add"])


# --- subjects ---------------------------------------------------------------------------------------


def test_an_educator_opens_a_subject_with_a_library_of_its_own(api: APIClient, keeper: User) -> None:
    response = api.post(SUBJECTS, {"name": "Long division", "is_open": True})
    assert response.status_code == 201
    body = response.json()
    assert (body["key"], body["revision"], body["concepts"]) == ("long-division", 0, 0)
    library = Subject.objects.get().library
    assert (str(library.pk), library.is_open) == (body["library"], True)
    assert keeper in library.educators.all()


def test_a_learner_opens_no_subject(signed_in: SignIn, learner: User) -> None:
    assert signed_in(learner).post(SUBJECTS, {"name": "Mine"}).status_code == 403


def test_a_second_subject_of_the_same_key_is_a_conflict(api: APIClient, arithmetic: Subject) -> None:
    response = api.post(SUBJECTS, {"name": "Arithmetic"})
    assert (response.status_code, response.json()["type"]) == (409, "urn:cairn:problem:subject-key-taken")
    assert api.post(SUBJECTS, {"name": "!?"}).status_code == 422


def test_a_subject_is_read_with_counts_and_its_revision_as_etag(
    signed_in: SignIn, learner: User, arithmetic: Subject, sums: object
) -> None:
    response = signed_in(learner).get(f"{SUBJECTS}/{arithmetic.pk}")
    assert response.headers["ETag"] == '"0"'
    assert (response.json()["concepts"], response.json()["prerequisites"]) == (3, 2)


def test_the_list_of_subjects_holds_what_one_may_read(
    signed_in: SignIn, learner: User, stranger: User, arithmetic: Subject
) -> None:
    assert [row["key"] for row in signed_in(learner).get(SUBJECTS).json()["results"]] == ["arithmetic"]
    assert signed_in(stranger).get(SUBJECTS).json()["results"] == []


# --- strangers, readers, nobody ---------------------------------------------------------------------


def every_request(subject: Subject, sums: dict[str, Concept]) -> list[tuple[str, str, dict[str, Any]]]:
    concept, row = sums["Add"].pk, first_edge(sums).pk
    return [
        ("get", f"{SUBJECTS}/{subject.pk}", {}),
        ("get", f"{SUBJECTS}/{subject.pk}/graph", {}),
        ("get", f"{CONCEPTS}/{concept}", {}),
        ("get", f"{EDGES}/{row}", {}),
        ("post", f"{SUBJECTS}/{subject.pk}/graph?as=csv", {}),
        ("post", f"{SUBJECTS}/{subject.pk}/extraction", {}),
        ("patch", f"{CONCEPTS}/{concept}", {"name": "Sum"}),
        ("delete", f"{CONCEPTS}/{concept}", {}),
        ("patch", f"{EDGES}/{row}", {"status": "rejected"}),
        ("delete", f"{EDGES}/{row}", {}),
    ]


def test_for_a_stranger_nothing_of_it_exists(
    signed_in: SignIn, stranger: User, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    client = signed_in(stranger)
    for method, path, body in every_request(arithmetic, sums):
        response = getattr(client, method)(path, body, headers={"If-Match": "*"})
        assert response.status_code == 404, (method, path)
    for path in (CONCEPTS, EDGES, "/api/v1/revisions"):
        assert client.get(path).json()["results"] == []
    new = {"subject": arithmetic.pk, "name": "Mine"}
    assert client.post(CONCEPTS, new, headers={"If-Match": "*"}).status_code == 400
    new = {"subject": arithmetic.pk, "prerequisite": sums["Add"].pk, "dependent": sums["Count"].pk}
    refused = client.post(EDGES, new, headers={"If-Match": "*"})
    assert {row["pointer"] for row in refused.json()["errors"]} == {"/subject", "/prerequisite", "/dependent"}


def test_a_learner_reads_and_changes_nothing(
    signed_in: SignIn, learner: User, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    client = signed_in(learner)
    for method, path, body in every_request(arithmetic, sums):
        response = getattr(client, method)(path, body, headers={"If-Match": "*"})
        assert response.status_code == (200 if method == "get" else 403), (method, path)
    new = {"subject": arithmetic.pk, "name": "Mine"}
    assert client.post(CONCEPTS, new, headers={"If-Match": "*"}).status_code == 403
    new = {"subject": arithmetic.pk, "prerequisite": sums["Add"].pk, "dependent": sums["Count"].pk}
    assert client.post(EDGES, new, headers={"If-Match": "*"}).status_code == 403
    assert not Job.objects.exists()
    assert Subject.objects.get().revision == 0


def test_nobody_reads_without_signing_in(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    for method, path, body in every_request(arithmetic, sums):
        assert getattr(APIClient(), method)(path, body).status_code == 401


# --- revisions as ETags -----------------------------------------------------------------------------


def test_an_edit_must_say_which_revision_it_was_made_for(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    path = f"{CONCEPTS}/{sums['Add'].pk}"
    assert api.patch(path, {"name": "Sum"}).status_code == 428
    assert api.patch(path, {"name": "Sum"}, headers={"If-Match": "yesterday"}).status_code == 400
    done = api.patch(path, {"name": "Sum"}, headers={"If-Match": '"0"'})
    assert (done.status_code, done.headers["ETag"]) == (200, '"1"')
    stale = api.patch(path, {"name": "Plus"}, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    assert stale.headers["Content-Type"] == "application/problem+json"
    assert stale.json()["current_revision"] == 1
    assert api.patch(path, {"name": "Plus"}, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "what"), [("delete", "concept"), ("patch", "edge"), ("delete", "edge"), ("post", "graph")]
)
def test_every_edit_is_refused_without_a_revision(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept], method: str, what: str
) -> None:
    path = {
        "concept": f"{CONCEPTS}/{sums['Add'].pk}",
        "edge": f"{EDGES}/{first_edge(sums).pk}",
        "graph": f"{SUBJECTS}/{arithmetic.pk}/graph?as=node-link",
    }[what]
    response = getattr(api, method)(path, {"status": "rejected"})
    assert response.status_code == 428
    assert Subject.objects.get().revision == 0


# --- concepts ---------------------------------------------------------------------------------------


def test_a_concept_is_read_with_the_words_that_define_it(
    signed_in: SignIn, learner: User, sums: dict[str, Concept], passage: Passage
) -> None:
    evidence = quoted(passage, "To add is to count on.", concept=sums["Add"])
    body = signed_in(learner).get(f"{CONCEPTS}/{sums['Add'].pk}").json()
    (row,) = body["evidence"]
    assert (row["quote"], row["source_title"]) == ("To add is to count on.", "Sums")
    assert row["url"] == f"/passages/{passage.pk}/?start={evidence.start}&end={evidence.end}"


def test_the_list_of_concepts_is_filtered_and_read_in_few_queries(
    api: APIClient, arithmetic: Subject, sums: object, django_assert_max_num_queries: Any
) -> None:
    found(arithmetic, "Divide", status="proposed")
    with django_assert_max_num_queries(4):
        rows = api.get(f"{CONCEPTS}?subject={arithmetic.pk}").json()["results"]
    assert [row["name"] for row in rows] == ["Count", "Divide", "Add", "Multiply"]
    rows = api.get(f"{CONCEPTS}?status=proposed").json()["results"]
    assert [row["name"] for row in rows] == ["Divide"]
    assert api.get(f"{CONCEPTS}?name=mult").json()["count"] == 1


def test_a_concept_is_added_with_a_quoted_definition(
    api: APIClient, arithmetic: Subject, passage: Passage
) -> None:
    body = {
        "subject": arithmetic.pk,
        "name": "Add",
        "aliases": ["plus"],
        "definition": {"passage": passage.pk, "quote": "To add is to count on."},
    }
    response = api.post(CONCEPTS, body, headers={"If-Match": '"0"'})
    assert (response.status_code, response.headers["ETag"]) == (201, '"1"')
    assert response.json()["summary"] == "To add is to count on."
    again = api.post(CONCEPTS, body, headers={"If-Match": '"1"'})
    assert (again.status_code, again.json()["key"]) == (409, "add")


def test_a_definition_in_other_words_than_the_sources_is_refused(
    api: APIClient, sums: dict[str, Concept], passage: Passage
) -> None:
    body = {"definition": {"passage": passage.pk, "quote": "Adding is fun."}}
    response = api.patch(f"{CONCEPTS}/{sums['Add'].pk}", body, headers={"If-Match": "*"})
    assert response.status_code == 422


def test_a_concept_is_removed(api: APIClient, sums: dict[str, Concept]) -> None:
    response = api.delete(f"{CONCEPTS}/{sums['Add'].pk}?reason=too+easy", headers={"If-Match": '"0"'})
    assert (response.status_code, response.headers["ETag"]) == (204, '"1"')
    assert api.get("/api/v1/revisions").json()["results"][0]["reason"] == "too easy"


# --- prerequisites ----------------------------------------------------------------------------------


def test_a_prerequisite_is_read_with_what_speaks_for_and_against_it(
    signed_in: SignIn, learner: User, sums: dict[str, Concept], passage: Passage
) -> None:
    row = first_edge(sums)
    quoted(passage, "To add is to count on.", prerequisite=row)
    quoted(passage, "Counting comes first.", supports=False, prerequisite=row)
    body = signed_in(learner).get(f"{EDGES}/{row.pk}").json()
    assert [quote["quote"] for quote in body["evidence_for"]] == ["To add is to count on."]
    assert [quote["quote"] for quote in body["evidence_against"]] == ["Counting comes first."]
    assert (body["prerequisite"]["name"], body["dependent"]["name"]) == ("Count", "Add")
    assert body["gates"] is True


def test_prerequisites_are_filtered_by_either_end_and_by_doubt(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(4):
        assert api.get(f"{EDGES}?subject={arithmetic.pk}").json()["count"] == 2
    assert api.get(f"{EDGES}?concept={sums['Count'].pk}").json()["count"] == 1
    assert api.get(f"{EDGES}?concept={sums['Add'].pk}").json()["count"] == 2
    assert api.get(f"{EDGES}?prerequisite={sums['Add'].pk}").json()["count"] == 1
    (doubted,) = api.get(f"{EDGES}?confidence_below=0.7").json()["results"]
    assert doubted["dependent"]["name"] == "Multiply"


def test_a_circle_is_a_conflict_that_names_it(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    body = {"subject": arithmetic.pk, "prerequisite": sums["Multiply"].pk, "dependent": sums["Count"].pk}
    response = api.post(EDGES, body, headers={"If-Match": '"0"'})
    problem = response.json()
    assert (response.status_code, problem["type"]) == (409, "urn:cairn:problem:prerequisite-cycle")
    assert [concept["name"] for concept in problem["cycle"]] == ["Count", "Add", "Multiply"]
    assert problem["weakest"] == {
        "source": str(sums["Add"].pk),
        "target": str(sums["Multiply"].pk),
        "confidence": 0.6,
    }


def test_a_prerequisite_is_added_rejected_and_removed(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept], passage: Passage
) -> None:
    body = {
        "subject": arithmetic.pk,
        "prerequisite": sums["Count"].pk,
        "dependent": sums["Multiply"].pk,
        "evidence": {"passage": passage.pk, "quote": "Counting comes first."},
        "reason": "obvious",
    }
    added = api.post(EDGES, body, headers={"If-Match": '"0"'})
    assert (added.status_code, added.json()["status"], added.json()["gates"]) == (201, "accepted", True)
    assert added.json()["evidence_for"][0]["quote"] == "Counting comes first."
    assert api.post(EDGES, body, headers={"If-Match": '"1"'}).status_code == 409
    path = f"{EDGES}/{added.json()['id']}"
    rejected = api.patch(path, {"status": "rejected", "reason": "no"}, headers={"If-Match": '"1"'})
    assert (rejected.json()["status"], rejected.json()["reason"]) == ("rejected", "no")
    assert api.patch(path, {"status": "accepted"}, headers={"If-Match": '"2"'}).status_code == 200
    assert api.delete(path, headers={"If-Match": '"3"'}).status_code == 204
    assert api.get(path).json()["status"] == "rejected"
    assert api.post(EDGES, body, headers={"If-Match": '"4"'}).json()["id"] == added.json()["id"]


# --- the graph as a whole ---------------------------------------------------------------------------


def test_the_graph_is_given_in_every_format_with_its_revision(
    signed_in: SignIn, learner: User, arithmetic: Subject, sums: object
) -> None:
    client = signed_in(learner)
    path = f"{SUBJECTS}/{arithmetic.pk}/graph"
    plain = client.get(path)
    assert plain.headers["ETag"] == '"0"'
    assert plain.headers["Content-Type"] == "application/json; charset=utf-8"
    assert [node["id"] for node in plain.json()["nodes"]] == ["count", "add", "multiply"]
    assert all("x" in node for node in client.get(f"{path}?layout=1").json()["nodes"])
    assert client.get(f"{path}?as=csv").text.startswith("source,target,confidence")
    assert client.get(f"{path}?as=graphml").text.startswith("<graphml")
    assert client.get(f"{path}?as=png").status_code == 400
    for name, known in FORMATS.items():
        answer = client.get(f"{path}?as={name}")
        assert answer.headers["Content-Type"] == f"{known.content_type}; charset=utf-8"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="arithmetic{known.suffix}"'
        assert set(read_graph(answer.text, format_name=name)) == {"count", "add", "multiply"}


def test_proposals_are_in_the_graph_for_keepers_who_ask(
    api: APIClient, signed_in: SignIn, learner: User, arithmetic: Subject, sums: object
) -> None:
    found(arithmetic, "Divide", status="proposed")
    path = f"{SUBJECTS}/{arithmetic.pk}/graph"
    assert len(api.get(path).json()["nodes"]) == 3
    assert len(api.get(f"{path}?proposals=1").json()["nodes"]) == 4
    assert len(signed_in(learner).get(f"{path}?proposals=1").json()["nodes"]) == 3


@pytest.mark.parametrize("query", ["", "?as=csv"])
def test_a_graph_is_imported_by_content_type_or_by_name(
    api: APIClient, arithmetic: Subject, query: str
) -> None:
    response = api.generic(
        "POST",
        f"{SUBJECTS}/{arithmetic.pk}/graph{query}",
        "source,target\nCount,Add\n",
        content_type="text/csv",
        headers={"If-Match": '"0"'},
    )
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    assert response.json()["concepts_added"] == 2


def test_an_import_lists_every_refused_row(api: APIClient, arithmetic: Subject) -> None:
    graph = {"nodes": [{"id": "a"}, {}], "edges": [{"source": "a", "target": "b"}]}
    path = f"{SUBJECTS}/{arithmetic.pk}/graph"
    response = api.generic(
        "POST", path, json.dumps(graph), content_type="application/json", headers={"If-Match": "*"}
    )
    assert response.status_code == 422
    assert [row["pointer"] for row in response.json()["errors"]] == ["nodes[1]", "edges[0]"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"source,target\n", "text/plain", 400),
        (b"\xff\xff", "text/csv", 400),
        (b"{", "application/json", 422),
        (b"x" * 10_000_001, "text/csv", 413),
    ],
)
def test_a_body_that_is_no_graph_is_refused(
    api: APIClient, arithmetic: Subject, body: Any, content_type: str, status: int
) -> None:
    path = f"{SUBJECTS}/{arithmetic.pk}/graph"
    response = api.generic("POST", path, body, content_type=content_type, headers={"If-Match": "*"})
    assert response.status_code == status


# --- extraction -------------------------------------------------------------------------------------


def test_extraction_is_a_job_that_is_followed(api: APIClient, arithmetic: Subject, keeper: User) -> None:
    response = api.post(f"{SUBJECTS}/{arithmetic.pk}/extraction", headers={"Idempotency-Key": "once"})
    job = Job.objects.get()
    assert (response.status_code, response.headers["Location"]) == (202, f"/api/v1/jobs/{job.pk}")
    assert (job.kind, job.created_by) == ("extract", keeper)
    assert job.params == {"subject": str(arithmetic.pk), "engine": "auto"}
    api.post(f"{SUBJECTS}/{arithmetic.pk}/extraction", headers={"Idempotency-Key": "once"})
    assert Job.objects.count() == 1


def test_what_an_extraction_would_cost_is_a_job_that_changes_nothing(
    api: APIClient, arithmetic: Subject
) -> None:
    path = f"{SUBJECTS}/{arithmetic.pk}/extraction"
    response = api.post(path, {"engine": "embedded", "dry_run": True}, format="json")
    job = Job.objects.get()
    assert (response.status_code, job.kind) == (202, "extraction_cost")
    for wrong in ({"dry_run": "perhaps"}, {"most_calls": 0}, {"most_calls": "many"}):
        assert api.post(path, wrong, format="json").status_code == 400
    api.post(path, {"engine": "ollama", "most_calls": 40}, format="json")
    assert Job.objects.get(kind="extract").params["most_calls"] == 40


def test_an_unknown_engine_is_refused(api: APIClient, arithmetic: Subject) -> None:
    path = f"{SUBJECTS}/{arithmetic.pk}/extraction"
    assert api.post(path, {"engine": "oracle"}).status_code == 400


# --- history ----------------------------------------------------------------------------------------


def test_the_history_is_for_those_who_keep_the_subject(
    api: APIClient, signed_in: SignIn, learner: User, sums: dict[str, Concept]
) -> None:
    api.patch(f"{EDGES}/{first_edge(sums).pk}", {"status": "accepted"}, headers={"If-Match": "*"})
    (row,) = api.get("/api/v1/revisions").json()["results"]
    assert (row["number"], row["author"]) == (1, "keeper")
    assert row["operations"][0]["operation"] == "decide_prerequisite"
    assert signed_in(learner).get("/api/v1/revisions").json()["results"] == []


def test_a_learner_finds_no_proposal_by_its_id(
    signed_in: SignIn, learner: User, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    hidden = found(arithmetic, "Divide", status="proposed")
    row = edge(sums["Count"], sums["Multiply"], status="proposed")
    assert signed_in(learner).get(f"{CONCEPTS}/{hidden.pk}").status_code == 404
    assert signed_in(learner).get(f"{EDGES}/{row.pk}").status_code == 404


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_a_graph_sent_as_a_form_is_refused_with_the_way_to_send_it(
    api: APIClient, arithmetic: Subject, content_type: str
) -> None:
    address = f"{SUBJECTS}/{arithmetic.pk}/graph?as=csv"
    response = api.post(address, data="text=a", content_type=content_type, headers={"If-Match": "*"})
    assert response.status_code == 415
    assert "as the body itself" in response.json()["detail"]


def test_an_empty_graph_file_is_refused(api: APIClient, arithmetic: Subject) -> None:
    address = f"{SUBJECTS}/{arithmetic.pk}/graph?as=node-link"
    response = api.post(address, data="", content_type="application/json", headers={"If-Match": "*"})
    assert response.status_code == 422


def test_a_concept_bears_a_bounded_number_of_names(api: APIClient, arithmetic: Subject) -> None:
    wanted = {"subject": arithmetic.pk, "name": "Many", "aliases": ["alias"] * 51}
    response = api.post(CONCEPTS, wanted, headers={"If-Match": "*"})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/aliases")
