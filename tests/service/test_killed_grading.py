"""``kill -9`` of worker and web server while an explanation is graded: one grade, one event, one belief."""

from __future__ import annotations

import tomllib

import httpx
import pytest

from tests.service.api_client import ApiClient, add_user
from tests.service.processes import ROOT, Service, wait_for

pytestmark = pytest.mark.service

COURSE = ROOT / "curriculum/courses/sound-and-music"
COUNTS = """{
    'attempts': apps.get_model('tutor.Attempt').objects.count(),
    'pending': apps.get_model('tutor.Attempt').objects.filter(verdict='pending').count(),
    'lessons': apps.get_model('tutor.Lesson').objects.count(),
    'credits per point': sorted(__import__('collections').Counter(map(str,
        apps.get_model('tutor.PointCredit').objects.values_list('point_id', flat=True))).values()),
    'events': apps.get_model('mastery.MasteryEvent').objects.count(),
    'events per attempt': list(__import__('collections').Counter(map(str,
        apps.get_model('mastery.MasteryEvent').objects.values_list('attempt_id', flat=True))).values()),
}""".replace("\n", " ")


@pytest.fixture
def school(service: Service) -> Service:
    """The sample course, with an embedder slow enough to be killed while it compares."""
    service.manage("load_sample_course")
    add_user(service, "lea", role="learner")
    service.env["EMBEDDER"] = "tests.service.slow_embedder.SlowEmbedder"
    service.start_web()
    return service


def good_answer() -> str:
    rows = tomllib.loads((COURSE / "demo_answers.toml").read_text())["answers"]
    return str(next(row["text"] for row in rows if (row["concept"], row["kind"]) == ("vibration", "good")))


def running(lea: ApiClient, job: str) -> bool:
    return bool(lea.get(f"/jobs/{job}")["state"] == "running")


def test_nothing_is_lost_or_doubled_when_everything_dies_in_the_middle(school: Service) -> None:
    lea = ApiClient(school, username="lea")
    subject = lea.get("/subjects", key="sound-and-music")["results"][0]["id"]
    concept = lea.get("/concepts", subject=subject, key="vibration")["results"][0]["id"]
    enrolment = lea.post("/enrolments", {"subject": subject})["id"]

    preparing = lea.post("/lessons", {"enrolment": enrolment, "concept": concept})["id"]
    first = school.start_worker()
    wait_for(lambda: running(lea, preparing), within_s=60, what="the lesson's preparation")
    school.kill(first)
    second = school.start_worker()
    job = wait_for(
        lambda: (done := lea.get(f"/jobs/{preparing}"))["state"] == "succeeded" and done,
        within_s=90,
        what="the lesson",
    )
    assert job["attempt"] == 2

    handed_in = {"lesson": job["result"]["lesson"], "answer": good_answer()}
    key = {"Idempotency-Key": "once"}
    jobs = [lea.http.post("/api/v1/attempts", json=handed_in, headers=key).json()["id"] for _ in range(2)]
    assert jobs[0] == jobs[1]
    wait_for(lambda: running(lea, jobs[0]), within_s=60, what="the grading")
    for process in (second, school.processes[0]):
        school.kill(process)
    with pytest.raises(httpx.HTTPError):
        lea.http.get("/healthz")
    assert school.ask(COUNTS)["pending"] == 1

    school.start_web()
    school.start_worker()
    wait_for(lambda: lea.get(f"/jobs/{jobs[0]}")["state"] == "succeeded", within_s=90, what="the grade")
    counts = school.ask(COUNTS)
    assert (counts["attempts"], counts["pending"], counts["lessons"]) == (1, 0, 1)
    assert set(counts["credits per point"]) == {1}
    assert counts["events per attempt"] in ([], [1])
    school.manage("replay_mastery")
