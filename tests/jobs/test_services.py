"""A job is run once, by one worker, from where it stood; nobody else's writes count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Class, User
from jobs import services
from jobs.errors import (
    IdempotencyKeyReused,
    JobCancelled,
    JobCannotBeRetried,
    JobHasEnded,
    JobLost,
    UnknownJobKind,
)
from jobs.models import Job

pytestmark = pytest.mark.django_db


def queued(kind: str = "three_stages", **params: object) -> Job:
    return services.enqueue(kind, params={"name": "atlas", **params})


def claimed_run(job: Job, owner: str = "first") -> services.JobRun:
    assert services.claim(job, owner=owner, now=timezone.now())
    return services.JobRun(Job.objects.get(pk=job.pk))


def test_a_job_runs_through_its_stages_and_keeps_its_result() -> None:
    job = services.run_inline(queued())
    assert (job.state, job.result, job.attempt) == (Job.State.SUCCEEDED, {"stages": 3}, 1)
    assert Class.objects.count() == 3
    assert job.ended_at is not None
    assert job.lease_until is None


def test_a_failed_job_tells_the_error_and_can_be_retried() -> None:
    job = services.run_inline(queued("fails"))
    assert (job.state, job.error) == (Job.State.FAILED, "The third page of the atlas is missing.")
    again = services.retry(job)
    assert (again.state, again.error) == (Job.State.QUEUED, "")


def test_a_fault_of_ours_is_told_by_its_kind_only() -> None:
    job = services.run_inline(queued("stumbles"))
    assert job.state == Job.State.FAILED
    assert "KeyError" in job.error
    assert "secret" not in job.error


def test_only_an_ended_job_can_be_retried_and_only_a_live_one_cancelled() -> None:
    job = queued()
    with pytest.raises(JobCannotBeRetried, match="queued"):
        services.retry(job)
    assert services.cancel(job).state == Job.State.CANCELLED
    with pytest.raises(JobHasEnded, match="cancelled"):
        services.cancel(job)


def test_a_running_job_stops_at_its_next_sign_of_life_after_a_cancel() -> None:
    assert services.run_inline(queued("is_cancelled_midway")).state == Job.State.CANCELLED


def test_an_unknown_kind_is_refused_with_the_setting_that_names_handlers() -> None:
    with pytest.raises(UnknownJobKind, match="JOB_HANDLERS"):
        services.enqueue("weave", params={})


def test_the_same_key_and_parameters_give_the_same_job(ada: User) -> None:
    first = services.enqueue("fails", params={"a": 1}, created_by=ada, idempotency_key="k")
    second = services.enqueue("fails", params={"a": 1}, created_by=ada, idempotency_key="k")
    assert first.pk == second.pk
    with pytest.raises(IdempotencyKeyReused, match="'k'"):
        services.enqueue("fails", params={"a": 2}, created_by=ada, idempotency_key="k")


def test_two_users_may_use_the_same_key(ada: User, stranger: User) -> None:
    first = services.enqueue("fails", params={}, created_by=ada, idempotency_key="k")
    second = services.enqueue("fails", params={}, created_by=stranger, idempotency_key="k")
    assert first.pk != second.pk


def test_a_job_is_claimed_by_one_worker_only() -> None:
    job = queued()
    assert services.claim(job, owner="first", now=timezone.now())
    assert not services.claim(job, owner="second", now=timezone.now())
    assert services.claim_next("third", now=timezone.now()) is None


def test_an_expired_lease_is_taken_over_and_the_late_worker_writes_nothing() -> None:
    job = queued()
    late = claimed_run(job)
    future = timezone.now() + timedelta(minutes=5)
    taken = services.claim_next("second", now=future)
    assert taken is not None
    assert taken.attempt == 2
    for write in (late.renew, late.advance, lambda: late.save_checkpoint({"x": 1})):
        with pytest.raises(JobLost):
            write()
    late.end(Job.State.SUCCEEDED, result={"forged": True})
    taken.refresh_from_db()
    assert (taken.state, taken.result, taken.checkpoint) == (Job.State.RUNNING, {}, {})


def test_the_fence_rolls_back_what_a_late_worker_began() -> None:
    job = queued()
    late = claimed_run(job)
    services.claim_next("second", now=timezone.now() + timedelta(minutes=5))
    with pytest.raises(JobLost), late.transaction():
        Class.objects.create(name="must not appear")
    assert not Class.objects.exists()


def test_a_retry_goes_on_from_the_checkpoint() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(checkpoint={"finished": ["gather", "shape"]})
    services.run_inline(Job.objects.get(pk=job.pk))
    assert list(Class.objects.values_list("name", flat=True)) == ["atlas finish"]


def test_a_checkpoint_is_kept_for_a_retry_and_forgotten_after_success() -> None:
    failed = queued("fails")
    Job.objects.filter(pk=failed.pk).update(checkpoint={"answers": {"q": "a model's words"}})
    assert services.run_inline(Job.objects.get(pk=failed.pk)).checkpoint
    assert services.run_inline(queued()).checkpoint == {}


def test_a_job_whose_workers_always_die_fails_with_a_reason() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(attempt=5, state=Job.State.RUNNING, lease_until=timezone.now())
    later = timezone.now() + timedelta(minutes=1)
    assert services.claim_next("sixth", now=later) is None
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "5 attempts" in job.error


def test_a_stopping_worker_gives_its_job_back_without_costing_an_attempt() -> None:
    job = queued()
    run = claimed_run(job)
    run.release()
    job.refresh_from_db()
    assert (job.state, job.max_attempts - job.attempt) == (Job.State.QUEUED, 5)
    assert services.claim_next("second", now=timezone.now()) is not None


def test_progress_of_a_cancelled_job_raises_cancelled_not_lost() -> None:
    job = queued()
    run = claimed_run(job)
    services.cancel(job)
    with pytest.raises(JobCancelled):
        run.advance()


def test_oldest_due_job_goes_first() -> None:
    young, old = queued(), queued()
    Job.objects.filter(pk=old.pk).update(run_after=timezone.now() - timedelta(hours=1))
    taken = services.claim_next("worker", now=timezone.now())
    assert taken is not None
    assert taken.pk == old.pk != young.pk


def test_an_idempotency_key_of_any_length_fits_its_column() -> None:
    user = User.objects.create_user("ada")
    first, again, other = (
        services.enqueue("three_stages", params={}, created_by=user, idempotency_key=key)
        for key in ("k" * 5000, "k" * 5000, "k" * 4999)
    )
    assert first == again != other
    assert max(len(job.idempotency_key) for job in Job.objects.all()) <= 200
