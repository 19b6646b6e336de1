from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User


@pytest.fixture(autouse=True)
def test_handlers(settings: Any) -> None:
    settings.JOB_HANDLERS = {
        name: f"tests.jobs.handlers.{name}"
        for name in ("three_stages", "slow_stages", "fails", "stumbles", "is_cancelled_midway")
    }


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", password="a-long-pass-word")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger", password="a-long-pass-word")
