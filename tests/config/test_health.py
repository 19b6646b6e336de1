from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from config import health
from jobs import services

pytestmark = pytest.mark.django_db


def test_alive_needs_nothing(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_names_every_part(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["parts"]) == {"database", "migrations", "index", "worker", "model"}


def test_a_queue_that_nobody_works_on_is_named(client: Client) -> None:
    services.enqueue("ingest", params={}, now=timezone.now() - timedelta(hours=1))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py run_worker" in answer.json()["parts"]["worker"]["detail"]


def test_a_worker_that_is_busy_for_long_is_no_dead_worker(client: Client) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    running = services.enqueue("ingest", params={}, now=long_ago)
    services.enqueue("extract", params={}, now=long_ago)
    assert services.claim(running, owner="busy", now=timezone.now())
    assert client.get("/readyz").status_code == 200


def test_an_ollama_that_must_be_there_and_is_not_is_named(client: Client, settings: Any) -> None:
    settings.TUTOR_ENGINE = "ollama"
    settings.OLLAMA_HOSTS = ["http://127.0.0.1:9"]
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "ollama pull" in answer.json()["parts"]["model"]["detail"]


def test_a_dead_database_is_named_and_nothing_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    parts = health.check_parts()
    assert not parts["database"]["ok"]
    assert "DATABASE_URL" in parts["database"]["detail"]
    assert "index" not in parts
