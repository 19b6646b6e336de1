"""Experiments: registered for good, arms that take effect, probes that are asked, and an honest analysis."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from concepts.models import GraphDraft, Subject
from concepts.services import drafting
from concepts.services.drafting import Command
from curriculum.services.paths import path_of
from jobs.models import Job
from jobs.services import run_inline
from mastery.errors import (
    ExperimentsOverlap,
    PlanChanged,
    PlanNotUsable,
    PlanTooLate,
    RegistrationIsAppendOnly,
)
from mastery.models import Assignment, Enrolment, Experiment, MasteryEvent, RecallProbe
from mastery.planning_experiments import arm_of, plan_of
from mastery.recall import WINDOWS
from mastery.services import experimenting, probing
from mastery.services.analysing import Analysis, analyse
from mastery.services.as_of import beliefs_on
from mastery.services.believing import standing_of_belief
from mastery.services.enrolling import enrol
from mastery.services.recording import correct_event, record_event
from mastery.services.what_if import Foresight as WhatIf
from mastery.services.what_if import plan_change
from tests.tutor.material import learner_of, swings
from tests.tutor.sea import DAY, NOON, client_of, educator_of, learner_in, open_sea, show
from tutor.decisions import Action
from tutor.models import Lesson
from tutor.outlooks import Outlook
from tutor.services.arms import check_levers
from tutor.services.choosing import basis_of, choose, decide, situation_of
from tutor.services.mapping import concept_map
from tutor.services.previewing import preview
from tutor.services.teaching import request_lesson

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
CLOSER = {"closeness": 0.7, "unlocking": 0.0, "earliness": 0.15, "progress": 0.15}


@pytest.fixture
def sea() -> Subject:
    return open_sea()


def a_plan(**changes: Any) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "key": "closer-first",
        "subject": "sea",
        "hypothesis": "Learners remember more when what is close to the goal comes first.",
        "salt": "a salt of its own",
        "arms": [{"name": "as-now", "share": 0.5}, {"name": "closer", "share": 0.5, "weights": CLOSER}],
        "outcomes": ["first_try_score", "concepts_shown", "recall_7", "recall_30"],
        "sample_size": 40,
        "start": (NOON - HOUR).isoformat(),
        "end": (NOON + 20 * DAY).isoformat(),
    }
    return plan | changes


def only_arm(**levers: Any) -> dict[str, Any]:
    return {"arms": [{"name": "all", "share": 1.0, **levers}]}


def registered(now: datetime = NOON - DAY, **changes: Any) -> Experiment:
    made = experimenting.register(json.dumps(a_plan(**changes)), now=now, check=check_levers)
    experimenting.forget_plans()
    return made


# --- registering --------------------------------------------------------------------------------------


def test_the_same_plan_may_come_again_and_a_changed_one_is_refused(sea: Subject) -> None:
    made = registered()
    reordered = json.dumps(dict(reversed(a_plan().items())), indent=4)
    assert experimenting.register(reordered, now=NOON + 99 * DAY) == made
    with pytest.raises(PlanChanged, match="key of its own"):
        registered(hypothesis="Another thing altogether, thought of later.")
    with pytest.raises(PlanChanged):
        registered(
            arms=[{"name": "as-now", "share": 0.4}, {"name": "closer", "share": 0.6, "weights": CLOSER}]
        )
    assert Experiment.objects.get() == made


def test_what_is_registered_cannot_be_changed_and_tampering_is_found_out(sea: Subject) -> None:
    made = registered()
    with pytest.raises(RegistrationIsAppendOnly):
        made.save()
    with pytest.raises(RegistrationIsAppendOnly):
        Experiment.objects.update(plan={})
    made.plan["sample_size"] = 4
    with pytest.raises(PlanChanged):
        analyse(made, now=NOON)


def test_a_plan_is_registered_before_it_begins_and_alone(sea: Subject) -> None:
    with pytest.raises(PlanTooLate):
        registered(now=NOON - HOUR - timedelta(minutes=4))
    registered(now=NOON - HOUR - timedelta(minutes=5))
    with pytest.raises(ExperimentsOverlap):
        registered(key="other", start=(NOON + DAY).isoformat())
    registered(key="after", start=(NOON + 20 * DAY).isoformat(), end=(NOON + 30 * DAY).isoformat())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"arms": []}, "arms"),
        ({"arms": [{"name": "a", "share": 0.5}, {"name": "a", "share": 0.5}]}, "same name"),
        ({"arms": [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.4}]}, "sum to 0.9"),
        ({"outcomes": ["happiness"]}, "outcomes"),
        ({"sample_size": 0}, "sample_size"),
        ({"start": "soon"}, "is no time"),
        ({"start": "2026-03-01T00:00:00"}, "no time zone"),
        ({"end": (NOON - 2 * DAY).isoformat()}, "ends before"),
        ({"subject": "land"}, "no subject land"),
        ({"salt": ""}, "salt"),
        ({"extra": 1}, "extra"),
        (only_arm(weights={"luck": 1}), "no weight luck"),
        (only_arm(weights={"closeness": 0.9}), "must sum to 1"),
        (only_arm(weights={"rest_after": 1.5}), "whole number"),
        (only_arm(weights={"review_below": 1.5}), "1 at most"),
        (only_arm(weights={"suspicion": 0.5}), "1 at least"),
        (only_arm(weights={"closeness": -1}), "arms"),
        (only_arm(mastery_threshold=1.0), "mastery_threshold"),
        (only_arm(lesson_angle="backwards"), "lesson_angle"),
        (only_arm(lesson_level="harder"), "lesson_level"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_reason(
    changes: dict[str, Any], told: str, sea: Subject
) -> None:
    with pytest.raises(PlanNotUsable, match=told):
        registered(**changes)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"key": NaN}', "[" * 100_000, '"x"'])
def test_a_file_that_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanNotUsable):
        experimenting.register(text, now=NOON)


def test_the_commands_register_check_and_tell(sea: Subject, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "plan.json"
    begins = timezone.now() + DAY
    plan = a_plan(start=begins.isoformat(), end=(begins + 20 * DAY).isoformat())
    file.write_text(json.dumps(plan))
    call_command("register_experiment", str(file))
    made = Experiment.objects.get()
    assert made.plan_hash in capsys.readouterr().out
    call_command("analyse_experiment", "closer-first", "--plan", str(file))
    assert capsys.readouterr().out.splitlines()[-1] == "assigned=0 planned=40 final=0"
    file.write_text(json.dumps(plan | {"sample_size": 10}))
    for command in (
        ["register_experiment", str(file)],
        ["analyse_experiment", "closer-first", "--plan", str(file)],
    ):
        with pytest.raises(CommandError, match="cannot be changed"):
            call_command(*command)
    with pytest.raises(CommandError, match="closer-first"):
        call_command("analyse_experiment", "other")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("register_experiment", str(tmp_path / "none"))


# --- assigning ----------------------------------------------------------------------------------------


def test_arms_come_by_hash_in_their_shares_and_depend_on_the_salt() -> None:
    arms = [{"name": "a", "share": 0.2}, {"name": "b", "share": 0.8}]
    plan, other = plan_of(a_plan(arms=arms)), plan_of(a_plan(arms=arms, salt="another salt"))
    rng = random.Random(3)
    keys = [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(4000)]
    told = [arm_of(plan, key).name for key in keys]
    assert told == [arm_of(plan, key).name for key in keys]
    assert 0.18 < Counter(told)["a"] / len(keys) < 0.22
    both = sum(one == "a" == arm_of(other, key).name for one, key in zip(told, keys, strict=True))
    assert 0.02 < both / len(keys) < 0.06


def test_an_arm_is_written_down_when_it_first_matters_and_once(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea", "surges")
    made = registered()
    assert choose(enrolment, now=NOON).concept
    assert not Assignment.objects.exists()
    decide(enrolment, now=NOON)
    show(enrolment, "moon", 1.0, at=NOON)
    decide(enrolment, now=NOON + DAY)
    row = Assignment.objects.get()
    assert (row.experiment, row.enrolment, row.assigned_at) == (made, enrolment, NOON)
    assert row.arm == arm_of(plan_of(a_plan()), str(enrolment.pk)).name
    with pytest.raises(RegistrationIsAppendOnly):
        row.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(experiment=made, enrolment=enrolment, arm="other", assigned_at=NOON)


def test_nothing_happens_before_the_start_after_the_end_or_elsewhere(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea", "surges")
    registered(**only_arm(mastery_threshold=0.55))
    for moment in (NOON - 2 * HOUR, NOON + 20 * DAY):
        assert "arm" not in decide(enrolment, now=moment).record["basis"]
    assert not Assignment.objects.exists()
    assert decide(enrolment, now=NOON).record["basis"]["arm"] == "all"
    assert experimenting.plans_of(uuid.uuid4()) == ()


# --- arms take effect ---------------------------------------------------------------------------------


def test_weights_of_an_arm_change_the_choice(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea")
    before = decide(enrolment, now=NOON)
    assert before.concept is not None
    assert before.concept.key == "moon"
    # What is nearly there first: waves, of which something was shown.
    show(enrolment, "waves", 0.5, at=NOON)
    assert choose(enrolment, now=NOON + HOUR).concept == str(before.concept_id)
    near = {"closeness": 0.0, "unlocking": 0.0, "earliness": 0.0, "progress": 1.0}
    registered(start=(NOON + HOUR).isoformat(), **only_arm(weights=near))
    after = decide(enrolment, now=NOON + HOUR)
    assert after.concept is not None
    assert after.concept.key == "waves"
    assert after.record["weights"]["progress"] == 1.0
    assert after.record["basis"] | {"experiment": "closer-first", "arm": "all"} == after.record["basis"]


def test_the_threshold_of_an_arm_changes_what_counts_as_mastered(sea: Subject) -> None:
    # What is a goal itself opens nothing until it is mastered.
    enrolment = learner_in(sea, "lea", "moon", "surges")
    show(enrolment, "moon", 1.0, at=NOON)
    before = {node.key: node.state.value for node in concept_map(enrolment, now=NOON).nodes}
    registered(**only_arm(mastery_threshold=0.99))
    assert decide(enrolment, now=NOON).record["basis"]["threshold"] == 0.99
    after = {node.key: node.state.value for node in concept_map(enrolment, now=NOON).nodes}
    assert (before["moon"], after["moon"]) == ("mastered", "learning")
    assert not situation_of(enrolment, now=NOON).standing(str(sea.concepts.get(key="moon").pk)).mastered
    assert basis_of(enrolment, now=NOON + 30 * DAY)["threshold"] == sea.mastery_threshold


def test_the_threshold_of_an_arm_is_told_alike_wherever_mastery_is(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea", "moon", "surges")
    show(enrolment, "moon", 1.0, at=NOON)
    draft = draft_for(enrolment)

    def told() -> set[bool]:
        belief = enrolment.beliefs.select_related("enrolment__subject").get()
        (past,) = beliefs_on(enrolment, at=NOON, with_hindsight=True).beliefs
        way = [step.concept.key for step in path_of(enrolment, now=NOON).steps]
        (outlook, _) = outlooks_of(enrolment, draft, now=NOON)
        return {
            standing_of_belief(belief, due_at=None, now=NOON).is_mastered,
            past.is_mastered,
            "moon" not in way,
            bool(outlook.mastered),
        }

    assert told() == {True}
    registered(**only_arm(mastery_threshold=0.99))
    assert told() == {False}


def test_a_draft_is_foretold_by_the_weights_of_each_learners_arm(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea")
    show(enrolment, "waves", 0.5, at=NOON)
    near = {"closeness": 0.0, "unlocking": 0.0, "earliness": 0.0, "progress": 1.0}
    draft = draft_for(enrolment)
    moon, waves = (str(sea.concepts.get(key=key).pk) for key in ("moon", "waves"))
    assert outlooks_of(enrolment, draft, now=NOON)[0].concept == moon
    registered(start=NOON.isoformat(), **only_arm(weights=near))
    assert outlooks_of(enrolment, draft, now=NOON)[0].concept == waves
    assert choose(enrolment, now=NOON).concept == waves


def test_another_threshold_of_the_subject_takes_nothing_from_whoever_has_their_arms(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea", "moon", "surges")
    show(enrolment, "moon", 1.0, at=NOON)
    change = plan_change(sea, threshold=0.99)
    assert [one.enrolment for one in WhatIf(sea, change, now=NOON).consequences()] == [enrolment.pk]
    registered(**only_arm(mastery_threshold=sea.mastery_threshold))
    assert list(WhatIf(sea, change, now=NOON).consequences()) == []


def draft_for(enrolment: Enrolment) -> GraphDraft:
    """It adds a concept, and so concerns everybody."""
    draft = drafting.open_draft(enrolment.subject, author=educator_of(enrolment))
    return drafting.append(draft, commands=[Command("add_concept", {"name": "Foam", "position": 9})])


def outlooks_of(enrolment: Enrolment, draft: GraphDraft, *, now: datetime) -> tuple[Outlook, Outlook]:
    (told,) = [one for one in preview(draft, now=now).consequences if one.enrolment == enrolment.pk]
    return told.before, told.after


def test_a_lesson_is_told_in_the_style_of_its_arm() -> None:
    enrolment = learner_of(swings())
    now = timezone.now()
    registered(
        now=now - 2 * DAY,
        subject=enrolment.subject.key,
        start=(now - DAY).isoformat(),
        end=(now + DAY).isoformat(),
        **only_arm(lesson_angle="example first", lesson_level="low"),
    )
    concept = enrolment.subject.concepts.get(key="damping")
    job = run_inline(request_lesson(enrolment, concept=concept))
    assert job.state == Job.State.SUCCEEDED, job.error
    told = Lesson.objects.get(job=job)
    assert (told.level, told.angle) == ("low", "example first")
    assert Assignment.objects.get().arm == "all"


# --- recall probes ------------------------------------------------------------------------------------


@pytest.fixture
def probed(sea: Subject) -> Enrolment:
    """Someone in an experiment with probes who explained the moon at noon."""
    enrolment = learner_in(sea, "lea", "surges")
    registered(**only_arm())
    decide(enrolment, now=NOON)
    show(enrolment, "moon", 1.0, at=NOON)
    return enrolment


def recall(enrolment: Enrolment, now: datetime, delay: int = 7) -> tuple[int, int, int, int]:
    plan = plan_of(Experiment.objects.get().plan)
    theirs = Enrolment.objects.filter(subject=enrolment.subject)
    found = probing.recall_report(theirs, delay_days=delay, plan=plan, now=now)
    return found.due, found.asked, found.answered, found.recalled


def test_a_probe_comes_before_everything_else_in_its_window_with_its_reason(probed: Enrolment) -> None:
    assert decide(probed, now=NOON + 6.9 * DAY).record.get("recall_probe") is None
    decision = decide(probed, now=NOON + 7 * DAY)
    assert decision.record["recall_probe"]["delay_days"] == 7
    assert decision.record["reason"].startswith("Recall probe: Moon")
    assert (decision.action, decision.record["frontier"][0]["concept"]) == (
        Action.REVIEW,
        decision.record["concept"],
    )
    assert decide(probed, now=NOON + 7.5 * DAY) == decision
    assert decide(probed, now=NOON + 14 * DAY).record.get("recall_probe") is None
    assert decide(probed, now=NOON + 30 * DAY).record["recall_probe"]["delay_days"] == 30
    assert probing.due_probe(probed, now=NOON + 45 * DAY) is None


def test_the_answer_in_the_window_counts_and_ends_the_asking(probed: Enrolment) -> None:
    due = probing.due_probe(probed, now=NOON + 8 * DAY)
    assert due is not None
    assert probing.ask(probed, due, now=NOON + 8 * DAY) == probing.ask(probed, due, now=NOON + 9 * DAY)
    assert recall(probed, NOON + 9 * DAY) == (1, 1, 0, 0)
    show(probed, "moon", 2 / 3, at=NOON + 9 * DAY)
    assert probing.due_probe(probed, now=NOON + 10 * DAY) is None
    assert recall(probed, NOON + 10 * DAY) == (1, 1, 1, 1)
    assert recall(probed, NOON + 10 * DAY, delay=30) == (0, 0, 0, 0)


def test_an_answer_too_late_or_after_a_lesson_is_no_recall(probed: Enrolment) -> None:
    due = probing.due_probe(probed, now=NOON + 8 * DAY)
    assert due is not None
    probing.ask(probed, due, now=NOON + 8 * DAY)
    show(probed, "moon", 1.0, at=NOON + 15 * DAY)
    assert recall(probed, NOON + 16 * DAY) == (1, 1, 0, 0)
    late = probing.due_probe(probed, now=NOON + 31 * DAY)
    assert late is not None
    probing.ask(probed, late, now=NOON + 31 * DAY)
    probing.note_lesson(probed, concept=probed.subject.concepts.get(key="moon"), now=NOON + 32 * DAY)
    show(probed, "moon", 1.0, at=NOON + 33 * DAY)
    assert recall(probed, NOON + 34 * DAY, delay=30) == (1, 1, 0, 0)
    assert RecallProbe.objects.get(delay_days=30).was_taught
    assert not RecallProbe.objects.get(delay_days=7).was_taught


def test_a_probe_is_asked_by_api_and_only_by_its_learner() -> None:
    enrolment = learner_of(swings())
    now = timezone.now()
    address = f"/api/v1/enrolments/{enrolment.pk}/probe"
    assert client_of(enrolment.learner).post(address).json()["type"] == "urn:cairn:problem:no-probe-due"
    registered(
        now=now - 30 * DAY,
        subject=enrolment.subject.key,
        start=(now - 20 * DAY).isoformat(),
        end=(now + DAY).isoformat(),
        **only_arm(),
    )
    decide(enrolment, now=now)
    concept = enrolment.subject.concepts.get(key="damping")
    record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=1.0,
        occurred_at=now - 8 * DAY,
        grader="test",
    )
    for other in (User.objects.create_user("sam"), educator_of(enrolment)):
        assert client_of(other).post(address).status_code == 404
    asked = client_of(enrolment.learner).post(address).json()
    assert (asked["concept"], asked["delay_days"], asked["lesson"]) == (str(concept.pk), 7, None)
    assert not RecallProbe.objects.get().was_taught
    run_inline(request_lesson(enrolment, concept=concept))
    assert RecallProbe.objects.get().was_taught
    again = client_of(enrolment.learner).post(address).json()
    assert again["asked_at"] == asked["asked_at"]
    assert again["lesson"] is None


def test_a_lesson_between_the_day_it_was_due_and_the_asking_spoils_a_probe() -> None:
    enrolment = learner_of(swings())
    now = timezone.now()
    registered(
        now=now - 30 * DAY,
        subject=enrolment.subject.key,
        start=(now - 20 * DAY).isoformat(),
        end=(now + DAY).isoformat(),
        **only_arm(),
    )
    concept = enrolment.subject.concepts.get(key="damping")
    record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=1.0,
        occurred_at=now - 8 * DAY,
        grader="test",
    )
    run_inline(request_lesson(enrolment, concept=concept))
    asked = client_of(enrolment.learner).post(f"/api/v1/enrolments/{enrolment.pk}/probe").json()
    assert asked["question"] == Lesson.objects.get().question
    assert RecallProbe.objects.get().was_taught


def test_those_who_did_not_come_back_are_counted_as_due(probed: Enrolment) -> None:
    other = learner_in(probed.subject, "tom", "surges")
    decide(other, now=NOON)
    show(other, "moon", 1.0, at=NOON)
    show(other, "tides", 1.0, at=NOON + 25 * DAY)
    assert recall(probed, NOON + 40 * DAY) == (2, 0, 0, 0)


def test_a_corrected_explanation_is_no_start_and_an_answers_correction_counts(probed: Enrolment) -> None:
    educator = educator_of(probed)
    due = probing.due_probe(probed, now=NOON + 7 * DAY)
    assert due is not None
    probing.ask(probed, due, now=NOON + 7 * DAY)
    show(probed, "moon", 0.0, at=NOON + 8 * DAY)
    answer = MasteryEvent.objects.get(occurred_at=NOON + 8 * DAY)
    correct_event(answer, score=1.0, rubric=[], author=educator, reason="it is there", now=NOON + 9 * DAY)
    assert recall(probed, NOON + 10 * DAY) == (1, 1, 1, 1)
    first = MasteryEvent.objects.get(occurred_at=NOON)
    correct_event(first, score=0.0, rubric=[], author=educator, reason="copied", now=NOON + 9 * DAY)
    assert probing.due_probe(probed, now=NOON + 31 * DAY) is None


def test_without_an_experiment_that_asks_for_it_nobody_is_probed(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea", "surges")
    registered(outcomes=["concepts_shown"])
    decide(enrolment, now=NOON)
    show(enrolment, "moon", 1.0, at=NOON)
    assert probing.due_probe(enrolment, now=NOON + 8 * DAY) is None


def test_the_page_asks_without_teaching_and_the_lessons_page_takes_the_answer() -> None:
    enrolment = learner_of(swings())
    now = timezone.now()
    registered(
        now=now - 30 * DAY,
        subject=enrolment.subject.key,
        start=(now - 20 * DAY).isoformat(),
        end=(now + DAY).isoformat(),
        **only_arm(),
    )
    concept = enrolment.subject.concepts.get(key="damping")
    job = run_inline(request_lesson(enrolment, concept=concept))
    lesson = Lesson.objects.get(job=job)
    record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=1.0,
        occurred_at=now - 8 * DAY,
        grader="test",
    )
    browser = Client()
    browser.force_login(enrolment.learner)
    address = f"/subjects/{enrolment.subject.key}/probe/"
    assert "Answer from memory" in browser.get(f"/subjects/{enrolment.subject.key}/map/").content.decode()
    shown = browser.get(address).content.decode()
    assert "Recall probe" in shown
    assert f"/lessons/{lesson.pk}/answer/" in shown
    assert lesson.sentences.order_by("ordinal")[0].text not in shown
    assert RecallProbe.objects.get().concept == concept
    stranger = Client()
    assert stranger.get(address).status_code == 302
    stranger.force_login(User.objects.create_user("sam"))
    assert stranger.get(address).status_code == 404
    lesson.delete()
    assert browser.get(address)["Location"].endswith("/practise/damping/")
    record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.CLOZE,
        score=1.0,
        occurred_at=timezone.now() + timedelta(minutes=1),
        grader="practice",
    )
    assert browser.get(address)["Location"].endswith("/map/")


# --- analysing ----------------------------------------------------------------------------------------


def drawn(sea: Subject, learners: int, *, effect: float) -> Analysis:
    """Learners of whom those in the second arm recall more often by ``effect``; a third never comes back."""
    made = registered()
    rng = random.Random(11)
    for number in range(learners):
        enrolment = enrol(User.objects.create_user(f"learner {number}"), subject=sea)
        decide(enrolment, now=NOON)
        show(enrolment, "moon", 1.0, at=NOON)
        if number % 3 == 0:
            continue
        due = probing.due_probe(enrolment, now=NOON + 8 * DAY)
        assert due is not None
        probing.ask(enrolment, due, now=NOON + 8 * DAY)
        chance = 0.3 + (effect if enrolment.assignments.get().arm == "closer" else 0)
        show(enrolment, "moon", float(rng.random() < chance), at=NOON + 8.1 * DAY)
    return analyse(made, now=NOON + 70 * DAY)


def test_a_real_difference_is_found_with_its_denominators(sea: Subject) -> None:
    found = drawn(sea, 60, effect=0.6)
    assert (found.assigned, found.is_final) == (60, True)
    by_name = {one.outcome: one for one in found.outcomes}
    plain, closer = by_name["recall_7"].arms
    assert plain.assigned + closer.assigned == 60
    assert plain.counted + closer.counted == 40
    assert closer.difference is not None
    assert closer.difference.low is not None
    assert closer.difference.low > 0
    assert plain.difference is None
    shown = by_name["concepts_shown"].arms
    assert [arm.mean.value for arm in shown] == [1.0, 1.0]
    for row in (one for one in found.recall if one.recall.delay_days == 7):
        recall = row.recall
        arm = next(one for one in by_name["recall_7"].arms if one.arm == row.arm)
        assert (recall.due, recall.answered) == (arm.assigned, arm.counted)
        assert recall.came_back.value == arm.counted / arm.assigned
        assert recall.recall.method == "exact (Clopper-Pearson)"
    assert all(one.recall.answered == 0 for one in found.recall if one.recall.delay_days == 30)


def test_an_analysis_of_nothing_says_so(sea: Subject) -> None:
    found = analyse(registered(), now=NOON)
    assert not found.is_final
    for outcome in found.outcomes:
        for arm in outcome.arms:
            assert (arm.counted, arm.mean.value) == (0, None)
            if arm.difference:
                assert arm.difference.value is None


def test_first_tries_before_the_assignment_do_not_count(sea: Subject) -> None:
    enrolment = learner_in(sea, "lea")
    show(enrolment, "moon", 0.0, at=NOON - DAY)
    made = registered(now=NOON - 2 * DAY, **only_arm())
    decide(enrolment, now=NOON)
    show(enrolment, "moon", 1.0, at=NOON + HOUR)
    show(enrolment, "waves", 2 / 3, at=NOON + HOUR)
    (scores, *_) = analyse(made, now=NOON + DAY).outcomes
    assert scores.arms[0].mean.value == pytest.approx(2 / 3)


def test_windows_do_not_overlap() -> None:
    ends = [timedelta(days=delay) + window for delay, window in WINDOWS.items()]
    assert ends[0] <= timedelta(days=30)
