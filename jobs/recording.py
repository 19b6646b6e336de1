"""Writes every model call down, and forgets its texts when their retention ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from jobs.models import Job, ModelCall

if TYPE_CHECKING:
    from llm.ports import CallRecord


class ModelCallRecorder:
    """A recorder for the ``llm`` room that keeps each call as a :class:`jobs.models.ModelCall` row."""

    def record(self, call: CallRecord) -> None:
        """Store ``call``, tied to the job that is running in this context, if one is."""
        job, is_gone = _job_of_this_context()
        keep_texts = settings.MODEL_TEXT_RETENTION_DAYS > 0 and not is_gone
        ModelCall.objects.create(
            job=job,
            purpose=call.purpose,
            model=call.model,
            endpoint=call.endpoint,
            template_hash=call.template_hash,
            options=call.options,
            attempt=call.attempt,
            prompt_tokens=call.prompt_tokens,
            output_tokens=call.output_tokens,
            duration_s=call.duration_s,
            done_reason=call.done_reason,
            schema_ok=call.schema_ok,
            outcome=call.outcome,
            detail="" if is_gone else call.detail,
            prompt=call.prompt if keep_texts else "",
            response=call.response if keep_texts else "",
        )


def _job_of_this_context() -> tuple[Job | None, bool]:
    """The job that is running, and whether it is gone: whoever it was done for was forgotten meanwhile."""
    job_id = structlog.contextvars.get_contextvars().get("job_id")
    job = Job.objects.filter(pk=job_id).first() if job_id else None
    return job, bool(job_id) and job is None


def blank_expired_texts(*, now: datetime) -> int:
    """Blank prompts and replies older than the retention setting; returns how many calls it touched."""
    limit = now - timedelta(days=settings.MODEL_TEXT_RETENTION_DAYS)
    return (
        ModelCall.objects.filter(at__lt=limit).exclude(prompt="", response="").update(prompt="", response="")
    )
