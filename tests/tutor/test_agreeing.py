from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept
from mastery.errors import OverrideNeedsReason
from mastery.models import Belief, MasteryEvent
from mastery.services.replaying import replay_all
from tests.tutor.material import DEFINITIONS, GOOD, WEAK, graded, learner_of, lesson_for, swings
from tests.tutor.sea import client_of, educator_of
from tests.tutor.test_checking import ScriptedGrader
from tests.tutor.test_disputing import WHY
from tutor.errors import DisputeNotPossible, RecordIsAppendOnly
from tutor.models import Attempt, GradingSwitch, Lesson
from tutor.ports import PointVerdict
from tutor.services import agreeing, disputing, ruling
from tutor.services.ruling import PointDecision

pytestmark = pytest.mark.django_db
RIGHT, WRONG = [PointVerdict.SHOWN] * 2, [PointVerdict.MISSING] * 2


@pytest.fixture
def lesson() -> Lesson:
    return lesson_for(learner_of(swings()))


@pytest.fixture
def educator(lesson: Lesson) -> User:
    return educator_of(lesson.enrolment)


@pytest.fixture
def concept(lesson: Lesson) -> Concept:
    return lesson.concept


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rule_on(attempt: Attempt, educator: User, verdicts: list[PointVerdict]) -> None:
    points = [PointDecision(n, verdict) for n, verdict in enumerate(verdicts, start=1)]
    ruling.rule(attempt, author=educator, points=points, reason="I read it", now=timezone.now())


def decided(
    lesson: Lesson, educator: User, *, automatic: list[PointVerdict], says: list[PointVerdict], times: int
) -> list[Attempt]:
    """Have answers graded by a script and decided otherwise, or the same."""
    made = []
    for n in range(times):
        answer = f"{GOOD} So much for {lesson.attempts.count()} and {n}."
        made.append(graded(lesson, answer, grader=ScriptedGrader(*automatic)))
        rule_on(made[-1], educator, says)
    return made


def test_decisions_are_gold_point_by_point(lesson: Lesson, educator: User, concept: Concept) -> None:
    decided(lesson, educator, automatic=RIGHT, says=RIGHT, times=2)
    decided(lesson, educator, automatic=WRONG, says=RIGHT, times=1)
    standing = agreeing.standing_of(concept)
    table = standing.agreement.table
    assert (table.both, table.only_educator, standing.agreement.answers) == (4, 2, 3)
    assert standing.is_automatic


def test_a_decision_that_is_taken_again_counts_once(lesson: Lesson, educator: User, concept: Concept) -> None:
    (attempt,) = decided(lesson, educator, automatic=RIGHT, says=WRONG, times=1)
    rule_on(attempt, educator, RIGHT)
    table = agreeing.standing_of(concept).agreement.table
    assert (table.both, table.points) == (2, 2)


def test_what_was_never_graded_or_left_open_is_no_gold(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    rule_on(graded(lesson, DEFINITIONS["damping"]), educator, RIGHT)
    unsure = graded(lesson, GOOD, grader=ScriptedGrader(PointVerdict.UNSURE, PointVerdict.SHOWN))
    rule_on(unsure, educator, RIGHT)
    assert agreeing.standing_of(concept).agreement.table.points == 1


def test_automatic_grading_switches_itself_off_when_it_surely_disagrees(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    decided(lesson, educator, automatic=WRONG, says=RIGHT, times=4)
    assert agreeing.switched_off(concept) is None, "four answers are too few to tell"
    decided(lesson, educator, automatic=WRONG, says=RIGHT, times=1)
    switch = agreeing.switched_off(concept)
    assert switch is not None
    assert (switch.is_by_rule, switch.author) == (True, None)
    assert "0% of 10 points in 5 answers" in switch.reason


def test_then_an_answer_waits_for_the_educator_and_changes_nothing_until_decided(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    agreeing.switch_grading(concept, is_on=False, author=educator, reason="It misreads my class.")
    attempt = graded(lesson, GOOD)
    assert (attempt.verdict, attempt.score, attempt.belief_after) == ("waiting", None, None)
    assert "Your teacher will look at this" in attempt.feedback["message"]
    assert not MasteryEvent.objects.exists()
    with pytest.raises(DisputeNotPossible, match="anyway"):
        disputing.raise_dispute(attempt, reason=WHY)
    rule_on(attempt, educator, RIGHT)
    event = MasteryEvent.objects.get()
    assert (event.grader, event.score, event.attempt_id) == ("educator", 1.0, attempt.pk)
    assert Belief.objects.get(concept=concept).p_mastery > 0.5
    assert [difference for replayed in replay_all() for difference in replayed.differences] == []


def test_a_refused_answer_is_refused_all_the_same(lesson: Lesson, educator: User, concept: Concept) -> None:
    agreeing.switch_grading(concept, is_on=False, author=educator, reason="It misreads my class.")
    assert graded(lesson, DEFINITIONS["damping"]).verdict == "not_yet"


def test_an_unsure_grade_asks_nothing_while_a_teacher_reads(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    agreeing.switch_grading(concept, is_on=False, author=educator, reason="It misreads my class.")
    attempt = graded(lesson, GOOD, grader=ScriptedGrader(PointVerdict.UNSURE))
    assert (attempt.verdict, attempt.follow_up_question) == ("waiting", "")


def test_it_switches_on_again_when_agreement_recovers(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    decided(lesson, educator, automatic=WRONG, says=RIGHT, times=5)
    assert agreeing.switched_off(concept)
    decided(lesson, educator, automatic=RIGHT, says=RIGHT, times=4)
    decided(lesson, educator, automatic=WRONG, says=WRONG, times=4)
    assert agreeing.switched_off(concept) is None
    newest = GradingSwitch.objects.filter(concept=concept).first()
    assert newest is not None
    assert (newest.is_on, newest.is_by_rule) == (True, True)


def test_an_educators_word_switches_it_on_and_the_count_begins_anew(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    decided(lesson, educator, automatic=WRONG, says=RIGHT, times=5)
    agreeing.switch_grading(concept, is_on=True, author=educator, reason="New sources are in.")
    assert agreeing.standing_of(concept).agreement.table.points == 0
    decided(lesson, educator, automatic=WRONG, says=RIGHT, times=1)
    assert agreeing.switched_off(concept) is None
    with pytest.raises(OverrideNeedsReason):
        agreeing.switch_grading(concept, is_on=False, author=educator, reason=" ")
    with pytest.raises(RecordIsAppendOnly):
        GradingSwitch.objects.update(is_on=False)


def test_what_the_engine_says_stays_hidden_until_the_educator_has_decided(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    agreeing.switch_grading(concept, is_on=False, author=educator, reason="It misreads my class.")
    attempt = graded(lesson, GOOD, grader=ScriptedGrader(PointVerdict.SHOWN))
    for user in (lesson.enrolment.learner, educator):
        assert client_of(user).get(f"/api/v1/attempts/{attempt.pk}").json()["points"] == []
    told = page_of(lesson.enrolment.learner).get(f"/attempts/{attempt.pk}/").text
    assert "your teacher will look at this" in told
    assert "Point by point" not in told
    assert "I think this is wrong" not in told
    form = page_of(educator).get(f"/attempts/{attempt.pk}/ruling/").text
    assert "First look" not in form
    assert "checked" not in form
    rule_on(attempt, educator, RIGHT)
    assert client_of(educator).get(f"/api/v1/attempts/{attempt.pk}").json()["points"]
    told = page_of(lesson.enrolment.learner).get(f"/attempts/{attempt.pk}/").text
    assert "you showed it" in told
    assert DEFINITIONS["damping"] in unescape(told)


def test_an_educator_sees_agreement_and_what_waits_and_switches_it_on_their_page(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    page = page_of(educator)
    assert "Nothing is decided yet" in page.get("/grades/").text
    decided(lesson, educator, automatic=RIGHT, says=WRONG, times=1)
    shown = page.get("/grades/").text
    assert "2 points in 1 answers" in shown
    assert "<strong>On</strong>" in shown
    sent = page.post(f"/grades/{concept.pk}/switch/", {"is_on": "no", "reason": "It errs."}, follow=True)
    assert "left to teachers from now on" in sent.text
    assert "<strong>Off</strong>" in sent.text
    waiting = graded(lesson, GOOD)
    assert f"waiting-{waiting.pk}" in page.get("/grades/").text
    assert "read by your teacher" in page_of(lesson.enrolment.learner).get(f"/lessons/{lesson.pk}/").text
    assert page.post(f"/grades/{concept.pk}/switch/", {"is_on": "yes", "reason": " "}).status_code == 422


def test_the_api_tells_agreement_and_switches(lesson: Lesson, educator: User, concept: Concept) -> None:
    decided(lesson, educator, automatic=RIGHT, says=RIGHT, times=1)
    client = client_of(educator)
    (row,) = client.get("/api/v1/agreement", {"subject": "swings"}).json()
    assert (row["concept"]["key"], row["is_automatic"], row["finding"]) == ("damping", True, "open")
    assert (row["points"], row["answers"], row["kappa"]["value"], row["switch"]) == (2, 1, None, None)
    assert row["kappa"]["low"] < row["kappa"]["high"]
    assert client.get("/api/v1/agreement", {"subject": "other"}).json() == []
    body: dict[str, Any] = {"is_on": False, "reason": "It errs."}
    answer = client.post(f"/api/v1/concepts/{concept.pk}/automatic-grading", body, format="json")
    assert (answer.status_code, answer.json()["is_on"], answer.json()["is_by_rule"]) == (201, False, False)
    (row,) = client.get("/api/v1/agreement").json()
    assert row["switch"]["reason"] == "It errs."


def test_a_stranger_and_a_learner_see_no_agreement_and_switch_nothing(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    decided(lesson, educator, automatic=RIGHT, says=RIGHT, times=1)
    mallory = User.objects.create_user("mallory", password="x", role=User.Role.EDUCATOR)
    body = {"is_on": False, "reason": "because"}
    for user in (lesson.enrolment.learner, mallory):
        assert client_of(user).get("/api/v1/agreement").json() == []
        address = f"/api/v1/concepts/{concept.pk}/automatic-grading"
        assert client_of(user).post(address, body, format="json").status_code == 404
        assert page_of(user).post(f"/grades/{concept.pk}/switch/", body).status_code == 404
    assert APIClient().get("/api/v1/agreement").status_code == 401
    assert not GradingSwitch.objects.exists()


def test_a_grade_made_while_it_is_on_stays_when_it_goes_off(
    lesson: Lesson, educator: User, concept: Concept
) -> None:
    before = graded(lesson, WEAK)
    agreeing.switch_grading(concept, is_on=False, author=educator, reason="It errs.")
    before.refresh_from_db()
    assert before.verdict == "not_yet"
