from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from concepts.models import Concept, PointHome, Prerequisite, Subject
from jobs.models import Job
from jobs.services import cancel, enqueue, run_inline
from mastery.errors import LearnerForgotten
from mastery.estimator import MasteryRule
from mastery.models import Enrolment, MasteryEvent, Placement, PlacementQuestion
from mastery.placement import MOST_QUESTIONS
from mastery.services import placing as beliefs
from mastery.services.believing import standings
from mastery.services.forgetting import forget_learner
from mastery.services.recording import record_event
from mastery.services.replaying import replay_all
from research.models import Library
from tests.tutor.material import learner_of, swings
from tests.tutor.quay import STEPS, open_quay, right_answer, someone_at
from tutor.errors import (
    AnswerNotUsable,
    NothingToGoBackTo,
    NothingToPlaceIn,
    PlacementHasEnded,
    PlacementMovedOn,
    SubjectClosed,
)
from tutor.models import PracticeItem
from tutor.services import placing
from tutor.services.choosing import choose
from tutor.services.placement_results import result_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Knows = Callable[[str], bool]
Outcome = PlacementQuestion.Outcome


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    beliefs.forget_kept_beliefs()


@pytest.fixture
def subject() -> Subject:
    return open_quay()


@pytest.fixture
def enrolment(subject: Subject) -> Enrolment:
    return someone_at(subject)


def start(enrolment: Enrolment, seed: int = 3) -> Placement:
    return placing.start(enrolment, user=enrolment.learner, now=NOON, seed=seed)


def begun(placement: Placement) -> PlacementQuestion:
    question = placing.standing_of(placement, now=NOON).question
    assert question is not None
    return question


def reply(placement: Placement, question: PlacementQuestion, *, knows: Knows) -> None:
    at = NOON + timedelta(minutes=question.number)
    if knows(question.concept.key):
        placing.answer(placement, question=question.pk, given=right_answer(question), now=at)
    else:
        placing.answer(placement, question=question.pk, outcome=Outcome.UNKNOWN, now=at)


def take(placement: Placement, *, knows: Knows, forget: bool = False) -> list[str]:
    """Answer to the end; return the keys of the concepts that were asked about."""
    asked: list[str] = []
    while True:
        if forget:
            beliefs.forget_kept_beliefs()
        now = NOON + timedelta(hours=1)
        placement = Placement.objects.select_related("enrolment__subject").get(pk=placement.pk)
        question = placing.standing_of(placement, now=now).question
        if question is None:
            return asked
        asked.append(question.concept.key)
        reply(placement, question, knows=knows)


def knows_knots(key: str) -> bool:
    return key == "harbour" or key.startswith("knot")


def test_a_placement_finds_out_what_is_known_and_says_so(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    asked = take(placement, knows=knows_knots)
    assert len(asked) == len(set(asked)) <= MOST_QUESTIONS
    placement.refresh_from_db()
    result = result_of(placement)
    assert {one.concept.key for one in result.known} >= {"harbour", "knot0", "knot1"}
    assert all(knows_knots(one.concept.key) for one in result.known)
    assert {one.concept.key for one in result.not_known} >= {"sail5", "chart5"}
    assert not any(knows_knots(one.concept.key) for one in result.not_known)
    assert [one.number for one in result.questions] == list(range(1, len(asked) + 1))
    assert all(one.concept.name in one.why for one in result.questions)
    assert not result.without_questions


def test_what_was_concluded_is_mastered_by_the_rule_alone_and_the_next_thing_lies_beyond_it(
    enrolment: Enrolment,
) -> None:
    take(start(enrolment), knows=knows_knots)
    now = NOON + timedelta(hours=1)
    rule = MasteryRule.at(enrolment.subject.mastery_threshold)
    keys = dict(enrolment.subject.concepts.values_list("pk", "key"))
    mastered = set()
    for concept, standing in standings(enrolment, now=now).items():
        if standing.is_mastered:
            assert standing.estimate.low >= rule.required_low
            mastered.add(keys[uuid.UUID(concept)])
    assert mastered >= {"harbour", "knot0", "knot1"}
    assert all(map(knows_knots, mastered))
    chosen = choose(enrolment, now=now)
    assert chosen.concept is not None
    assert keys[uuid.UUID(chosen.concept)] not in mastered | {"sail5", "chart5"}


def test_a_strict_threshold_is_never_met_by_a_conclusion(enrolment: Enrolment) -> None:
    Subject.objects.update(mastery_threshold=0.98)
    enrolment.refresh_from_db()
    take(start(enrolment), knows=lambda key: True)
    assert not any(one.is_mastered for one in standings(enrolment, now=NOON + timedelta(hours=1)).values())


def test_every_answer_and_every_conclusion_is_an_event_and_replay_gives_the_same_bytes(
    enrolment: Enrolment,
) -> None:
    placement = start(enrolment)
    asked = take(placement, knows=knows_knots)
    answers = enrolment.events.exclude(kind="placement")
    assert answers.count() == len(asked)
    assert set(answers.values_list("attempt_id", flat=True)) == set(
        placement.questions.values_list("pk", flat=True)
    )
    concluded = enrolment.events.filter(kind="placement")
    assert concluded.exists()
    assert min(concluded.values_list("occurred_at", flat=True)) > max(
        answers.values_list("occurred_at", flat=True)
    )
    assert all("Concluded from" in event.reason for event in concluded)
    assert [replayed.differences for replayed in replay_all()] == [()]


def test_the_same_seed_and_answers_ask_the_same_even_when_nothing_was_kept(subject: Subject) -> None:
    one, other = someone_at(subject, "one"), someone_at(subject, "other")
    first, second = start(one), start(other)
    assert take(first, knows=knows_knots) == take(second, knows=knows_knots, forget=True)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.result == second.result


def test_the_same_answer_sent_twice_is_one_and_another_one_is_refused(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    question = begun(placement)
    right = right_answer(question)
    for _ in range(2):
        placing.answer(placement, question=question.pk, given=right, now=NOON)
    following = begun(placement)
    assert following.number == 2
    with pytest.raises(PlacementMovedOn) as refused:
        placing.answer(placement, question=question.pk, given="something else", now=NOON)
    assert refused.value.problem_members == {"open_question": str(following.pk)}
    assert placement.questions.count() == 2


def test_two_windows_see_one_question_and_one_placement(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    assert start(enrolment, seed=99) == placement
    assert begun(placement) == begun(placement)


def test_nothing_known_and_nothing_said_leave_no_event(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    begun(placement)
    placement = placing.stop(placement, now=NOON)
    assert placement.ended == "stopped"
    assert placing.stop(placement, now=NOON + timedelta(days=1)).finished_at == NOON
    assert not enrolment.events.exists()
    assert start(enrolment) != placement


def test_a_skipped_question_says_nothing_and_is_not_asked_again(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    skipped = begun(placement)
    placing.answer(placement, question=skipped.pk, outcome=Outcome.SKIPPED, now=NOON)
    following = begun(placement)
    assert following.concept != skipped.concept
    placing.answer(placement, question=following.pk, given=right_answer(following), now=NOON)
    placing.stop(placement, now=NOON)
    assert [event.concept for event in enrolment.events.exclude(kind="placement")] == [following.concept]


def test_skipping_everything_ends_without_a_claim(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    while question := placing.standing_of(
        Placement.objects.select_related("enrolment__subject").get(pk=placement.pk), now=NOON
    ).question:
        placing.answer(placement, question=question.pk, outcome=Outcome.SKIPPED, now=NOON)
    placement.refresh_from_db()
    assert placement.ended == "nothing to ask"
    assert not enrolment.events.exists()


def test_going_back_opens_the_last_question_and_another_answer_counts(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    with pytest.raises(NothingToGoBackTo):
        placing.go_back(placement)
    first = begun(placement)
    placing.answer(placement, question=first.pk, given=right_answer(first), now=NOON)
    begun(placement)
    assert placing.go_back(placement) == first
    assert begun(placement) == first
    placing.answer(placement, question=first.pk, given="wrong", now=NOON)
    placing.stop(placement, now=NOON)
    assert [event.score for event in enrolment.events.exclude(kind="placement")] == [0.0]


def test_what_has_ended_takes_no_answer(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    question = begun(placement)
    placing.answer(placement, question=question.pk, given=right_answer(question), now=NOON)
    open_one = begun(placement)
    placing.stop(placement, now=NOON)
    with pytest.raises(PlacementHasEnded):
        placing.answer(placement, question=open_one.pk, given="x", now=NOON)
    with pytest.raises(PlacementHasEnded):
        placing.go_back(placement)


@pytest.mark.parametrize("given", ["", "  "])
def test_an_empty_answer_is_refused_and_the_question_stays(enrolment: Enrolment, given: str) -> None:
    placement = start(enrolment)
    question = begun(placement)
    with pytest.raises(AnswerNotUsable):
        placing.answer(placement, question=question.pk, given=given, now=NOON)
    assert begun(placement) == question


def test_a_concept_that_is_removed_meanwhile_is_asked_no_more_and_gets_no_event(
    enrolment: Enrolment,
) -> None:
    placement = start(enrolment)
    question = begun(placement)
    Concept.objects.filter(pk=question.concept_id).update(status=Concept.Status.REJECTED)
    asked = take(placement, knows=lambda key: True)
    assert question.concept.key not in asked
    assert not enrolment.events.filter(concept=question.concept).exists()
    placement.refresh_from_db()
    assert question.concept.key not in {one.concept.key for one in result_of(placement).known}


def test_an_edit_of_the_graph_does_not_reach_an_open_placement(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    frame = placement.frame
    reply(placement, begun(placement), knows=knows_knots)
    Prerequisite.objects.all().delete()
    Concept.objects.create(
        subject=enrolment.subject, key="new", name="new", status=Concept.Status.PUBLISHED, position=50
    )
    Subject.objects.update(revision=enrolment.subject.revision + 1)
    assert "new" not in take(placement, knows=knows_knots)
    placement.refresh_from_db()
    assert [list(edge) for edge in frame["edges"]] == placement.frame["edges"]


def test_only_what_the_goals_rest_on_is_asked_about(subject: Subject) -> None:
    enrolment = someone_at(subject, "kim", "knot3")
    asked = take(start(enrolment), knows=knows_knots)
    assert set(asked) <= {"harbour", "knot0", "knot1", "knot2", "knot3"}


def test_what_was_shown_before_counts_and_its_record_stands(enrolment: Enrolment) -> None:
    knot5 = enrolment.subject.concepts.get(key="knot5")
    record_event(
        enrolment,
        concept=knot5,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=1.0,
        occurred_at=NOON - timedelta(hours=1),
        grader="test",
        rubric=[{"point": str(n), "verdict": "shown"} for n in range(4)],
    )
    before = enrolment.beliefs.get(concept=knot5).state
    placement = start(enrolment)
    take(placement, knows=lambda key: key == "harbour" or key.startswith(("knot", "sail")))
    assert not enrolment.events.filter(concept=knot5, kind="placement").exists()
    if not placement.questions.filter(concept=knot5).exists():
        assert enrolment.beliefs.get(concept=knot5).state["points"] == before["points"]
    placement.refresh_from_db()
    assert placement.result[str(knot5.pk)]["before"] > 0.8


def test_where_there_are_no_items_a_word_is_asked_for_and_proves_nothing() -> None:
    subject = open_quay(items=False)
    enrolment = someone_at(subject)
    placement = start(enrolment)
    assert placing.standing_of(placement, now=NOON).is_preparing
    assert run_inline(Job.objects.get()).state == Job.State.SUCCEEDED
    while True:
        placement = Placement.objects.select_related("enrolment__subject").get(pk=placement.pk)
        question = placing.standing_of(placement, now=NOON).question
        if question is None:
            break
        assert question.item_id is None
        with pytest.raises(AnswerNotUsable):
            placing.answer(placement, question=question.pk, given="perhaps", now=NOON)
        placing.answer(placement, question=question.pk, given="yes", now=NOON)
    placement.refresh_from_db()
    assert not any(one.is_mastered for one in standings(enrolment, now=NOON).values())
    assert len(result_of(placement).without_questions) == 1 + 3 * STEPS


def test_questions_are_written_first_where_they_are_wanting() -> None:
    enrolment = learner_of(swings())
    placement = placing.start(enrolment, user=enrolment.learner, now=NOON, seed=1)
    standing = placing.standing_of(placement, now=NOON)
    assert standing.is_preparing
    assert placement.job is not None
    assert run_inline(placement.job).state == Job.State.SUCCEEDED
    before = set(PracticeItem.objects.values_list("pk", flat=True))
    assert before
    placement.refresh_from_db()
    question = placing.standing_of(placement, now=NOON).question
    assert question is not None
    assert question.item_id in before
    again = enqueue(placing.KIND, params={"placement": str(placement.pk)}, created_by=enrolment.learner)
    assert run_inline(again).state == Job.State.SUCCEEDED
    assert set(PracticeItem.objects.values_list("pk", flat=True)) == before


def test_an_empty_or_closed_subject_is_refused(subject: Subject) -> None:
    enrolment = someone_at(subject)
    Library.objects.update(is_open=False)
    with pytest.raises(SubjectClosed):
        start(enrolment)
    Library.objects.update(is_open=True)
    Concept.objects.update(status=Concept.Status.PROPOSED)
    with pytest.raises(NothingToPlaceIn):
        start(enrolment)


def test_erasing_a_learner_takes_the_placement_along(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    begun(placement)
    User.objects.get(pk=enrolment.learner_id).delete()
    assert not Placement.objects.filter(pk=placement.pk).exists()


def test_writing_questions_may_be_cancelled_and_a_word_is_asked_for_instead() -> None:
    enrolment = learner_of(swings())
    placement = placing.start(enrolment, user=enrolment.learner, now=NOON, seed=1)
    assert placement.job is not None
    cancel(placement.job)
    question = begun(placement)
    assert question.item_id is None
    assert question.kind == "self_report"


def test_what_was_shown_counts_where_a_split_took_it(enrolment: Enrolment) -> None:
    subject = enrolment.subject
    origin, part = (subject.concepts.get(key=key) for key in ("chart0", "chart1"))
    point = str(uuid.uuid4())
    rubric = [{"point": point, "verdict": "missing", "span": ""}]
    record_event(
        enrolment,
        concept=origin,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=0.0,
        occurred_at=NOON - timedelta(days=1),
        grader="t",
        rubric=rubric,
    )
    PointHome.objects.create(subject=subject, point=point, origin=origin, concept=part)
    replayed = list(replay_all(fix=True))
    assert replayed[0].differences
    placement = start(enrolment)
    recalled = [placement.frame["concepts"][at] for at, _ in placement.frame["recalled"]]
    assert recalled == [str(part.pk)]
    take(placement, knows=lambda key: False)
    concluded = enrolment.events.filter(kind=MasteryEvent.Kind.PLACEMENT).values_list("concept", flat=True)
    assert part.pk not in concluded


def test_nothing_is_added_to_a_placement_whose_learner_was_forgotten(enrolment: Enrolment) -> None:
    placement = start(enrolment)
    question = begun(placement)
    forget_learner(enrolment.learner.username, now=NOON)
    with pytest.raises(LearnerForgotten):
        placing.answer(placement, question=question.pk, given="a secret of mine", now=NOON)
    with pytest.raises(LearnerForgotten):
        placing.stop(placement, now=NOON)
    question.refresh_from_db()
    assert (question.outcome, question.given) == (Outcome.OPEN, None)
    assert not enrolment.events.exists()
