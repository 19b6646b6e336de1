from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Prerequisite, Subject
from concepts.services import editing
from concepts.services.merging import merge_concepts
from research.models import Passage
from tests.concepts.conftest import found, quoted
from tests.concepts.rows import dump

SignIn = Callable[[User], APIClient]


@pytest.fixture
def api(signed_in: SignIn, keeper: User) -> APIClient:
    return signed_in(keeper)


def steps(subject: Subject, sums: dict[str, Concept]) -> list[tuple[str, str, dict[str, Any]]]:
    path, concept = f"/api/v1/subjects/{subject.pk}", f"/api/v1/concepts/{sums['Multiply'].pk}"
    return [
        ("post", f"{path}/undo", {}),
        ("post", f"{path}/redo", {}),
        ("post", f"{path}/restore", {"revision": 0}),
        ("get", f"{path}/diff?from=0", {}),
        ("post", f"{concept}/merge", {"into": str(sums["Add"].pk)}),
        ("post", f"{concept}/split", {"name": "Times"}),
    ]


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("learner", 403), (None, 401)])
def test_only_who_keeps_a_subject_walks_in_its_history(
    request: pytest.FixtureRequest,
    signed_in: SignIn,
    arithmetic: Subject,
    sums: dict[str, Concept],
    who: str | None,
    status: int,
) -> None:
    client = signed_in(request.getfixturevalue(who)) if who else APIClient()
    before = dump(arithmetic)
    for method, path, body in steps(arithmetic, sums):
        response = getattr(client, method)(path, body, headers={"If-Match": "*"})
        assert response.status_code == status, (method, path)
    assert dump(arithmetic) == before


def test_a_researcher_compares_and_changes_nothing(
    signed_in: SignIn, stranger: User, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    arithmetic.researchers.add(stranger)
    client = signed_in(stranger)
    for method, path, body in steps(arithmetic, sums):
        response = getattr(client, method)(path, body, headers={"If-Match": "*"})
        assert response.status_code == (200 if method == "get" else 403), (method, path)


def test_every_step_says_which_revision_it_is_for(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    editing.change_concept(sums["Add"], author=None, changes={"name": "Plus"})
    for method, path, body in steps(arithmetic, sums):
        if method == "post":
            assert api.post(path, body).status_code == 428, path
            stale = api.post(path, body, headers={"If-Match": '"0"'})
            assert stale.status_code == 412, path
            assert stale.json()["since"]["revisions"][0]["number"] == 1
    assert Subject.objects.get().revision == 1


def test_undo_redo_and_restore_answer_with_the_revision_they_made(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    path = f"/api/v1/subjects/{arithmetic.pk}"
    nothing = api.post(f"{path}/undo", {}, headers={"If-Match": '"0"'})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "urn:cairn:problem:nothing-to-undo")
    api.patch(f"/api/v1/concepts/{sums['Add'].pk}", {"name": "Plus"}, headers={"If-Match": '"0"'})
    undone = api.post(f"{path}/undo", {"reason": "a slip"}, headers={"If-Match": '"1"'})
    assert (undone.status_code, undone.headers["ETag"]) == (200, '"2"')
    body = undone.json()
    assert [body[name] for name in ("number", "kind", "target", "standing", "reason")] == [
        2,
        "undo",
        1,
        0,
        "a slip",
    ]
    assert body["told"] == "r2 by keeper: undid r1 by keeper: changed “Plus”: name from “Add” to “Plus”."
    assert Concept.objects.get(pk=sums["Add"].pk).name == "Add"
    assert api.post(f"{path}/redo", {}, headers={"If-Match": '"2"'}).json()["standing"] == 1
    assert Concept.objects.get(pk=sums["Add"].pk).name == "Plus"
    restored = api.post(f"{path}/restore", {"revision": 0}, headers={"If-Match": '"3"'})
    assert (restored.json()["kind"], restored.json()["target"]) == ("restore", 0)
    refused = api.post(f"{path}/restore", {"revision": 0}, headers={"If-Match": '"4"'})
    assert refused.json()["type"] == "urn:cairn:problem:already-at-revision"
    wrong = api.post(f"{path}/restore", {"revision": 9}, headers={"If-Match": '"4"'})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:cairn:problem:unknown-revision")
    no_redo = api.post(f"{path}/redo", {}, headers={"If-Match": '"4"'})
    assert (no_redo.status_code, no_redo.json()["type"]) == (409, "urn:cairn:problem:nothing-to-redo")
    kinds = [row["kind"] for row in api.get("/api/v1/revisions").json()["results"]]
    assert kinds == ["restore", "redo", "undo", "edit"]


@pytest.mark.parametrize("body", [{}, {"revision": -1}, {"revision": "x"}, {"revision": 2**40}])
def test_a_restore_names_a_number(api: APIClient, arithmetic: Subject, body: dict[str, Any]) -> None:
    path = f"/api/v1/subjects/{arithmetic.pk}/restore"
    assert api.post(path, body, headers={"If-Match": "*"}).status_code == 400


def test_a_difference_is_read_by_names(api: APIClient, arithmetic: Subject, sums: dict[str, Concept]) -> None:
    editing.remove_concept(sums["Add"], author=None)
    path = f"/api/v1/subjects/{arithmetic.pk}/diff"
    body = api.get(f"{path}?from=0").json()
    assert (body["from"], body["to"]) == (0, 1)
    assert body["concepts"]["removed"] == [{"key": "add", "name": "Add", "status": "published"}]
    assert [row["dependent"] for row in body["prerequisites"]["removed"]] == ["Multiply", "Add"]
    assert api.get(f"{path}?from=1&to=0").json()["concepts"]["added"][0]["name"] == "Add"
    assert api.get(path).status_code == 400
    assert api.get(f"{path}?from=0&to=5").status_code == 422


def test_a_proposal_that_was_merged_into_a_proposal_tells_learners_nothing(
    signed_in: SignIn, learner: User, keeper: User, arithmetic: Subject
) -> None:
    first, second = (found(arithmetic, name, status="proposed") for name in ("Carry", "Borrow"))
    merge_concepts(first, into=second, author=keeper)
    path = f"/api/v1/concepts/{first.pk}"
    assert signed_in(learner).get(path).status_code == 404
    assert signed_in(keeper).get(path).json()["merged_into"]["name"] == "Borrow"
    editing.change_concept(second, author=keeper, changes={"status": "published"})
    assert signed_in(learner).get(path).json()["merged_into"]["name"] == "Borrow"


def test_a_merged_concept_says_where_it_went_to_learners_too(
    api: APIClient, signed_in: SignIn, learner: User, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    path = f"/api/v1/concepts/{sums['Multiply'].pk}"
    merged = api.post(f"{path}/merge", {"into": sums["Add"].pk}, headers={"If-Match": '"0"'})
    assert (merged.status_code, merged.headers["ETag"]) == (200, '"1"')
    assert (merged.json()["id"], merged.json()["aliases"]) == (str(sums["Add"].pk), ["Multiply"])
    reader = signed_in(learner)
    gone = reader.get(path).json()
    assert (gone["status"], gone["merged_into"]["name"]) == ("rejected", "Add")
    listed = reader.get("/api/v1/concepts").json()["results"]
    assert [row["name"] for row in listed] == ["Count", "Add"]
    again = api.post(f"{path}/merge", {"into": sums["Add"].pk}, headers={"If-Match": '"1"'})
    assert (again.status_code, again.json()["type"]) == (409, "urn:cairn:problem:concept-was-merged")


def test_a_merge_that_closes_a_circle_is_told_with_its_data(api: APIClient, sums: dict[str, Concept]) -> None:
    path = f"/api/v1/concepts/{sums['Multiply'].pk}/merge"
    problem = api.post(path, {"into": sums["Count"].pk}, headers={"If-Match": "*"}).json()
    assert problem["type"] == "urn:cairn:problem:prerequisite-cycle"
    assert {one["name"] for one in problem["cycle"]} == {"Count", "Add"}
    assert problem["weakest"]["confidence"] == 0.6


def test_another_subjects_concept_is_nothing_to_merge_into(
    api: APIClient, sums: dict[str, Concept], stranger: User
) -> None:
    from concepts.services.subjects import open_subject

    foreign = found(open_subject(name="Elsewhere", keeper=stranger), "Foreign")
    path = f"/api/v1/concepts/{sums['Add'].pk}/merge"
    refused = api.post(path, {"into": foreign.pk}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/into")


def test_a_split_takes_what_is_named_and_answers_with_the_new_concept(
    api: APIClient, arithmetic: Subject, sums: dict[str, Concept], passage: Passage
) -> None:
    going = quoted(passage, "To add", concept=sums["Add"])
    edge = Prerequisite.objects.get(prerequisite=sums["Add"])
    body = {
        "name": "Plus",
        "aliases": ["sum"],
        "evidence": [going.pk],
        "prerequisites": [edge.pk],
        "remaining_definition": {"passage": passage.pk, "quote": "to count on"},
        "reason": "two ideas",
    }
    path = f"/api/v1/concepts/{sums['Add'].pk}/split"
    made = api.post(path, body, headers={"If-Match": '"0"'})
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert (made.json()["name"], made.json()["summary"], made.json()["aliases"]) == (
        "Plus",
        "To add",
        ["sum"],
    )
    assert api.get(f"/api/v1/concepts/{sums['Add'].pk}").json()["summary"] == "to count on"
    wrong = api.post(path, body | {"name": "Other"}, headers={"If-Match": "*"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:cairn:problem:not-of-this-concept")
    bad = api.post(path, {"name": "Other", "evidence": ["x"]}, headers={"If-Match": "*"})
    assert bad.status_code == 400


def test_a_confidence_is_set_by_patch(api: APIClient, sums: dict[str, Concept]) -> None:
    edge = Prerequisite.objects.get(dependent=sums["Add"])
    path = f"/api/v1/prerequisites/{edge.pk}"
    done = api.patch(path, {"confidence": 0.33, "reason": "seen"}, headers={"If-Match": '"0"'})
    assert (done.status_code, done.json()["confidence"], done.json()["reason"]) == (200, 0.33, "seen")
    for body in ({}, {"confidence": 1.5}, {"confidence": 0.5, "status": "accepted"}, {"confidence": "nan"}):
        assert api.patch(path, body, headers={"If-Match": "*"}).status_code == 400, body
    assert Subject.objects.get().revision == 1
