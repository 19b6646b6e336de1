from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from jobs import services
from jobs.models import Job

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_the_owner_follows_cancels_and_retries_a_job(ada: User) -> None:
    job = services.enqueue("three_stages", params={"name": "x"}, created_by=ada)
    client = signed_in(ada)
    assert client.get(f"/api/v1/jobs/{job.pk}").json()["state"] == "queued"
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel").json()["state"] == "cancelled"
    again = client.post(f"/api/v1/jobs/{job.pk}/retry")
    assert (again.status_code, again.headers["Location"]) == (202, f"/api/v1/jobs/{job.pk}")


def test_the_list_holds_only_ones_own_jobs_and_filters_by_state(ada: User, stranger: User) -> None:
    services.enqueue("fails", params={}, created_by=stranger)
    mine = services.enqueue("fails", params={}, created_by=ada)
    client = signed_in(ada)
    assert [row["id"] for row in client.get("/api/v1/jobs").json()["results"]] == [str(mine.pk)]
    assert client.get("/api/v1/jobs?state=running").json()["results"] == []


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "/cancel"), ("post", "/retry")])
def test_a_strangers_job_does_not_exist(ada: User, stranger: User, method: str, path: str) -> None:
    job = services.enqueue("fails", params={}, created_by=ada)
    response = getattr(signed_in(stranger), method)(f"/api/v1/jobs/{job.pk}{path}")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


def test_nobody_reads_jobs_without_signing_in(ada: User) -> None:
    job = services.enqueue("fails", params={}, created_by=ada)
    assert APIClient().get(f"/api/v1/jobs/{job.pk}").status_code == 401


def test_cancelling_an_ended_job_is_a_conflict_that_says_why(ada: User) -> None:
    job = services.run_inline(services.enqueue("three_stages", params={"name": "x"}, created_by=ada))
    response = signed_in(ada).post(f"/api/v1/jobs/{job.pk}/cancel")
    assert response.status_code == 409
    assert "succeeded" in response.json()["detail"]


def test_the_progress_fragment_polls_until_the_job_ends(ada: User, client: Client) -> None:
    job = services.enqueue("fails", params={}, created_by=ada)
    client.force_login(ada)
    waiting = client.get(f"/jobs/{job.pk}/progress/")
    assert 'hx-trigger="every 1s"' in waiting.text
    assert "HX-Refresh" not in waiting.headers
    services.run_inline(job)
    ended = client.get(f"/jobs/{job.pk}/progress/")
    assert "The third page of the atlas is missing." in ended.text
    assert ended.headers["HX-Refresh"] == "true"


def test_a_strangers_progress_page_does_not_exist(ada: User, stranger: User, client: Client) -> None:
    job = services.enqueue("fails", params={}, created_by=ada)
    client.force_login(stranger)
    assert client.get(f"/jobs/{job.pk}/progress/").status_code == 404


def test_a_retry_returns_to_our_own_pages_only(ada: User, client: Client) -> None:
    job = services.run_inline(services.enqueue("fails", params={}, created_by=ada))
    client.force_login(ada)
    away = client.post(f"/jobs/{job.pk}/retry/", {"next": "https://elsewhere.example/"})
    assert away.headers["Location"] == "/"
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
