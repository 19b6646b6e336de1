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
            "--most-calls", type=int, metavar="N", help="At most so many questions to a model."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Only tell what it would cost; ask and change nothing."
        )
        parser.add_argument(
            "--all", action="store_true", help="Look at everything anew, not only at what rests on changes."
        )
        parser.add_argument("--json", action="store_true", help="Print only the counts, as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        subject = find_subject(options["subject"])
        if options["most_calls"] is not None and options["most_calls"] < 1:
            raise CommandError("--most-calls has to be 1 or more; for no model give --engine embedded.")
        job = request_extraction(
            subject,
            requested_by=None,
            engine=options["engine"],
            scope="all" if options["all"] else "auto",
            dry_run=options["dry_run"],
            most_calls=options["most_calls"],
        )
        if options["json"]:
            job = run_inline(job)
        else:
            with self.progress_of(job):
                job = run_inline(job)
        if job.state != Job.State.SUCCEEDED:
            raise CommandError(f"The extraction {job.state}: {job.error or job.message}")
        if options["dry_run"]:
            self.stdout.write(json.dumps(job.result) if options["json"] else _cost_told(job.result))
            return
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


def _cost_told(cost: dict[str, Any]) -> str:
    if not cost["calls"]:
        return f"{cost['passages']} passages; {cost['engine']} asks no model: calls=0 minutes=0"
    return (
        f"{cost['engine']} would read {cost['passages']} passages and be asked {cost['calls']} questions: "
        f"{cost['concept_calls']} about concepts and {cost['pair_calls']} about {cost['asked_pairs']} of "
        f"{cost['candidate_pairs']} possible prerequisites "
        f"({cost['left_out_pairs']} in doubt are left out).\n"
        f"About {cost['prompt_tokens']:,} tokens to read and {cost['output_tokens']:,} to write, "
        f"{cost['minutes']:g} minutes ({cost['basis']}).\n"
        f"calls={cost['calls']} tokens={cost['prompt_tokens'] + cost['output_tokens']} "
        f"minutes={cost['minutes']:g}"
    )


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
