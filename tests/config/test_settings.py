"""The service starts light, and refuses bad settings with a sentence."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "faiss", "sentence_transformers", "transformers", "trafilatura", "bm25s", "ollama", "spacy")


def python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_starting_the_service_loads_no_model_library() -> None:
    code = (
        "import django, sys; django.setup(); import config.urls; from django.urls import get_resolver;"
        "get_resolver().url_patterns;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    outcome = python(code, DEBUG="1")
    assert outcome.stdout.strip() == "[]", outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TUTOR_ENGINE", "magic", "must be one of: auto, ollama, embedded"),
        ("JOB_LEASE_S", "soon", "must be a number from 1 to 3600"),
        ("MAX_UPLOAD_MB", "100000", "must lie from 1 to 500"),
    ],
)
def test_a_bad_setting_is_refused_with_what_is_allowed(name: str, value: str, sentence: str) -> None:
    outcome = python("import django; django.setup()", DEBUG="1", **{name: value})
    assert outcome.returncode != 0
    assert sentence in outcome.stderr


def test_production_does_not_start_without_a_secret_key() -> None:
    outcome = python("import django; django.setup()", DEBUG="0", SECRET_KEY="")
    assert "SECRET_KEY is empty" in outcome.stderr
