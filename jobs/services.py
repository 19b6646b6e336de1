"""The life of a job: enqueued, claimed under a lease, run in stages, ended once.

Every write by a worker carries its owner name and attempt number in the WHERE clause (the fence), so
a worker that was frozen or cut off while another took over changes nothing when it wakes.
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from jobs.errors import (
    IdempotencyKeyReused,
    JobCancelled,
    JobCannotBeRetried,
    JobHasEnded,
    JobLost,
    UnknownJobKind,
)
from jobs.models import Job

log = structlog.get_logger("cairn.jobs")

IDEMPOTENCY_KEY_CHARS = 200

Handler = Callable[["JobRun"], dict[str, Any]]


def enqueue(
    kind: str,
    *,
    params: dict[str, Any],
    created_by: Any = None,
    idempotency_key: str = "",
    now: datetime | None = None,
) -> Job:
    """Put work in the queue; a user's same key with the same parameters returns the job it already made."""
    if kind not in settings.JOB_HANDLERS:
        raise UnknownJobKind(kind)
    key = _stored_key(created_by, idempotency_key) if idempotency_key else ""
    job = Job(
        kind=kind,
        params=params,
        created_by=created_by,
        idempotency_key=key,
        run_after=now or timezone.now(),
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        earlier = Job.objects.filter(kind=kind, idempotency_key=key).first() if key else None
        if earlier is None:
            raise
        if earlier.params != params:
            raise IdempotencyKeyReused(idempotency_key) from None
        return earlier
    return job


def _stored_key(created_by: Any, idempotency_key: str) -> str:
    """A user's own key; one too long for its column stands there as its digest."""
    key = f"{created_by.pk if created_by else ''}:{idempotency_key}"
    return key if len(key) <= IDEMPOTENCY_KEY_CHARS else hashlib.sha256(key.encode()).hexdigest()


def cancel(job: Job) -> Job:
    """Stop a queued job at once and a running one at its next sign of life."""
    ended = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, ended_at=timezone.now()
    )
    asked = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_requested=True)
    job.refresh_from_db()
    if not ended and not asked:
        raise JobHasEnded(job.state)
    return job


def retry(job: Job) -> Job:
    """Queue a failed or cancelled job again; it goes on from its last checkpoint."""
    changed = Job.objects.filter(pk=job.pk, state__in=(Job.State.FAILED, Job.State.CANCELLED)).update(
        state=Job.State.QUEUED,
        error="",
        message="",
        cancel_requested=False,
        ended_at=None,
        run_after=timezone.now(),
        max_attempts=F("attempt") + settings.JOB_MAX_ATTEMPTS,
    )
    job.refresh_from_db()
    if not changed:
        raise JobCannotBeRetried(job.state)
    return job


def claim_next(owner: str, *, now: datetime) -> Job | None:
    """Take the oldest job that is due, by one conditional update per candidate; None when there is none."""
    for candidate in Job.objects.claimable(now=now)[:10]:
        if claim(candidate, owner=owner, now=now):
            return Job.objects.get(pk=candidate.pk)
    return None


def claim(job: Job, *, owner: str, now: datetime) -> bool:
    """Make ``owner`` the only one who may write to ``job``; False when someone was quicker.

    A job that used up its attempts without ever ending (each of its workers died) fails here.
    """
    mine = Job.objects.claimable(now=now).filter(pk=job.pk, attempt=job.attempt)
    if job.attempt >= job.max_attempts:
        mine.order_by().update(
            state=Job.State.FAILED,
            ended_at=now,
            error=f"Given up after {job.attempt} attempts: each worker that ran it stopped before it ended.",
        )
        return False
    taken = mine.order_by().update(
        state=Job.State.RUNNING,
        owner=owner,
        attempt=F("attempt") + 1,
        lease_until=now + timedelta(seconds=settings.JOB_LEASE_S),
        started_at=now,
    )
    return bool(taken)


class JobRun:
    """One attempt at one job, as its handler sees it."""

    def __init__(self, job: Job, *, clock: Callable[[], datetime] = timezone.now) -> None:
        self.job_id: uuid.UUID = job.pk
        self.params: dict[str, Any] = job.params
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.created_by_id: uuid.UUID | None = job.created_by_id
        self.now = clock
        self._owner, self._attempt = job.owner, job.attempt

    def stage(self, name: str, *, total: int = 0, message: str = "") -> None:
        """Enter a stage; ``total`` units of work lie ahead in it (0: unknown)."""
        self._write(stage=name, total=total, done=0, message=message[:500])

    def advance(self, message: str = "", *, by: int = 1) -> None:
        """Report progress and renew the lease; raises when the job was cancelled or taken over."""
        self._write(done=F("done") + by, message=message[:500])

    def save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Remember what is finished, so that the next attempt goes on from here."""
        self.checkpoint = checkpoint
        self._write(checkpoint=checkpoint)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """An atomic block that writes only while this attempt still owns the job.

        The fence is an update of the job's own row, so it also locks that row: whoever takes the job
        over waits until this block has committed or rolled back.
        """
        with transaction.atomic():
            self._write()
            yield

    def renew(self) -> None:
        """Prolong the lease."""
        self._write()

    def end(self, state: Job.State, *, result: dict[str, Any] | None = None, error: str = "") -> None:
        """Write the one final state; what succeeded never goes on, so its checkpoint is forgotten.

        A checkpoint may hold a model's replies, which must not outlive their retention.
        """
        finished = {"result": result or {}, "checkpoint": {}} if state == Job.State.SUCCEEDED else {}
        self._fenced().update(state=state, error=error, ended_at=self.now(), lease_until=None, **finished)

    def release(self) -> None:
        """Give the job back to the queue: this process is stopping, which is no fault of the job."""
        self._fenced().update(state=Job.State.QUEUED, lease_until=None, max_attempts=F("max_attempts") + 1)

    def _fenced(self) -> Any:
        return Job.objects.filter(
            pk=self.job_id, owner=self._owner, attempt=self._attempt, state=Job.State.RUNNING
        )

    def _write(self, **changes: Any) -> None:
        lease = self.now() + timedelta(seconds=settings.JOB_LEASE_S)
        if not self._fenced().filter(cancel_requested=False).update(lease_until=lease, **changes):
            raise JobCancelled if self._fenced().exists() else JobLost


def run_claimed(job: Job) -> None:
    """Run a job that this process has claimed, to its end, with its lease kept alive meanwhile."""
    run = JobRun(job)
    with structlog.contextvars.bound_contextvars(job_id=str(job.pk), job_kind=job.kind), _heartbeat(run):
        log.info("job started", attempt=job.attempt)
        try:
            result = _handler(job.kind)(run)
        except JobLost:
            log.warning("job lost to another worker")
        except JobCancelled:
            run.end(Job.State.CANCELLED)
            log.info("job cancelled")
        except (KeyboardInterrupt, SystemExit):
            run.release()
            log.warning("job released: this worker is stopping")
            raise
        except Exception as error:  # the worker must outlive whatever a handler raises
            run.end(Job.State.FAILED, error=_told(error))
            log.exception("job failed")
        else:
            run.end(Job.State.SUCCEEDED, result=result)
            log.info("job succeeded")


def run_inline(job: Job) -> Job:
    """Claim and run ``job`` in this process, for commands and tests; returns it as it ended."""
    if claim(job, owner=owner_name(), now=max(timezone.now(), job.run_after)):
        run_claimed(Job.objects.get(pk=job.pk))
    job.refresh_from_db()
    return job


def owner_name() -> str:
    """A name for this process that no other bears: host, process id, random part."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def _handler(kind: str) -> Handler:
    return cast(Handler, import_string(settings.JOB_HANDLERS[kind]))


def _told(error: Exception) -> str:
    """What the user reads: a room's own sentence; of any other failure only its kind."""
    if type(error).__module__.rpartition(".")[2] == "errors":
        return str(error)
    return f"Something broke ({type(error).__name__}). It has been logged, and trying again is safe."


@contextmanager
def _heartbeat(run: JobRun) -> Iterator[None]:
    """Renew the lease from a side thread, for handlers that compute for long between two reports."""
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(settings.JOB_LEASE_S / 3):
            try:
                run.renew()
            except (JobLost, JobCancelled):
                return  # the handler learns the same at its next write
            except DatabaseError:
                log.warning("heartbeat missed", exc_info=True)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{run.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
