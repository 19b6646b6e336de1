from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Class, User, learners_taught_by

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-pass-word"


@pytest.fixture(autouse=True)
def no_throttle_left_over() -> None:
    cache.clear()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


def sign_in(client: APIClient, password: str = PASSWORD) -> str:
    answer = client.post("/api/v1/auth/token", {"username": "ada", "password": password})
    return str(answer.json()["token"])


def test_a_token_signs_in_and_is_gone_once_revoked(ada: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {sign_in(client)}")
    assert client.get("/api/v1/me").json()["username"] == "ada"
    assert client.delete("/api/v1/auth/token").status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_a_wrong_password_is_refused_as_a_problem(ada: User) -> None:
    answer = APIClient().post("/api/v1/auth/token", {"username": "ada", "password": "guess"})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:cairn:problem:authentication-failed"


def test_missing_fields_are_named(ada: User) -> None:
    answer = APIClient().post("/api/v1/auth/token", {"username": "ada"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"pointer": "/password", "detail": "This field is required.", "code": "required"}
    ]


def test_guessing_is_throttled_with_a_time_to_come_back(ada: User) -> None:
    client = APIClient()
    for _ in range(20):
        client.post("/api/v1/auth/token", {"username": "ada", "password": "guess"})
    answer = client.post("/api/v1/auth/token", {"username": "ada", "password": "guess"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_another_claimed_origin_gives_no_fresh_guesses(ada: User) -> None:
    client = APIClient()
    for guess in range(20):
        client.post("/api/v1/auth/token", {"username": "ada", "password": "guess"})
        client.credentials(HTTP_X_FORWARDED_FOR=f"203.0.113.{guess}")
    answer = client.post("/api/v1/auth/token", {"username": "ada", "password": "guess"})
    assert answer.status_code == 429


def test_who_is_signed_in_guesses_no_faster(ada: User) -> None:
    client = APIClient()
    client.force_authenticate(User.objects.create_user("mallory"))
    guesses = [{"username": "ada", "password": f"guess {n}"} for n in range(21)]
    answers = [client.post("/api/v1/auth/token", guess).status_code for guess in guesses]
    assert answers[-1] == 429


@pytest.mark.parametrize("page", ["/sign-in/", "/admin/login/"])
def test_guessing_on_a_page_is_slowed_down_too(page: str, client: Client) -> None:
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    for _ in range(20):
        client.post(page, {"username": "boss", "password": "guess"})
    refused = client.post(page, {"username": "boss", "password": PASSWORD})
    assert "Wait a minute" in refused.text
    assert "_auth_user_id" not in client.session
    cache.clear()
    client.post(page, {"username": "boss", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(boss.pk)


def test_a_whole_class_signs_in_from_one_address(client: Client) -> None:
    for number in range(25):
        User.objects.create_user(f"pupil {number}", password=PASSWORD)
        signed_in = client.post("/sign-in/", {"username": f"pupil {number}", "password": PASSWORD})
        assert signed_in.status_code == 302
        client.logout()


def test_a_session_cannot_revoke_a_token_it_did_not_send(ada: User, client: Client) -> None:
    client.force_login(ada)
    assert client.delete("/api/v1/auth/token").status_code in (401, 403)


def test_the_sign_in_page_takes_the_user_to_where_they_wanted_to_go(ada: User, client: Client) -> None:
    wanted = client.get("/subjects/")
    assert wanted.headers["Location"] == "/sign-in/?next=/subjects/"
    answer = client.post("/sign-in/", {"username": "ada", "password": PASSWORD, "next": "/subjects/"})
    assert answer.headers["Location"] == "/subjects/"


def test_a_wrong_password_on_the_page_is_told_and_the_name_is_kept(ada: User, client: Client) -> None:
    answer = client.post("/sign-in/", {"username": "ada", "password": "guess"})
    assert 'role="alert"' in answer.text
    assert 'value="ada"' in answer.text


def test_a_class_is_seen_by_those_in_it_only(ada: User) -> None:
    teacher = User.objects.create_user("teacher", role=User.Role.EDUCATOR)
    stranger = User.objects.create_user("stranger")
    physics = Class.objects.create(name="Physics")
    physics.educators.add(teacher)
    physics.learners.add(ada)
    assert list(Class.objects.visible_to(ada)) == [physics]
    assert list(Class.objects.visible_to(teacher)) == [physics]
    assert not Class.objects.visible_to(stranger).exists()
    assert list(learners_taught_by(teacher)) == [ada]
