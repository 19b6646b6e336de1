"""The whole loop in the terminal, on a database that is thrown away afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from curriculum.outlines import SAMPLE_COURSE, read_outline

ANSWERS = "demo_answers.toml"


class Command(BaseCommand):
    help = "Play the whole loop on a throw-away database: sources, graph, lesson, explanation, grade, next."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep", action="store_true", help="Keep the database and say where it is.")

    def handle(self, *args: Any, keep: bool, **options: Any) -> None:
        key = read_outline(SAMPLE_COURSE).key
        # The commands run as processes of their own: settings name the database when they are first read.
        home = tempfile.mkdtemp(prefix="cairn-demo-")
        script = str((SAMPLE_COURSE / ANSWERS).relative_to(settings.BASE_DIR))
        try:
            self._run(home, "migrate", "--verbosity", "0")
            self._run(home, "load_sample_course")
            self._run(home, "study", "--subject", key, "--script", script, "--lessons", "4")
        finally:
            if not keep:
                shutil.rmtree(home)
        if keep:
            self.stdout.write(f"Kept in {home}; look again with: CAIRN_DATA_DIR={home} make run")

    def _run(self, home: str, *command: str) -> None:
        self.stdout.write(f"$ manage.py {' '.join(command)}")
        self.stdout.flush()
        ended = subprocess.run(  # noqa: S603  (our own commands, no input from outside)
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env={**os.environ, **_elsewhere(home)},
            check=False,
        )
        if ended.returncode:
            raise CommandError(f"manage.py {command[0]} failed; see above.")


def _elsewhere(home: str) -> dict[str, str]:
    """Everything that says where data is kept, so that no setting of this installation is touched."""
    return {
        "CAIRN_DATA_DIR": home,
        "DATABASE_URL": f"sqlite:///{home}/cairn.sqlite3",
        "INDEX_DIR": f"{home}/index",
        "LOG_LEVEL": "WARNING",
    }
