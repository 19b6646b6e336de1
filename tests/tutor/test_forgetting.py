from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from jobs.errors import JobLost
from jobs.models import Job
from jobs.services import JobRun, claim, run_inline
from mastery.errors import LearnerForgotten
from mastery.models import MasteryEvent
from mastery.services.forgetting import forget_learner
from mastery.services.replaying import replay_all
from tests.tutor.material import GOOD, WEAK, graded, learner_of, lesson_for, swings
from tests.tutor.sea import educator_of
from tutor.models import Attempt, Dispute, Lesson, PracticeAnswer, PracticeItem
from tutor.ports import PointVerdict
from tutor.services import checking, disputing, engines, practising, ruling
from tutor.services.leaning import course_leaning
from tutor.services.ruling import PointDecision

pytestmark = pytest.mark.django_db
SECRET = "zebra crossing"


@pytest.fixture
def lesson() -> Lesson:
    return lesson_for(learner_of(swings()))


def everything() -> str:
    rows = [
        (model._meta.label, sorted(map(str, model._base_manager.values_list())))
        for model in apps.get_models()
    ]
    return json.dumps(rows)


def test_answers_disputes_rulings_and_practice_are_gone_and_lessons_and_events_stay(lesson: Lesson) -> None:
    learner = lesson.enrolment.learner
    wrong = graded(lesson, f"{WEAK} I saw it on a {SECRET}.")
    graded(lesson, f"{GOOD} I saw it on a {SECRET}.")
    dispute = disputing.raise_dispute(wrong, reason=f"I wrote {SECRET}.")
    assert dispute.job
    run_inline(dispute.job)
    decisions = [PointDecision(point.ordinal, PointVerdict.SHOWN, SECRET) for point in lesson.points.all()]
    author = educator_of(lesson.enrolment)
    ruling.rule(wrong, author=author, points=decisions, reason=f"{SECRET} will do", now=timezone.now())
    assert run_inline(practising.request_items(lesson.concept, user=learner)).state == Job.State.SUCCEEDED
    item = PracticeItem.objects.filter(kind="cloze").first()
    assert item
    practising.answer_item(item, enrolment=lesson.enrolment, given=SECRET)
    events = MasteryEvent.objects.count()
    assert everything().count(SECRET) > 8

    receipt = forget_learner(learner.username, now=timezone.now())

    left = everything()
    assert SECRET not in left
    assert str(learner.pk) not in left
    assert (Attempt.objects.count(), Dispute.objects.count(), PracticeAnswer.objects.count()) == (0, 0, 0)
    assert (Lesson.objects.count(), MasteryEvent.objects.count()) == (1, events)
    assert receipt.removed["attempts"] == 2
    assert (receipt.removed["disputes"], receipt.removed["rulings"]) == (1, 1)
    assert (receipt.removed["practice_answers"], receipt.kept["lessons"]) == (1, 1)
    assert [one for replayed in replay_all() for one in replayed.differences] == []
    assert course_leaning(lesson.enrolment.subject).cut == 0


def test_a_grading_that_is_underway_writes_nothing_about_the_forgotten(lesson: Lesson) -> None:
    attempt = checking.submit_attempt(lesson, answer=f"{GOOD} {SECRET}")
    assert attempt.job
    claim(attempt.job, owner="busy", now=timezone.now())
    run = JobRun(Job.objects.get(pk=attempt.job.pk))
    parts = engines.engine_parts()

    class ForgetsMeanwhile:
        engine, version, prompt_hash = parts.grader.engine, parts.grader.version, ""

        def grade(self, task: Any) -> Any:
            judged = parts.grader.grade(task)
            forget_learner(lesson.enrolment.learner.username, now=timezone.now())
            return judged

    with pytest.raises(JobLost):
        checking.grade_attempt(run, grader=ForgetsMeanwhile(), doubt=engines.second_look())
    assert not MasteryEvent.objects.exists()
    assert SECRET not in everything()


def test_practice_that_is_underway_is_refused(lesson: Lesson) -> None:
    learner = lesson.enrolment.learner
    run_inline(practising.request_items(lesson.concept, user=learner))
    item = PracticeItem.objects.first()
    assert item
    forget_learner(learner.username, now=timezone.now())
    with pytest.raises(LearnerForgotten):
        practising.answer_item(item, enrolment=lesson.enrolment, given=SECRET)
    assert not PracticeAnswer.objects.exists()
