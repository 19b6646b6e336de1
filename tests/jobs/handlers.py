"""Job handlers that tests register under settings.JOB_HANDLERS."""

from __future__ import annotations

from typing import Any

from accounts.models import Class
from jobs.services import JobRun
from tests.jobs.errors import PageMissing

STAGES = ("gather", "shape", "finish")


def three_stages(run: JobRun) -> dict[str, Any]:
    """Write one row per stage, remembering each finished stage in the checkpoint."""
    for stage in STAGES:
        if stage in run.checkpoint.get("finished", []):
            continue
        run.stage(stage, total=1)
        with run.transaction():
            Class.objects.create(name=f"{run.params['name']} {stage}")
            run.save_checkpoint({"finished": [*run.checkpoint.get("finished", []), stage]})
        run.advance(f"{stage} is finished")
    return {"stages": len(STAGES)}


def slow_stages(run: JobRun) -> dict[str, Any]:
    """The same, lingering in every stage so that a test can kill the worker in it."""
    import time

    for stage in STAGES:
        if stage in run.checkpoint.get("finished", []):
            continue
        run.stage(stage, total=1)
        time.sleep(run.params["linger_s"])
        with run.transaction():
            Class.objects.create(name=f"{run.params['name']} {stage}")
            run.save_checkpoint({"finished": [*run.checkpoint.get("finished", []), stage]})
    return {"stages": len(STAGES)}


def fails(run: JobRun) -> dict[str, Any]:
    """Raise what a room would raise: a sentence for the user."""
    raise PageMissing


def stumbles(run: JobRun) -> dict[str, Any]:
    """Fail as a fault of ours would, with words that are not for users."""
    raise KeyError("secret detail of a row")


def is_cancelled_midway(run: JobRun) -> dict[str, Any]:
    """Ask for its own cancellation, then report progress once more."""
    from jobs.models import Job
    from jobs.services import cancel

    run.stage("walking", total=2)
    cancel(Job.objects.get(pk=run.job_id))
    run.advance()
    raise AssertionError("a cancelled job must not get this far")
