"""The local dispatcher: a loop that claims due jobs from the database and runs them one by one."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from jobs import recording
from jobs.services import claim_next, owner_name, run_claimed

log = structlog.get_logger("cairn.worker")

HOUSEKEEPING_EVERY = timedelta(hours=1)


class Worker:
    """Runs jobs until told to stop; any number of workers may share one database."""

    def __init__(self) -> None:
        self.owner = owner_name()
        self.jobs_run = 0
        self._stopping = threading.Event()
        self._housekeeping_due = timezone.now()

    def stop(self) -> None:
        """End after the job in hand."""
        self._stopping.set()

    def run(self, *, until_idle: bool = False) -> int:
        """Run jobs; with ``until_idle`` return once nothing is due. Returns how many were run."""
        while not self._stopping.is_set():
            worked = self._work_once(timezone.now())
            if not worked and until_idle:
                break
            if not worked:
                self._stopping.wait(settings.JOB_POLL_S)
        return self.jobs_run

    def _work_once(self, now: datetime) -> bool:
        close_old_connections()
        try:
            if now >= self._housekeeping_due:
                recording.blank_expired_texts(now=now)
                self._housekeeping_due = now + HOUSEKEEPING_EVERY
            job = claim_next(self.owner, now=now)
            if job is None:
                return False
            run_claimed(job)
        except DatabaseError:
            # The database may be restarting; the job, if one was claimed, comes back with its lease.
            log.exception("the database did not answer")
            self._stopping.wait(5 * settings.JOB_POLL_S)
            return False
        self.jobs_run += 1
        return True
