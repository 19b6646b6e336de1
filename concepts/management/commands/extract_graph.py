from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from concepts.management.commands.export_graph import find_subject
from concepts.models import Subject
from concepts.services.extracting import request_extraction
from jobs.models import Job
from jobs.services import run_inline

WATCH_EVERY_S = 0.5


class Command(BaseCommand):
    help = "Find the concepts and prerequisites of a subject in its sources, here and now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="The key of the subject.")
        parser.add_argument("--engine", choices=["auto", "embedded", "ollama"], default="auto")
        parser.add_argument(
            "--all", action="store_true", help="Look at everything anew, not only at what rests on changes."
        )
        parser.add_argument("--json", action="store_true", help="Print only the counts, as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        scope = "all" if options["all"] else "auto"
        job = request_extraction(subject, requested_by=None, engine=options["engine"], scope=scope)
        if options["json"]:
            job = run_inline(job)
        else:
            with self.progress_of(job):
                job = run_inline(job)
        if job.state != Job.State.SUCCEEDED:
            raise CommandError(f"The extraction {job.state}: {job.error or job.message}")
        subject.refresh_from_db()
        counts = _counts(subject)
        self.stdout.write(
            json.dumps({**counts, "extraction": job.result}) if options["json"] else _told(subject, counts)
        )

    @contextmanager
    def progress_of(self, job: Job) -> Iterator[None]:
        """Print a line whenever the job's own row tells something new."""
        ended = threading.Event()

        def watch() -> None:
            told = ""
            while not ended.wait(WATCH_EVERY_S):
                try:
                    line = _progress(Job.objects.get(pk=job.pk))
                except (Job.DoesNotExist, DatabaseError):
                    continue  # the next look may find it; progress is not worth failing for
                if line != told:
                    self.stderr.write(line)
                    told = line
            connection.close()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _progress(job: Job) -> str:
    amount = f" {job.done} of {job.total}" if job.total else ""
    return f"{job.stage or job.state}{amount}{': ' + job.message if job.message else ''}"


def _counts(subject: Subject) -> dict[str, int]:
    return {
        "concepts": subject.concepts.standing().count(),
        "published": subject.concepts.published().count(),
        "prerequisites": subject.prerequisites.standing().count(),
        "gating": subject.prerequisites.gating().count(),
    }


def _told(subject: Subject, counts: dict[str, int]) -> str:
    return (
        f"{subject.name}, revision {subject.revision}: {counts['concepts']} concepts "
        f"({counts['published']} published), {counts['prerequisites']} prerequisites "
        f"({counts['gating']} gate)."
    )
