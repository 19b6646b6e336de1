from __future__ import annotations

import uuid
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from mastery.models import Enrolment
from research.models import Document
from tests.tutor.material import DEFINITIONS, GOOD, WEAK, graded, learner_of, lesson_for, swings
from tests.tutor.sea import client_of, educator_of
from tests.tutor.test_checking import ScriptedGrader
from tutor.models import Attempt, Lesson, LessonSentence, Misconception, RubricPoint
from tutor.ports import PointVerdict
from tutor.services import agreeing, misconceiving, ruling
from tutor.services.ruling import PointDecision

pytestmark = pytest.mark.django_db
SHOWN, WRONG, MISSING = PointVerdict.SHOWN, PointVerdict.CONTRADICTED, PointVerdict.MISSING


@pytest.fixture
def enrolment() -> Enrolment:
    return learner_of(swings())


@pytest.fixture
def lesson(enrolment: Enrolment) -> Lesson:
    return lesson_for(enrolment)


def answered(lesson: Lesson, *verdicts: PointVerdict) -> Attempt:
    words = f"{GOOD} That makes {lesson.attempts.count()}."
    return graded(lesson, words, grader=ScriptedGrader(*verdicts))


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_what_contradicts_a_point_is_kept_with_the_learners_words_and_the_sources(lesson: Lesson) -> None:
    attempt = answered(lesson, WRONG, SHOWN)
    kept = Misconception.objects.get()
    assert (kept.attempt, kept.enrolment, kept.concept) == (attempt, lesson.enrolment, lesson.concept)
    assert kept.quote == attempt.credits.get(verdict="contradicted").quote
    assert kept.point.quote == kept.point.passage.text[kept.point.start : kept.point.end]


def test_it_is_named_with_the_source_at_once(lesson: Lesson) -> None:
    attempt = answered(lesson, WRONG)
    quote = attempt.credits.get(verdict="contradicted").quote
    page = unescape(page_of(lesson.enrolment.learner).get(f"/attempts/{attempt.pk}/").text)
    point = lesson.points.get(ordinal=1)
    assert f"You wrote: “{quote}”" in page
    assert f"The source says: “{point.quote}”" in page
    assert f"/passages/{point.passage_id}/?start={point.start}&end={point.end}" in page
    told = client_of(lesson.enrolment.learner).get(f"/api/v1/attempts/{attempt.pk}").json()["points"]
    assert told[0]["citation"]["quote"] == point.quote
    assert told[1]["citation"] is None, "what is only missing is not told on the first try"


def test_the_next_lesson_asks_about_it_again(lesson: Lesson, enrolment: Enrolment) -> None:
    answered(lesson, WRONG)
    kept = Misconception.objects.get()
    again = lesson_for(enrolment)
    asked = again.points.get(retests=kept)
    assert asked.quote == kept.point.quote
    learner = enrolment.learner
    page = page_of(learner).get(f"/lessons/{again.pk}/").text
    assert f"Before, you wrote: “{kept.quote}”" in unescape(page)
    assert client_of(learner).get(f"/api/v1/lessons/{again.pk}").json()["retests"] == [kept.quote]
    assert kept.quote not in again.question, (
        "what a learner says again must not count as the question's words"
    )


def test_a_lesson_without_the_point_is_given_it_with_the_sentence_that_says_it(
    lesson: Lesson, enrolment: Enrolment
) -> None:
    sentence = "The note gets weaker, but it stays the same note."
    point = lesson.points.get(ordinal=2)
    start = point.passage.text.index(sentence)
    RubricPoint.objects.filter(pk=point.pk).update(
        text=sentence, start=start, end=start + len(sentence), quote=sentence
    )
    answered(lesson, SHOWN, WRONG)
    again = lesson_for(enrolment)
    asked = again.points.get(retests=Misconception.objects.get())
    assert asked.text == sentence
    told = LessonSentence.objects.filter(lesson=again, citations__quote__contains=sentence)
    assert told.exists(), "a point that is asked for is taught"


def test_an_answer_that_shows_it_right_settles_it(lesson: Lesson, enrolment: Enrolment) -> None:
    answered(lesson, WRONG)
    answered(lesson, MISSING)
    assert Misconception.objects.open().exists()
    again = lesson_for(enrolment)
    at = again.points.get(retests__isnull=False).ordinal
    right = answered(again, *[MISSING] * (at - 1), SHOWN)
    kept = Misconception.objects.get()
    assert (kept.ending, kept.ended_by) == ("settled", right)
    assert not lesson_for(enrolment).points.filter(retests__isnull=False).exists()


def test_a_second_try_on_the_same_lesson_names_it_and_settles_it_too(lesson: Lesson) -> None:
    answered(lesson, WRONG)
    learner = page_of(lesson.enrolment.learner)
    assert "Before, you wrote" in learner.get(f"/lessons/{lesson.pk}/").text
    answered(lesson, SHOWN)
    assert not Misconception.objects.open().exists()
    assert "Before, you wrote" not in learner.get(f"/lessons/{lesson.pk}/").text


def test_the_same_mistake_twice_is_asked_about_once(lesson: Lesson, enrolment: Enrolment) -> None:
    answered(lesson, WRONG)
    newest = answered(lesson, WRONG)
    (chosen,) = misconceiving.to_retest(enrolment, concept=lesson.concept)
    assert chosen.attempt == newest
    again = lesson_for(enrolment)
    answered(again, *[SHOWN] * again.points.count())
    assert not Misconception.objects.open().exists()


def test_a_mistake_about_a_source_that_was_replaced_is_not_asked_about(
    lesson: Lesson, enrolment: Enrolment
) -> None:
    answered(lesson, WRONG)
    Document.objects.update(is_current=False)
    assert misconceiving.to_retest(enrolment, concept=lesson.concept) == []


def test_a_mistake_about_words_that_a_new_version_kept_is_asked_about_there(
    lesson: Lesson, enrolment: Enrolment
) -> None:
    answered(lesson, WRONG)
    old = Document.objects.get()
    Document.objects.update(is_current=False)
    new = Document.objects.create(
        source=old.source,
        version=2,
        content_hash="2",
        title=old.title,
        text=f"{old.text}\n\nOne more line.",
        structure=old.structure,
    )
    for passage in old.passages.all():
        passage.pk, passage.document = uuid.uuid4(), new
        passage.save(force_insert=True)
    (chosen,) = misconceiving.to_retest(enrolment, concept=lesson.concept)
    assert chosen.point.passage.document == new
    assert chosen.point.passage.text[chosen.point.start : chosen.point.end] == chosen.point.quote
    chosen.refresh_from_db()
    assert chosen.point.passage.document == old, "what was asked then stays as it was"


def test_an_educator_finds_none_or_finds_one(lesson: Lesson) -> None:
    educator = educator_of(lesson.enrolment)
    attempt = answered(lesson, WRONG)

    def rule(verdict: PointVerdict) -> Misconception:
        ruling.rule(
            attempt,
            author=educator,
            points=[PointDecision(1, verdict)],
            reason="I read it",
            now=timezone.now(),
        )
        return Misconception.objects.get()

    assert rule(SHOWN).ending == "overruled"
    assert rule(WRONG).ending == ""
    assert not agreeing.standing_of(lesson.concept).agreement.table.only_educator


def test_an_open_question_settles_nothing_yet(lesson: Lesson) -> None:
    answered(lesson, WRONG)
    answered(lesson, PointVerdict.UNSURE, SHOWN)
    assert Misconception.objects.open().count() == 1


def test_hints_come_in_steps_and_the_source_not_before_the_second_try(lesson: Lesson) -> None:
    learner = lesson.enrolment.learner
    first, second = graded(lesson, WEAK), graded(lesson, WEAK + " Or so.")
    page = page_of(learner).get(f"/attempts/{first.pk}/").text
    assert "Where in the lesson?" in page
    assert f"/lessons/{lesson.pk}/#part-" in page
    assert "Show me the place in the source" not in page
    assert DEFINITIONS["damping"] not in unescape(page)
    assert "Show me the place in the source" in page_of(learner).get(f"/attempts/{second.pk}/").text
    steps = [
        [
            hint["step"]
            for hint in client_of(learner).get(f"/api/v1/attempts/{one.pk}").json()["points"][0]["hints"]
        ]
        for one in (first, second)
    ]
    assert steps == [["question", "lesson"], ["question", "lesson", "source"]]
    assert 'id="part-1"' in page_of(learner).get(f"/lessons/{lesson.pk}/").text


def test_misconceptions_are_the_learners_and_their_educators(lesson: Lesson) -> None:
    answered(lesson, WRONG)
    educator = educator_of(lesson.enrolment)
    mallory = User.objects.create_user("mallory", password="x", role=User.Role.EDUCATOR)
    for user, count in ((lesson.enrolment.learner, 1), (educator, 1), (mallory, 0)):
        assert client_of(user).get("/api/v1/misconceptions").json()["count"] == count
    (row,) = client_of(educator).get("/api/v1/misconceptions").json()["results"]
    assert row["citation"]["quote"] == DEFINITIONS["damping"]
    assert row["ending"] == ""
    assert APIClient().get("/api/v1/misconceptions").status_code == 401
