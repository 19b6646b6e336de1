"""The same log on SQLite and on PostgreSQL is the same beliefs to the byte.

Needs the address of a PostgreSQL database in which nothing is yet: ``EMPTY_POSTGRES_URL``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("EMPTY_POSTGRES_URL", "")


def replayed(database: str, *, home: Path) -> dict[str, Any]:
    """What a replay says of the log, written into a database that is still empty."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tutor.same_log"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "CAIRN_DATA_DIR": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def on_sqlite(home: Path) -> dict[str, Any]:
    home.mkdir()
    return replayed(f"sqlite:///{home / 'cairn.sqlite3'}", home=home)


def test_the_log_replays_without_a_difference_and_twice_to_the_same_bytes(tmp_path: Path) -> None:
    first, again = (on_sqlite(tmp_path / name) for name in ("first", "again"))
    assert first == again
    assert first["differences"] == 0
    assert first["events"] > 12, "six answers, five tries, a correction, and what the placement concluded"


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="EMPTY_POSTGRES_URL names no database")
def test_both_databases_give_the_same_digest(tmp_path: Path) -> None:
    assert replayed(POSTGRES, home=tmp_path / "postgres") == on_sqlite(tmp_path / "sqlite")
