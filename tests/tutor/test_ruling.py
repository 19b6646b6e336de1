from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from mastery.errors import OverrideNeedsReason, OverrideNotAllowed
from mastery.models import Belief, MasteryEvent
from mastery.services.replaying import replay_all
from tests.tutor.material import DEFINITIONS, GOOD, WEAK, graded, learner_of, lesson_for, swings
from tests.tutor.sea import educator_of
from tests.tutor.test_checking import ScriptedGrader
from tests.tutor.test_disputing import WHY, disputed
from tutor.errors import (
    DisputeDecided,
    DisputeNotPossible,
    FollowUpNotAsked,
    RecordIsAppendOnly,
    RulingNotPossible,
)
from tutor.models import Attempt, Dispute, Lesson, Ruling
from tutor.ports import PointVerdict
from tutor.services import checking, disputing, ruling
from tutor.services.ruling import PointDecision

pytestmark = pytest.mark.django_db
SHOWN = PointVerdict.SHOWN


@pytest.fixture
def lesson() -> Lesson:
    return lesson_for(learner_of(swings()))


@pytest.fixture
def educator(lesson: Lesson) -> User:
    return educator_of(lesson.enrolment)


def all_shown(lesson: Lesson, **values: Any) -> list[PointDecision]:
    return [PointDecision(point.ordinal, SHOWN, **values) for point in lesson.points.all()]


def ruled(attempt: Attempt, author: User, *points: PointDecision, reason: str = "I read it") -> Ruling:
    return ruling.rule(attempt, author=author, points=points, reason=reason, now=timezone.now())


def decided(dispute: Dispute, author: User, outcome: str, *points: PointDecision) -> Ruling:
    return ruling.decide_dispute(
        dispute,
        author=author,
        outcome=Ruling.Outcome(outcome),
        points=points,
        reason="I read it",
        now=timezone.now(),
    )


def differences() -> list[object]:
    return [difference for replayed in replay_all() for difference in replayed.differences]


def test_a_changed_grade_corrects_the_belief_by_an_event_and_both_gradings_stay(
    lesson: Lesson, educator: User
) -> None:
    attempt = graded(lesson, GOOD, grader=ScriptedGrader())
    wrong = MasteryEvent.objects.get()
    dispute = disputed(attempt)
    made = decided(dispute, educator, "changed", *all_shown(lesson))
    assert (made.outcome, made.verdict, made.score, made.author) == ("changed", "pass", 1.0, educator)
    assert made.belief_before is not None
    assert made.belief_after is not None
    assert made.belief_after > made.belief_before
    right = MasteryEvent.objects.get(corrects=wrong)
    assert (right.score, right.author, right.reason) == (1.0, educator, "I read it")
    assert (right.attempt_id, right.grader) == (attempt.pk, "educator")
    assert Belief.objects.get(concept=lesson.concept).events == 1
    assert differences() == []
    attempt.refresh_from_db()
    assert attempt.verdict == "not_yet"
    assert attempt.ruling == made
    assert Dispute.objects.get().state == "changed"
    assert not Dispute.objects.open().exists()
    assert {one.automatic for one in made.points.all()} == {"missing"}


def test_an_upheld_grade_leaves_the_belief_alone(lesson: Lesson, educator: User) -> None:
    dispute = disputed(graded(lesson, WEAK))
    made = decided(dispute, educator, "upheld")
    assert (made.outcome, made.verdict, made.belief_after) == ("upheld", "not_yet", None)
    assert MasteryEvent.objects.count() == 1
    assert Dispute.objects.get().state == "upheld"


def test_a_decision_says_what_it_does(lesson: Lesson, educator: User) -> None:
    dispute = disputed(graded(lesson, WEAK))
    with pytest.raises(RulingNotPossible, match="changes no point"):
        decided(dispute, educator, "changed", PointDecision(1, PointVerdict.MISSING))
    with pytest.raises(RulingNotPossible, match="names points"):
        decided(dispute, educator, "upheld", PointDecision(1, SHOWN))
    with pytest.raises(RulingNotPossible, match="no point 9"):
        decided(dispute, educator, "changed", PointDecision(9, SHOWN))
    with pytest.raises(RulingNotPossible, match="whether it is shown"):
        decided(dispute, educator, "changed", PointDecision(1, PointVerdict.UNSURE))
    assert not Ruling.objects.exists()
    assert MasteryEvent.objects.count() == 1


def test_words_that_an_educator_names_must_stand_in_the_answer(lesson: Lesson, educator: User) -> None:
    attempt = graded(lesson, GOOD, grader=ScriptedGrader())
    with pytest.raises(RulingNotPossible, match="do not stand in the answer"):
        ruled(attempt, educator, PointDecision(1, SHOWN, quote="heat is lost"))
    made = ruled(attempt, educator, PointDecision(1, SHOWN, quote="THIS GRADUAL loss of energy"))
    point = made.points.get(point__ordinal=1)
    assert point.quote == "this gradual loss of energy"
    assert attempt.answer[point.start : point.end] == point.quote


def test_without_named_words_it_is_those_that_were_found_or_the_whole_answer(
    lesson: Lesson, educator: User
) -> None:
    attempt = graded(lesson, GOOD, grader=ScriptedGrader(PointVerdict.SHOWN))
    credit = attempt.credits.get(point__ordinal=1)
    made = ruled(attempt, educator, *all_shown(lesson))
    assert made.points.get(point__ordinal=1).quote == credit.quote
    assert made.points.get(point__ordinal=2).quote == GOOD


def test_words_of_the_answer_before_the_follow_up_count_too(lesson: Lesson, educator: User) -> None:
    grader = ScriptedGrader(PointVerdict.UNSURE)
    first = graded(lesson, GOOD, grader=grader)
    second = graded(lesson, "It gives its energy away to the air.", follow_up_of=first, grader=grader)
    with pytest.raises(RulingNotPossible, match="follow-up"):
        ruled(first, educator, *all_shown(lesson))
    made = ruled(second, educator, PointDecision(1, SHOWN, quote="taken by the surroundings"))
    assert made.points.get(point__ordinal=1).is_carried


def test_an_educator_changes_a_grade_that_nobody_disputed_and_changes_it_back(
    lesson: Lesson, educator: User
) -> None:
    attempt = graded(lesson, GOOD, grader=ScriptedGrader())
    up = ruled(attempt, educator, *all_shown(lesson))
    back = [PointDecision(point.ordinal, PointVerdict.MISSING) for point in lesson.points.all()]
    down = ruled(attempt, educator, *back, reason="I misread it")
    assert (up.outcome, down.outcome) == ("changed", "changed")
    assert attempt.ruling == down
    assert down.belief_after == pytest.approx(up.belief_before, abs=0.2)
    assert MasteryEvent.objects.count() == 3
    assert differences() == []
    with pytest.raises(DisputeNotPossible, match="teacher has decided"):
        disputing.raise_dispute(attempt, reason=WHY)


def test_a_decision_on_the_attempt_decides_its_open_dispute_once(lesson: Lesson, educator: User) -> None:
    dispute = disputed(graded(lesson, WEAK))
    made = ruled(dispute.attempt, educator, *all_shown(lesson))
    assert made.dispute == dispute
    with pytest.raises(DisputeDecided):
        decided(dispute, educator, "upheld")
    again = ruled(dispute.attempt, educator, PointDecision(1, PointVerdict.MISSING))
    assert again.dispute is None


def test_a_refused_answer_becomes_evidence_only_where_an_educator_credits_it(
    lesson: Lesson, educator: User
) -> None:
    attempt = graded(lesson, DEFINITIONS["damping"])
    dispute = disputed(attempt)
    made = decided(dispute, educator, "changed", PointDecision(1, SHOWN))
    assert {one.automatic for one in made.points.all()} == {""}
    event = MasteryEvent.objects.get()
    assert (event.corrects, event.grader, event.occurred_at.date()) == (
        None,
        "educator",
        attempt.created_at.date(),
    )
    other = graded(lesson, DEFINITIONS["damping"] + " ")
    assert ruled(other, educator).belief_after is None
    assert MasteryEvent.objects.count() == 1
    assert differences() == []


def test_an_open_question_is_closed_by_an_educators_decision(lesson: Lesson, educator: User) -> None:
    first = graded(lesson, GOOD, grader=ScriptedGrader(PointVerdict.UNSURE))
    ruled(first, educator, *all_shown(lesson))
    assert MasteryEvent.objects.get().score == 1.0
    with pytest.raises(FollowUpNotAsked, match="teacher has decided"):
        checking.submit_attempt(lesson, answer="It gives its energy away.", follow_up_of=first)


def test_who_does_not_teach_the_learner_decides_nothing_and_no_one_without_a_reason(
    lesson: Lesson, educator: User
) -> None:
    attempt = graded(lesson, WEAK)
    for other in (lesson.enrolment.learner, User.objects.create_user("mallory", password="x")):
        with pytest.raises(OverrideNotAllowed):
            ruled(attempt, other, PointDecision(1, SHOWN))
    with pytest.raises(OverrideNeedsReason):
        ruled(attempt, educator, PointDecision(1, SHOWN), reason=" ")
    pending = checking.submit_attempt(lesson, answer=GOOD)
    with pytest.raises(RulingNotPossible, match="not graded"):
        ruled(pending, educator, PointDecision(1, SHOWN))
    assert not Ruling.objects.exists()


def test_an_empty_answer_shows_nothing_whoever_decides(lesson: Lesson, educator: User) -> None:
    with pytest.raises(RulingNotPossible, match="empty"):
        ruled(graded(lesson, " "), educator, PointDecision(1, SHOWN))


def test_a_ruling_is_never_changed(lesson: Lesson, educator: User) -> None:
    made = ruled(graded(lesson, WEAK), educator)
    for change in (made.save, made.delete, lambda: Ruling.objects.update(reason="x")):
        with pytest.raises(RecordIsAppendOnly):
            change()
    educator.delete()
    made.refresh_from_db()
    assert made.author is None
