from __future__ import annotations

from typing import Any

import pytest
import structlog
from django.utils import timezone

from accounts.models import User
from jobs.errors import JobLost
from jobs.forgetting import forget_jobs
from jobs.models import Job, ModelCall
from jobs.recording import ModelCallRecorder
from jobs.services import JobRun, claim, enqueue
from llm.ports import CallRecord

pytestmark = pytest.mark.django_db
SAID = CallRecord(
    purpose="grade", model="m", outcome="answered", prompt="her words", response="yes", detail="why"
)


def texts() -> list[tuple[str, str, str]]:
    return list(ModelCall.objects.values_list("prompt", "response", "detail"))


def recorded(job: Job) -> None:
    with structlog.contextvars.bound_contextvars(job_id=str(job.pk)):
        ModelCallRecorder().record(SAID)


def test_jobs_go_and_calls_stay_without_their_texts(ada: User, stranger: User, settings: Any) -> None:
    settings.MODEL_TEXT_RETENTION_DAYS = 30
    hers, others = (enqueue("three_stages", params={}, created_by=user) for user in (ada, stranger))
    for job in (hers, others):
        recorded(job)
    counts = forget_jobs(Job.objects.filter(created_by=ada))
    assert (counts["jobs"], counts["model_call_texts"]) == (1, 1)
    assert list(Job.objects.all()) == [others]
    assert sorted(texts()) == [("", "", ""), ("her words", "yes", "why")]
    assert forget_jobs(Job.objects.filter(created_by=ada)).total() == 0


def test_a_worker_in_the_middle_loses_the_job_and_records_no_words(ada: User, settings: Any) -> None:
    settings.MODEL_TEXT_RETENTION_DAYS = 30
    job = enqueue("three_stages", params={}, created_by=ada)
    claim(job, owner="w", now=timezone.now())
    run = JobRun(Job.objects.get(pk=job.pk))
    forget_jobs(Job.objects.filter(created_by=ada))
    recorded(job)
    assert texts() == [("", "", "")]
    with pytest.raises(JobLost):
        run.advance()
