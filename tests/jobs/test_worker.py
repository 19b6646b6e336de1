from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from jobs import recording, services
from jobs.models import Job, ModelCall
from jobs.worker import Worker

# A worker drops stale connections, which a test inside one transaction would not survive.
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_worker_runs_every_due_job_and_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    jobs = [services.enqueue("three_stages", params={"name": str(n)}) for n in range(3)]
    call_command("run_worker", "--until-idle")
    assert "3 jobs run." in capsys.readouterr().out
    assert Job.objects.filter(pk__in=[job.pk for job in jobs], state=Job.State.SUCCEEDED).count() == 3


def test_a_failing_job_does_not_stop_the_worker() -> None:
    services.enqueue("fails", params={})
    services.enqueue("three_stages", params={"name": "after"})
    assert Worker().run(until_idle=True) == 2


def test_work_that_is_not_due_yet_is_left_alone() -> None:
    services.enqueue("fails", params={}, now=timezone.now() + timedelta(hours=1))
    assert Worker().run(until_idle=True) == 0


def test_a_worker_started_in_the_background_still_minds_an_interrupt() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell leaves it for what it runs with &
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        call_command("run_worker", "--until-idle")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminated)


def test_a_stopped_worker_takes_no_further_job() -> None:
    services.enqueue("fails", params={})
    worker = Worker()
    worker.stop()
    assert worker.run() == 0


def test_a_database_that_does_not_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    services.enqueue("three_stages", params={"name": "later"})
    answers = iter([OperationalError("server closed the connection")])

    def flaky(owner: str, *, now: object) -> Job | None:
        for error in answers:
            raise error
        return services.claim_next(owner, now=timezone.now())

    monkeypatch.setattr("jobs.worker.claim_next", flaky)
    worker = Worker()
    assert worker.run(until_idle=True) == 0
    assert worker.run(until_idle=True) == 1


def test_texts_of_model_calls_are_blanked_after_their_retention() -> None:
    kept = ModelCall.objects.create(purpose="grade", model="mistral", outcome="ok", prompt="new")
    old = ModelCall.objects.create(purpose="grade", model="mistral", outcome="ok", prompt="p", response="r")
    ModelCall.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=8))
    assert recording.blank_expired_texts(now=timezone.now()) == 1
    old.refresh_from_db()
    kept.refresh_from_db()
    assert (old.prompt, old.response, kept.prompt) == ("", "", "new")
