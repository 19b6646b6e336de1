"""What can go wrong with long work."""

from __future__ import annotations


class JobLost(Exception):
    """Another worker has taken this job over; whatever this one still does counts for nothing."""


class JobCancelled(Exception):
    """Someone asked this job to stop."""


class JobHasEnded(Exception):
    """A job that has ended can no longer be cancelled."""

    def __init__(self, state: str) -> None:
        super().__init__(f"The job has already {state}; there is nothing left to cancel.")


class JobCannotBeRetried(Exception):
    """Only a job that failed or was cancelled can be retried."""

    def __init__(self, state: str) -> None:
        super().__init__(f"The job is {state}. Only a failed or cancelled job can be retried.")


class IdempotencyKeyReused(Exception):
    """The same key came with other parameters."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} already stands for a different request. Use a new key for new work."
        )


class UnknownJobKind(Exception):
    """No handler is registered for this kind of job."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"No handler for jobs of kind {kind!r}. Name one in settings.JOB_HANDLERS.")
