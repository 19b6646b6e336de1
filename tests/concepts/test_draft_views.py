from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, GraphDraft, Revision, Subject
from concepts.services import editing

SignIn = Callable[[User], APIClient]
DRAFTS = "/api/v1/graph-drafts"


@pytest.fixture
def api(signed_in: SignIn, keeper: User) -> APIClient:
    return signed_in(keeper)


@pytest.fixture
def draft(api: APIClient, arithmetic: Subject, sums: object) -> str:
    """The address of an open draft on Count -> Add -> Multiply."""
    answer = api.post(DRAFTS, {"subject": arithmetic.pk, "title": "Division", "reason": "it was missing"})
    assert answer.status_code == 201
    return f"{DRAFTS}/{answer.json()['id']}"


def add(api: APIClient, draft: str, command: str, /, **parameters: Any) -> Any:
    body = {"command": command, "parameters": parameters}
    return api.post(f"{draft}/operations", body, format="json")


def test_a_draft_is_opened_filled_and_published_as_one_revision(api: APIClient, draft: str) -> None:
    first = add(api, draft, "add_concept", name="Divide")
    assert (first.status_code, first.headers["ETag"]) == (201, '"0.1"')
    body = [
        {"command": "add_prerequisite", "parameters": {"prerequisite": "multiply", "dependent": "divide"}},
        {"command": "change_concept", "parameters": {"concept": "add", "name": "Sum", "status": "published"}},
    ]
    told = api.post(f"{draft}/operations", body, format="json").json()
    assert [(row["number"], row["says"]) for row in told["operations"]] == [
        (1, "Add the concept “Divide”"),
        (2, "Require “Multiply” before “Divide”"),
        (3, "Change “Add”: call it “Sum”, publish it"),
    ]
    assert not Revision.objects.exists()
    etag = api.get(draft).headers["ETag"]
    assert etag == '"0.2"'
    published = api.post(f"{draft}/publish", headers={"If-Match": etag})
    assert (published.status_code, published.json()["number"]) == (200, 1)
    assert published.json()["reason"] == "Division: it was missing"
    assert len(published.json()["operations"]) == 3
    closed = api.get(draft).json()
    assert (closed["state"], closed["published_as"], closed["closed_by"]) == ("published", 1, "keeper")


def test_publishing_must_name_what_was_seen_and_is_refused_if_that_changed(
    api: APIClient, draft: str, arithmetic: Subject, keeper: User
) -> None:
    seen = add(api, draft, "add_concept", name="Divide").headers["ETag"]
    assert api.post(f"{draft}/publish").status_code == 428
    assert api.post(f"{draft}/publish", headers={"If-Match": "seven"}).status_code == 400
    add(api, draft, "add_concept", name="Root")
    other_draft = api.post(f"{draft}/publish", headers={"If-Match": seen})
    assert (other_draft.status_code, other_draft.json()["type"]) == (412, "urn:cairn:problem:draft-changed")
    seen = api.get(draft).headers["ETag"]
    editing.add_concept(arithmetic, name="Subtract", author=keeper)
    for tag in (seen, '"0"'):
        other_graph = api.post(f"{draft}/publish", headers={"If-Match": tag})
        assert other_graph.status_code == 412
        assert other_graph.json()["type"] == "urn:cairn:problem:stale-revision"
    assert api.post(f"{draft}/publish", headers={"If-Match": "*"}).status_code == 200
    again = api.post(f"{draft}/publish", headers={"If-Match": "*"})
    assert (again.status_code, again.json()["revision"]) == (409, 2)


def test_a_circle_is_refused_when_it_is_drawn_with_its_names(api: APIClient, draft: str) -> None:
    refused = add(api, draft, "add_prerequisite", prerequisite="multiply", dependent="count")
    body = refused.json()
    assert (refused.status_code, body["type"]) == (409, "urn:cairn:problem:command-does-not-fit")
    assert (body["number"], body["command"], body["status"]) == (1, "add_prerequisite", 409)
    assert "Count → Add → Multiply → Count" in body["reason"]
    assert api.get(draft).json()["operations"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ("add", 400),
        ([7], 400),
        ({"command": "add_concept"}, 400),
        ({"command": "add_concept", "parameters": None}, 400),
        ({"command": "drop_table", "parameters": {}}, 422),
        ({"command": "add_concept", "parameters": {"name": ""}}, 422),
        ({"command": "add_concept", "parameters": {"name": "\x00"}}, 422),
        ({"command": "add_concept", "parameters": {"name": "half \ud83d"}}, 422),
        ({"command": "add_concept", "parameters": [[[[[[]]]]]]}, 422),
        ({"command": "add_concept", "parameters": {"name": "!?"}}, 409),
        ({"command": "add_concept", "parameters": {"name": "ADD"}}, 409),
        ([{"command": "add_concept", "parameters": {"name": "x"}}] * 1001, 400),
    ],
)
def test_what_cannot_be_an_operation_is_refused(api: APIClient, draft: str, body: Any, status: int) -> None:
    answer = api.post(f"{draft}/operations", json.dumps(body), content_type="application/json")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert GraphDraft.objects.get().operations == []


def test_operations_are_taken_out_and_reordered_by_their_numbers(api: APIClient, draft: str) -> None:
    for name in ("One", "Two", "Three"):
        add(api, draft, "add_concept", name=name)
    told = api.delete(f"{draft}/operations/2")
    assert [row["number"] for row in told.json()["operations"]] == [1, 3]
    assert api.delete(f"{draft}/operations/2").status_code == 404
    told = api.patch(draft, {"order": [3, 1], "title": "Numbers"}, format="json")
    assert [row["number"] for row in told.json()["operations"]] == [3, 1]
    assert told.json()["title"] == "Numbers"
    assert api.patch(draft, {"order": [1]}, format="json").status_code == 422
    stale = api.delete(f"{draft}/operations/1", headers={"If-Match": '"0.1"'})
    assert (stale.status_code, stale.json()["current_version"]) == (412, 5)


def test_an_operation_that_a_later_one_needs_stays(api: APIClient, draft: str) -> None:
    add(api, draft, "add_concept", name="Divide")
    add(api, draft, "add_prerequisite", prerequisite="multiply", dependent="divide")
    refused = api.delete(f"{draft}/operations/1")
    assert (refused.status_code, refused.json()["number"]) == (409, 2)


def test_a_discarded_draft_stays_on_record_and_is_closed(api: APIClient, draft: str) -> None:
    assert api.delete(draft).status_code == 204
    assert api.get(draft).json()["state"] == "discarded"
    assert add(api, draft, "add_concept", name="Divide").status_code == 409
    assert api.get(f"{DRAFTS}?state=open").json()["results"] == []
    assert [row["title"] for row in api.get(f"{DRAFTS}?state=discarded").json()["results"]] == ["Division"]


def every_request(draft: str) -> list[tuple[str, str, Any]]:
    return [
        ("get", draft, None),
        ("patch", draft, {"title": "Mine"}),
        ("delete", draft, None),
        ("post", f"{draft}/operations", {"command": "remove_concept", "parameters": {"concept": "add"}}),
        ("delete", f"{draft}/operations/1", None),
        ("post", f"{draft}/publish", None),
    ]


def test_for_strangers_and_learners_there_is_no_draft(
    signed_in: SignIn, api: APIClient, draft: str, stranger: User, learner: User, arithmetic: Subject
) -> None:
    add(api, draft, "add_concept", name="Divide")
    for user in (stranger, learner):
        client = signed_in(user)
        for method, path, body in every_request(draft):
            answer = getattr(client, method)(path, body, format="json", headers={"If-Match": "*"})
            assert answer.status_code == 404, (method, path)
        assert client.get(DRAFTS).json()["results"] == []
    assert signed_in(learner).post(DRAFTS, {"subject": arithmetic.pk}).status_code == 403
    assert signed_in(stranger).post(DRAFTS, {"subject": arithmetic.pk}).status_code == 400
    for method, path, body in every_request(draft):
        assert getattr(APIClient(), method)(path, body, format="json").status_code == 401
    assert GraphDraft.objects.get().version == 1


def test_a_researcher_reads_drafts_and_changes_none(
    signed_in: SignIn, draft: str, stranger: User, arithmetic: Subject
) -> None:
    arithmetic.researchers.add(stranger)
    client = signed_in(stranger)
    for method, path, body in every_request(draft):
        answer = getattr(client, method)(path, body, format="json", headers={"If-Match": "*"})
        assert answer.status_code == (200 if method == "get" else 403), (method, path)
    assert client.post(DRAFTS, {"subject": arithmetic.pk}).status_code == 403


def test_another_keeper_of_the_subject_goes_on_with_a_draft(
    signed_in: SignIn, api: APIClient, draft: str, stranger: User, arithmetic: Subject
) -> None:
    arithmetic.library.educators.add(stranger)
    second = signed_in(stranger)
    assert add(second, draft, "add_concept", name="Divide").status_code == 201
    assert second.post(f"{draft}/publish", headers={"If-Match": "*"}).json()["author"] == "stranger"


def test_the_list_reads_as_often_for_many_drafts_as_for_few(
    api: APIClient, draft: str, arithmetic: Subject, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        api.post(DRAFTS, {"subject": arithmetic.pk})
    with django_assert_max_num_queries(4):
        assert len(api.get(f"{DRAFTS}?subject={arithmetic.pk}").json()["results"]) == 6


def test_words_name_the_concepts_and_fall_back_to_keys(
    api: APIClient, draft: str, sums: dict[str, Concept]
) -> None:
    commands: list[tuple[str, dict[str, Any]]] = [
        ("decide_prerequisite", {"prerequisite": "count", "dependent": "add", "status": "rejected"}),
        ("remove_prerequisite", {"prerequisite": "add", "dependent": "multiply"}),
        ("change_concept", {"concept": "add", "position": 9, "aliases": ["sum"]}),
        ("remove_concept", {"concept": "count"}),
    ]
    for command, parameters in commands:
        assert add(api, draft, command, **parameters).status_code == 201
    Concept.objects.filter(key="multiply").delete()
    assert [row["says"] for row in api.get(draft).json()["operations"]] == [
        "Reject: “Count” before “Add”",
        "No longer require “Add” before “multiply”",
        "Change “Add”: teach it in place 9, also called sum",
        "Take out “Count”",
    ]
