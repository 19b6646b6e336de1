from __future__ import annotations

import inspect
from types import ModuleType

import pytest
from django.test import Client
from rest_framework.exceptions import ValidationError

import jobs.errors
from config import api_errors
from config.api_errors import PROBLEMS, problem_for, problem_response

# Errors that steer a worker or are the operator's to read in a log; no user request can raise them.
NEVER_TOLD = {"JobLost", "JobCancelled", "UnknownJobKind"}


def exceptions_of(module: ModuleType) -> list[type[Exception]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module.__name__
    ]


def test_every_error_that_a_user_can_meet_is_in_the_table() -> None:
    missing = [
        kind.__name__
        for kind in exceptions_of(jobs.errors)
        if kind.__name__ not in NEVER_TOLD and not any(base in PROBLEMS for base in kind.__mro__)
    ]
    assert missing == []


def test_slugs_name_one_problem_each() -> None:
    slugs = [problem.slug for problem in PROBLEMS.values()]
    assert len(slugs) == len(set(slugs))


def test_a_subclass_is_told_as_its_nearest_known_ancestor() -> None:
    class Narrower(jobs.errors.JobHasEnded):
        pass

    assert problem_for(Narrower("failed")) == PROBLEMS[jobs.errors.JobHasEnded]


def test_an_unknown_error_is_left_to_the_framework() -> None:
    assert problem_response(RuntimeError("boom"), {}) is None


def test_nested_field_errors_are_flattened_to_pointers() -> None:
    response = problem_response(ValidationError({"goals": [{"id": ["Not a UUID."]}]}), {})
    assert response is not None
    assert response.data["errors"] == [{"pointer": "/goals/id", "detail": "Not a UUID.", "code": "invalid"}]
    assert response.content_type == api_errors.PROBLEM_JSON


@pytest.mark.django_db
def test_an_unknown_page_is_a_page_and_not_a_stack_trace(client: Client) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "not open to you" in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referer", "link"),
    [
        ("http://testserver/subjects/a/?page=2", 'href="/subjects/a/?page=2"'),
        ("http://testserver//elsewhere.example/", 'href="/elsewhere.example/"'),
        ("http://testserver/no-such-page/", ""),
        ("http://elsewhere.example/subjects/", ""),
        ("", ""),
    ],
)
def test_an_error_page_leads_back_to_the_page_of_ours_that_led_to_it(
    client: Client, referer: str, link: str
) -> None:
    text = client.get("/no-such-page/", headers={"Referer": referer, "Host": "testserver"}).text
    assert ("Back to where you were" in text) == bool(link)
    assert link in text
    assert "elsewhere.example/subjects" not in text


def test_every_page_forbids_foreign_and_inline_scripts(client: Client) -> None:
    policy = client.get("/sign-in/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/docs/", "/api/docs/redoc/"])
def test_the_documentation_of_the_api_asks_no_foreign_host(client: Client, address: str) -> None:
    answer = client.get(address)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "https://" not in answer.text


@pytest.mark.django_db
def test_the_admin_keeps_the_strict_policy(client: Client) -> None:
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
