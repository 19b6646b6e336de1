"""What a hostile or unlucky client sends: always a refusal with a sentence, never a stack trace."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from config.api_errors import PROBLEM_JSON
from config.parsers import MAX_JSON_BYTES

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(User.objects.create_user("educator", role=User.Role.EDUCATOR))
    return client


@pytest.mark.parametrize("address", ["/api/v1/no-such-room", "/api/v1/jobs/", "/api/v1/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_of_the_api_is_a_problem(api: APIClient, address: str, method: str) -> None:
    answer = getattr(api, method)(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM_JSON)
    assert address in answer.json()["detail"]


def test_json_that_nests_too_deeply_is_refused(api: APIClient) -> None:
    for body in ("[" * 100_000, '{"name":' * 50_000):
        answer = api.post("/api/v1/subjects", body, content_type="application/json")
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM_JSON)
        assert "nests too deeply" in answer.json()["detail"]


def test_json_without_end_is_read_up_to_its_limit_only(api: APIClient) -> None:
    body = '{"name": "' + "a" * MAX_JSON_BYTES + '"}'
    answer = api.post("/api/v1/subjects", body, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, PROBLEM_JSON)
    assert "Send less" in answer.json()["detail"]


def test_what_announces_itself_as_too_large_is_not_received(client: Client, settings: Any) -> None:
    settings.MAX_REQUEST_BYTES = 1000
    page = client.post("/sign-in/", {"username": "a" * 1000})
    assert page.status_code == 413
    assert "1,000 bytes" in page.text
    problem = client.post("/api/v1/auth/token", {"username": "a" * 1000})
    assert (problem.status_code, problem.headers["Content-Type"]) == (413, PROBLEM_JSON)


@pytest.mark.parametrize("position", [b"p=foo", b"r=1&p=%00", b"o=1&p=2020-99-99T00:00:00"])
def test_a_cursor_that_nobody_gave_out_is_not_found(api: APIClient, position: bytes) -> None:
    answer = api.get("/api/v1/mastery-events", {"cursor": b64encode(position).decode()})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Invalid cursor"


def test_a_form_without_its_token_is_told_what_to_do(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in/", {"username": "ada", "password": "x"})
    assert answer.status_code == 403
    assert "load it again" in answer.text


def test_a_page_that_is_not_allowed_says_who_may(client: Client) -> None:
    client.force_login(User.objects.create_user("learner"))
    answer = client.post("/subjects/", {"name": "Mine"})
    assert answer.status_code == 403
    assert "educators" in answer.text


def test_an_unknown_host_is_refused_on_a_page_and_as_a_problem(client: Client) -> None:
    assert client.get("/sign-in/", headers={"host": "evil.example"}).status_code == 400
    answer = client.get("/api/v1/me", headers={"host": "evil.example"})
    assert answer.status_code in (400, 401)
    assert answer.headers["Content-Type"] == PROBLEM_JSON
