from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Class, User
from concepts.errors import CommandDoesNotFit, DraftIsClosed
from concepts.models import GraphDraft, Revision, Subject
from concepts.services import drafting, editing
from concepts.services.drafting import Command
from mastery.models import Enrolment
from mastery.services.believing import brief_standings
from mastery.services.enrolling import set_goals
from mastery.services.surveying import StandingReader, goals_of, survey
from tests.tutor.sea import DAY, NOON, educator_of, learner_in, open_sea, show
from tutor.decisions import Action
from tutor.impact_benchmark import simulated_learners, simulated_subject, trials
from tutor.services.choosing import _recent_actions, choose, decide, recent_actions_of
from tutor.services.previewing import Impact, named_for, preview

pytestmark = pytest.mark.django_db


@pytest.fixture
def sea() -> Subject:
    return open_sea()


@pytest.fixture
def lea(sea: Subject) -> Enrolment:
    """Is after surges and has mastered the moon."""
    enrolment = learner_in(sea, "lea", "surges")
    show(enrolment, "moon", 1.0)
    return enrolment


@pytest.fixture
def max_(sea: Subject) -> Enrolment:
    """Is after waves alone."""
    return learner_in(sea, "max", "waves")


@pytest.fixture
def ed(lea: Enrolment) -> User:
    """Keeps the subject and teaches lea, not max."""
    return educator_of(lea)


def draft_of(sea: Subject, ed: User, *commands: tuple[str, dict[str, Any]]) -> GraphDraft:
    draft = drafting.open_draft(sea, author=ed)
    return drafting.append(draft, commands=[Command(*command) for command in commands])


def keys(impact: Impact, concepts: Any) -> list[str]:
    return sorted(impact.concepts[concept].key for concept in concepts)


NEW_STEP = (
    ("add_concept", {"name": "Gravity", "position": 0}),
    ("add_prerequisite", {"prerequisite": "gravity", "dependent": "tides"}),
)


def test_who_is_held_up_by_a_new_prerequisite_is_told_with_what_changes(
    sea: Subject, lea: Enrolment, max_: Enrolment, ed: User
) -> None:
    impact = preview(draft_of(sea, ed, *NEW_STEP), now=NOON)
    by_name = {one.learner_name: one for one in impact.consequences}
    told = by_name["lea"]
    assert told.changed == ("next", "frontier", "access", "path")
    assert keys(impact, [told.before.concept, told.after.concept]) == ["gravity", "tides"]
    assert keys(impact, told.after.locked - told.before.locked) == ["tides"]
    assert [impact.name(concept) for concept in told.after.path] == ["Gravity", "Tides", "Surges"]
    assert by_name["max"].changed == ("access",)  # a concept more on the map, and nothing else
    assert (impact.learners, impact.left_before, impact.left_after) == (2, 1.5, 2.0)
    assert impact.changed == {
        "next": 1,
        "frontier": 1,
        "access": 2,
        "mastery": 0,
        "goals": 0,
        "path": 1,
    }
    assert [(impact.name(a), impact.name(b), n) for a, b, n in impact.moves] == [("Tides", "Gravity", 1)]


def test_a_preview_leaves_nothing_behind(sea: Subject, lea: Enrolment, ed: User) -> None:
    draft = draft_of(sea, ed, *NEW_STEP)
    first = preview(draft, now=NOON)
    assert preview(draft, now=NOON) == first
    assert not Revision.objects.exists()
    assert not sea.concepts.filter(key="gravity").exists()
    assert not lea.decisions.exists()
    assert (first.revision, first.version) == (0, 1)


def test_only_the_learners_whom_one_teaches_are_named(
    sea: Subject, lea: Enrolment, max_: Enrolment, ed: User
) -> None:
    impact = preview(draft_of(sea, ed, ("remove_concept", {"concept": "tides"})), now=NOON)
    assert len(impact.consequences) == 2
    assert [one.learner_name for one in named_for(ed, impact)] == ["lea"]
    keeper = User.objects.create_user("kim", role="educator")
    sea.library.educators.add(keeper)
    researcher = User.objects.create_user("rae", role="researcher")
    sea.researchers.add(researcher)
    teacher_elsewhere = User.objects.create_user("tom", role="educator")
    group = Class.objects.create(name="Another class")
    group.educators.add(teacher_elsewhere)
    group.learners.add(lea.learner)  # lea's teacher, but in no subject that he keeps
    for user in (keeper, researcher, teacher_elsewhere, lea.learner):
        assert named_for(user, impact) == []


def test_a_mastered_concept_or_a_goal_that_goes_is_told(sea: Subject, lea: Enrolment, ed: User) -> None:
    (lost,) = preview(
        draft_of(sea, ed, ("change_concept", {"concept": "moon", "status": "rejected"})), now=NOON
    ).consequences
    assert "mastery" in lost.changed
    (aimless,) = preview(
        draft_of(sea, ed, ("change_concept", {"concept": "surges", "status": "rejected"})), now=NOON
    ).consequences
    assert "goals" in aimless.changed
    assert (aimless.after.action, aimless.after.concept, aimless.after.path) == ("nothing", None, ())


def test_whose_only_goal_is_taken_out_has_nothing_to_go_for_and_keeps_the_goal_in_case_it_comes_back(
    sea: Subject, lea: Enrolment, ed: User
) -> None:
    extra = editing.add_concept(sea, name="Extra", author=ed)
    set_goals(lea, goals=[extra])
    draft = draft_of(sea, ed, ("remove_concept", {"concept": "extra"}))
    (aimless,) = preview(draft, now=NOON).consequences
    assert "goals" in aimless.changed
    assert (aimless.after.action, aimless.after.path) == (Action.NOTHING, ())
    drafting.publish(draft, author=ed)
    fresh = Enrolment.objects.get(pk=lea.pk)
    chosen = choose(fresh, now=NOON)
    assert (chosen.action, chosen.concept) == (aimless.after.action, aimless.after.concept)
    assert fresh.goals.count() == 1


def test_what_becomes_of_a_concept_with_a_history_is_foretold(sea: Subject, lea: Enrolment, ed: User) -> None:
    editing.add_concept(sea, name="Extra", author=ed)
    show(lea, "extra", 1.0)
    removed = draft_of(sea, ed, ("remove_concept", {"concept": "extra"}))
    assert "mastery" in preview(removed, now=NOON).consequences[0].changed


def test_a_merge_is_foretold_with_the_beliefs_that_it_will_leave(
    sea: Subject, lea: Enrolment, ed: User
) -> None:
    editing.add_concept(sea, name="Extra", author=ed)
    show(lea, "extra", 1.0)
    draft = draft_of(sea, ed, ("merge_concepts", {"concept": "extra", "into": "moon"}))
    (touched,) = preview(draft, now=NOON).consequences
    drafting.publish(draft, author=ed)
    fresh = Enrolment.objects.get(pk=lea.pk)
    assert choose(fresh, now=NOON).concept == touched.after.concept
    mastered = {key for key, one in brief_standings(fresh, now=NOON).items() if one.is_mastered}
    assert touched.after.mastered == mastered


def test_what_changes_nothing_for_anybody_says_so(sea: Subject, lea: Enrolment, ed: User) -> None:
    impact = preview(draft_of(sea, ed, ("change_concept", {"concept": "moon", "name": "The Moon"})), now=NOON)
    assert (impact.consequences, impact.learners, set(impact.changed.values())) == ((), 1, {0})
    nobody = preview(drafting.open_draft(open_other(), author=ed), now=NOON)
    assert (nobody.learners, nobody.left_before) == (0, 0.0)


def open_other() -> Subject:
    from concepts.services.subjects import open_subject

    return open_subject(name="Other", keeper=User.objects.create_user("otto", role="educator"))


def test_learners_who_have_left_are_not_counted(
    sea: Subject, lea: Enrolment, max_: Enrolment, ed: User
) -> None:
    User.objects.filter(pk=max_.learner_id).update(is_active=False)
    assert preview(draft_of(sea, ed, *NEW_STEP), now=NOON).learners == 1


def test_a_draft_that_no_longer_fits_has_no_preview_but_a_reason(
    sea: Subject, lea: Enrolment, ed: User
) -> None:
    draft = draft_of(sea, ed, *NEW_STEP)
    editing.add_concept(sea, name="Gravity", author=ed)
    with pytest.raises(CommandDoesNotFit, match="Operation 1"):
        preview(draft, now=NOON)
    drafting.discard(draft, author=ed)
    with pytest.raises(DraftIsClosed):
        preview(draft, now=NOON)


def test_many_learners_cost_as_many_queries_as_one(sea: Subject, lea: Enrolment, ed: User) -> None:
    draft = draft_of(sea, ed, *NEW_STEP)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            preview(draft, now=NOON)
        return len(caught)

    queries()  # what the draft's own row refers to is read once
    one = queries()
    for number in range(5):
        show(learner_in(sea, f"more{number}", "surges"), "moon", 1.0)
    assert queries() == one


def test_the_survey_of_all_is_what_is_read_of_each(sea: Subject, lea: Enrolment, max_: Enrolment) -> None:
    show(lea, "tides", 0.2, at=NOON + DAY)
    show(max_, "moon", 1.0, at=NOON)
    for enrolment in (lea, max_):
        for day in range(3):
            decide(enrolment, now=NOON + day * DAY)
            show(enrolment, "waves", 0.1 * day, at=NOON + (2 + day) * DAY)
    everyone = Enrolment.objects.all()
    later = NOON + 9 * DAY
    reader = StandingReader(threshold=sea.mastery_threshold, now=later)
    surveyed, goals, recent = survey(everyone), goals_of(everyone), recent_actions_of(everyone)
    for enrolment in everyone:
        assert reader.standings(surveyed[enrolment.pk]) == brief_standings(enrolment, now=later)
        assert goals[enrolment.pk] == tuple(sorted(str(goal.pk) for goal in enrolment.goals.all()))
        assert recent[enrolment.pk] == _recent_actions(enrolment)
        assert len(recent[enrolment.pk]) >= 2


@pytest.mark.parametrize("seed", [1, 2])
def test_publishing_does_to_everyone_what_the_preview_said(seed: int) -> None:
    rng = random.Random(seed)
    author = User.objects.create_user("author", role="educator")
    subject = simulated_subject(concepts=25, keeper=author, rng=rng)
    simulated_learners(subject, learners=12, now=NOON, rng=rng)
    done = list(trials(subject, author=author, edits=12, now=NOON, rng=rng))
    assert [trial.wrong for trial in done] == [()] * 12
    assert sum(trial.affected > 0 for trial in done) >= 6
    assert subject.revisions.count() == 12


def test_the_comparison_finds_out_a_preview_of_something_else(sea: Subject, lea: Enrolment, ed: User) -> None:
    """A comparison that could not fail would prove nothing."""
    other = drafting.open_draft(sea, author=ed)

    def beside_the_point(draft: GraphDraft, *, now: datetime) -> Impact:
        return preview(other, now=now)

    rng = random.Random(4)
    done = list(trials(sea, author=ed, edits=8, now=NOON, rng=rng, foretell=beside_the_point))
    assert any(trial.wrong for trial in done)
