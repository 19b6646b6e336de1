"""``kill -9`` of a worker in each stage: another goes on from the checkpoint, nothing is doubled."""

from __future__ import annotations

import pytest

from tests.jobs.handlers import STAGES
from tests.service.processes import Service, wait_for

pytestmark = pytest.mark.service

CLASSES = "apps.get_model('accounts.Class').objects"
JOB = "apps.get_model('jobs.Job').objects.get()"


def enqueue_job(service: Service, *, linger_s: float) -> None:
    """A job that stays ``linger_s`` seconds in each of its stages."""
    params = {"name": "atlas", "linger_s": linger_s}
    service.ask(f"str(__import__('jobs.services').services.enqueue('slow_stages', params={params}).pk)")


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_in_a_stage_loses_and_doubles_nothing(service: Service, stage: str) -> None:
    enqueue_job(service, linger_s=1.5)
    first = service.start_worker()
    wait_for(lambda: service.stage() == stage, within_s=60, what=f"stage {stage}")
    service.kill(first)
    assert service.ask(f"{JOB}.state") == "running"
    service.start_worker()
    wait_for(lambda: service.ask(f"{JOB}.state") == "succeeded", within_s=60, what="the end of the job")
    names = service.ask(f"sorted({CLASSES}.values_list('name', flat=True))")
    assert names == ["atlas finish", "atlas gather", "atlas shape"]
    assert service.ask(f"{JOB}.attempt") == 2


def test_two_workers_share_a_queue_without_doubling(service: Service) -> None:
    for _ in range(4):
        enqueue_job(service, linger_s=0.05)
    for _ in range(2):
        service.start_worker()
    left = "apps.get_model('jobs.Job').objects.exclude(state='succeeded').count()"
    wait_for(lambda: service.ask(left) == 0, within_s=60, what="an empty queue")
    assert service.ask(f"{CLASSES}.count()") == 4 * len(STAGES)
    assert service.ask("[j.attempt for j in apps.get_model('jobs.Job').objects.all()]") == [1] * 4
