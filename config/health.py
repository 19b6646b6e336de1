"""What serving needs, part by part: each check says ok or what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config import wiring
from jobs.models import Job
from research.services import indexing

STUCK_AFTER = timedelta(minutes=5)

Part = dict[str, Any]


def check_parts() -> dict[str, Part]:
    """Run every check; a database that does not answer leaves the checks that need it unasked."""
    parts = {"database": _checked(_database)}
    if parts["database"]["ok"]:
        parts["migrations"] = _checked(_migrations)
    if all(part["ok"] for part in parts.values()):
        parts["index"] = _checked(_index)
        parts["worker"] = _checked(_worker)
    parts["model"] = _checked(_model)
    return parts


def _checked(check: Callable[[], str]) -> Part:
    try:
        wrong = check()
    except DatabaseError as error:
        wrong = f"The database did not answer ({type(error).__name__}). Check DATABASE_URL and the server."
    return {"ok": not wrong, **({"detail": wrong} if wrong else {})}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations are not applied. Run: manage.py migrate" if waiting else ""


def _index() -> str:
    broken = indexing.libraries_without_readable_index()
    return f"The index of {', '.join(broken)} cannot be read. Run: manage.py rebuild_index" if broken else ""


def _worker() -> str:
    now = timezone.now()
    if Job.objects.filter(state=Job.State.RUNNING, lease_until__gt=now).exists():
        return ""  # a worker lives; it is only busy
    waiting = Job.objects.claimable(now=now - STUCK_AFTER).count()
    minutes = int(STUCK_AFTER.total_seconds() / 60)
    return f"{waiting} jobs have waited over {minutes} minutes. Run: manage.py run_worker" if waiting else ""


def _model() -> str:
    if settings.TUTOR_ENGINE != "ollama" or wiring.model_answers():
        return ""
    return (
        f"Ollama does not answer or lacks the model. Start it, run: ollama pull {settings.OLLAMA_MODEL}, "
        "or set TUTOR_ENGINE=auto."
    )
