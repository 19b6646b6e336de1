from __future__ import annotations

import pytest
from django.utils import timezone

from mastery.models import MasteryEvent
from mastery.parameters import Kind
from mastery.provenance import missing_hashes
from mastery.services.recording import OVERRIDE_GRADER, override
from tests.tutor.material import GOOD, graded, learner_of, lesson_for, swings
from tests.tutor.sea import educator_of
from tutor.models import Lesson, RubricPoint
from tutor.ports import PointVerdict
from tutor.services import ruling
from tutor.services.provenance import hashes_of_lesson
from tutor.services.ruling import PointDecision

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson() -> Lesson:
    return lesson_for(learner_of(swings()))


def missing(event: MasteryEvent) -> list[str]:
    return missing_hashes(event.hashes, kind=Kind(event.kind), is_by_person=event.grader == OVERRIDE_GRADER)


def test_an_explanation_names_all_its_means(lesson: Lesson) -> None:
    graded(lesson, GOOD)
    event = MasteryEvent.objects.get()
    assert missing(event) == []
    assert event.hashes | hashes_of_lesson(lesson) == event.hashes


def test_a_correction_names_what_was_asked_and_no_machine(lesson: Lesson) -> None:
    attempt = graded(lesson, GOOD)
    first = MasteryEvent.objects.get()
    decisions = [PointDecision(point.ordinal, PointVerdict.MISSING) for point in lesson.points.all()]
    author = educator_of(lesson.enrolment)
    ruling.rule(attempt, author=author, points=decisions, reason="I read it", now=timezone.now())
    correction = MasteryEvent.objects.get(corrects=first)
    assert missing(correction) == []
    assert not {"prompt", "model", "leaning"} & correction.hashes.keys()
    assert correction.hashes["rubric"] == first.hashes["rubric"]


def test_an_override_names_the_parameters(lesson: Lesson) -> None:
    override(
        lesson.enrolment,
        concept=lesson.concept,
        is_mastered=True,
        author=educator_of(lesson.enrolment),
        reason="oral exam",
        now=timezone.now(),
    )
    assert missing(MasteryEvent.objects.get()) == []


def test_another_wording_of_a_point_is_another_rubric_on_the_same_sources(lesson: Lesson) -> None:
    before = hashes_of_lesson(lesson)
    point = lesson.points.first()
    assert point
    RubricPoint.objects.filter(pk=point.pk).update(text=point.text + " Always.")
    after = hashes_of_lesson(lesson)
    assert (after["source"], after["lesson"]) == (before["source"], before["lesson"])
    assert after["rubric"] != before["rubric"]


def test_other_words_in_the_source_are_another_source(lesson: Lesson) -> None:
    before = hashes_of_lesson(lesson)
    point = lesson.points.select_related("passage__document").first()
    assert point
    point.passage.document.content_hash = "another"
    point.passage.document.save()
    after = hashes_of_lesson(lesson)
    assert after["source"] != before["source"]
    assert after["rubric"] == before["rubric"]
