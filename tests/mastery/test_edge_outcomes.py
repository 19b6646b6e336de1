"""Edges against outcomes: what counts as known before a try, what the figures come to, who may read them."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept, Prerequisite, Subject
from concepts.reviewing import Reason
from concepts.services.deciding import decide_question
from concepts.services.merging import merge_concepts
from concepts.services.review_queue import review_queue
from jobs.models import Job
from jobs.services import run_inline
from mastery.edge_outcomes import (
    LoggedTry,
    Trial,
    Verdict,
    compare,
    compare_edges,
    prior_strength,
    trials_of,
)
from mastery.estimator import MasteryRule
from mastery.models import EdgeOutcome, Enrolment, MasteryEvent
from mastery.outcome_benchmark import measure_outcomes
from mastery.parameters import Kind, Parameters
from mastery.services.edge_outcomes import compare_subject, keep_outcomes, request_weighing
from mastery.services.enrolling import enrol
from mastery.services.recording import correct_event, record_event
from mastery.states import Observation
from tests.mastery.conftest import DAY, NOON, Teach, client_of

HOUR = timedelta(hours=1)
OPTIONS: dict[str, Any] = {"rule": MasteryRule.at(0.9), "parameters": Parameters()}


def tried(concept: str, score: float, hours: float, *, kind: Kind = Kind.EXPLAIN_BACK) -> LoggedTry:
    return LoggedTry(Observation(concept, kind, score, NOON + hours * HOUR, points=3))


def trial(log: list[LoggedTry], first: str = "a", last: str = "b") -> Trial | None:
    return trials_of(log, prerequisites={last: [first]}, **OPTIONS).get((first, last))


def arm(trials: int, *, has: bool, won: bool, elsewhere: float = 0.5) -> list[Trial]:
    return [Trial(has, won, elsewhere)] * trials


# --- what was known before the try --------------------------------------------------------------------


def test_only_the_first_try_counts_and_only_what_came_before_it() -> None:
    log = [tried("b", 0.0, 0), tried("a", 1.0, 1), tried("b", 1.0, 2)]
    assert trial(log) == Trial(has_prerequisite=False, succeeded=False)
    log = [tried("a", 1.0, 0), tried("b", 1.0, 1), tried("a", 0.0, 2)]
    assert trial(log) == Trial(has_prerequisite=True, succeeded=True)


def test_what_was_forgotten_by_then_does_not_count_as_mastered() -> None:
    assert trial([tried("a", 1.0, 0), tried("b", 1.0, 24 * 90)]) == Trial(
        has_prerequisite=False, succeeded=True
    )


def test_a_belief_that_a_teacher_sets_is_no_try_but_counts_for_what_follows() -> None:
    log = [tried("b", 1.0, 0, kind=Kind.OVERRIDE), tried("a", 1.0, 1, kind=Kind.OVERRIDE), tried("b", 0.0, 2)]
    assert trial(log) == Trial(has_prerequisite=True, succeeded=False)


def test_success_elsewhere_leaves_out_both_ends() -> None:
    log = [tried("a", 1.0, 0), tried("c", 1.0, 1), tried("d", 1.0, 2), tried("b", 1.0, 3)]
    found = trial(log)
    assert found is not None
    assert found.elsewhere == pytest.approx(3 / 4)


def test_a_correction_counts_for_the_try_itself_but_not_before_it_was_made() -> None:
    wrong = tried("a", 0.0, 0)
    right = Observation("a", Kind.EXPLAIN_BACK, 1.0, wrong.observation.at, points=3)
    late = LoggedTry(wrong.observation, ((NOON + 5 * HOUR, right),))
    early = LoggedTry(wrong.observation, ((NOON + HOUR / 2, right),))
    assert trial([late, tried("b", 1.0, 1)]) == Trial(has_prerequisite=False, succeeded=True)
    assert trial([early, tried("b", 1.0, 1)]) == Trial(has_prerequisite=True, succeeded=True)
    overturned = LoggedTry(tried("b", 0.0, 1).observation, ((NOON + 9 * HOUR, _passed("b")),))
    assert trial([tried("a", 1.0, 0), overturned]) == Trial(has_prerequisite=True, succeeded=True)


def _passed(concept: str) -> Observation:
    return Observation(concept, Kind.EXPLAIN_BACK, 1.0, NOON + HOUR, points=3)


logs = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=10)


@given(logs, st.data())
def test_whatever_happens_after_a_first_try_changes_nothing_about_it(
    shown: list[tuple[str, float]], data: st.DataObject
) -> None:
    log = [tried(concept, score, place) for place, (concept, score) in enumerate(shown)]
    asked = {last: [first for first in "abc" if first != last] for last in "abc"}
    whole = trials_of(log, prerequisites=asked, **OPTIONS)
    cut = data.draw(st.integers(0, len(log)))
    begun = trials_of(log[:cut], prerequisites=asked, **OPTIONS)
    assert begun.items() <= whole.items()


@given(logs)
def test_the_log_is_folded_the_same_with_and_without_corrections_in_it(
    shown: list[tuple[str, float]],
) -> None:
    log = [tried(concept, score, place) for place, (concept, score) in enumerate(shown)]
    same = [LoggedTry(one.observation, ((one.observation.at, one.observation),)) for one in log]
    asked = {last: [first for first in "abc" if first != last] for last in "abc"}
    assert trials_of(log, prerequisites=asked, **OPTIONS) == trials_of(same, prerequisites=asked, **OPTIONS)


# --- the figures --------------------------------------------------------------------------------------

arms = st.builds(Trial, st.booleans(), st.booleans(), st.sampled_from([0.3, 0.5, 0.7]))


@given(st.lists(arms, max_size=60), st.floats(1, 20))
def test_a_comparison_is_always_within_bounds_and_says_nothing_of_an_empty_arm(
    trials: list[Trial], strength: float
) -> None:
    one = compare(trials, strength=strength)
    assert -1 <= one.low <= one.effect <= one.high <= 1
    assert 0 <= one.p_supported <= 1
    assert one.tries_with + one.tries_without == len(trials)
    if not one.tries_with or not one.tries_without:
        assert one.verdict is Verdict.CANNOT_SAY


@given(st.lists(arms, min_size=1, max_size=40), st.randoms())
def test_the_order_of_learners_does_not_matter(trials: list[Trial], rng: random.Random) -> None:
    mixed = list(trials)
    rng.shuffle(mixed)
    first, again = (compare(rows, strength=prior_strength([rows])) for rows in (trials, mixed))
    assert first.effect == pytest.approx(again.effect)
    assert first.p_supported == pytest.approx(again.p_supported)


def test_few_trials_are_shrunk_and_more_of_the_same_are_believed() -> None:
    few = arm(3, has=True, won=True) + arm(3, has=False, won=False)
    assert compare(few, strength=5).effect < compare(few * 20, strength=5).effect
    assert compare(few, strength=5).verdict is Verdict.CANNOT_SAY
    assert compare(few * 20, strength=5).verdict is Verdict.SUPPORTED


def test_ability_alone_does_not_support_an_edge() -> None:
    """Able learners have A and succeed at B; within a band A makes no difference."""
    able = arm(72, has=True, won=True, elsewhere=0.9) + arm(8, has=True, won=False, elsewhere=0.9)
    able += arm(18, has=False, won=True, elsewhere=0.9) + arm(2, has=False, won=False, elsewhere=0.9)
    weak = arm(6, has=True, won=True, elsewhere=0.2) + arm(14, has=True, won=False, elsewhere=0.2)
    weak += arm(24, has=False, won=True, elsewhere=0.2) + arm(56, has=False, won=False, elsewhere=0.2)
    banded = compare_edges({("a", "b"): (able + weak) * 3})["a", "b"]
    as_they_are = compare_edges({("a", "b"): (able + weak) * 3}, bands=1)["a", "b"]
    assert as_they_are.verdict is Verdict.SUPPORTED
    assert banded.verdict is Verdict.CONTRADICTED


@settings(deadline=None, max_examples=1)
@given(st.just(7))
def test_true_and_false_edges_of_simulated_learners_are_told_apart(seed: int) -> None:
    counted = measure_outcomes(learners=400, concepts=20, seed=seed)
    true = sum(n for (kind, _), n in counted.items() if kind == "true")
    unrelated = sum(n for (kind, _), n in counted.items() if kind == "unrelated")
    assert counted["true", "supported"] / true > 0.5
    assert counted["true", "contradicted"] / true < 0.1
    assert counted["unrelated", "contradicted"] / unrelated > 0.4
    assert counted["unrelated", "supported"] / unrelated < 0.1


# --- kept for the queue -------------------------------------------------------------------------------


@pytest.fixture
def class_of(subject: Subject) -> list[Enrolment]:
    """Sixty learners of whom half are taught the moon first, and do no better at tides for it."""
    moon, tides = subject.concepts.get(key="moon"), subject.concepts.get(key="tides")
    enrolments = [enrol(User.objects.create_user(f"l{n}"), subject=subject) for n in range(60)]
    for number, enrolment in enumerate(enrolments):
        if number % 2:
            _show(enrolment, moon, 1.0, hours=0)
        passes = number % 6 == 1 if number % 2 else number % 10 < 6
        _show(enrolment, tides, 1.0 if passes else 0.0, hours=1)
    return enrolments


def _show(enrolment: Enrolment, concept: Concept, score: float, *, hours: float) -> MasteryEvent:
    return record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=score,
        occurred_at=NOON + hours * HOUR,
        grader="test",
        rubric=[{"point": str(n)} for n in range(3)],
    ).event


def test_a_contradicted_edge_comes_to_the_queue_with_its_figures_and_stays_away_once_decided(
    subject: Subject, class_of: list[Enrolment], educator: User
) -> None:
    job = run_inline(request_weighing(subject, requested_by=educator))
    assert job.state == Job.State.SUCCEEDED, job.error
    assert (job.result["edges"], job.result["contradicted"]) == (2, 1)
    outcome = EdgeOutcome.objects.get(verdict="contradicted")
    assert (outcome.tries_with, outcome.tries_without) == (30, 30)
    (question,) = review_queue(subject, now=NOON)
    assert question.row == outcome.prerequisite
    assert question.reasons == (Reason.CONTRADICTED,)
    assert question.outcome is not None
    assert question.weighing.contradiction == pytest.approx(1 - outcome.p_supported)
    assert question.weighing.contradiction > 0.95
    later = outcome.since + HOUR
    decide_question(question.row, choice="accept", author=educator, shown_at=later, now=later)
    keep_outcomes(subject, compare_subject(subject), now=later + DAY)
    assert EdgeOutcome.objects.get(pk=outcome.pk).since == outcome.since
    assert review_queue(subject, now=NOON) == []


def test_outcomes_of_edges_that_are_gone_are_not_kept(subject: Subject, class_of: list[Enrolment]) -> None:
    compared = compare_subject(subject)
    keep_outcomes(subject, compared, now=NOON)
    Prerequisite.objects.filter(dependent__key="surges").delete()
    keep_outcomes(subject, compared, now=NOON)
    Prerequisite.objects.update(status="rejected")
    assert EdgeOutcome.objects.count() == 1
    keep_outcomes(subject, compare_subject(subject), now=NOON)
    assert not EdgeOutcome.objects.exists()


def test_a_stored_correction_is_read_as_one(
    subject: Subject, enrolment: Enrolment, educator: User, show: Teach, moon: Concept, tides: Concept
) -> None:
    show(moon, 1.0)
    failed = show(tides, 0.0, days=1).event
    correct_event(
        failed, score=1.0, rubric=failed.rubric, author=educator, reason="Misread.", now=NOON + 3 * DAY
    )
    edge = Prerequisite.objects.get(dependent=tides)
    one = compare_subject(subject)[edge.pk]
    assert (one.successes_with, one.tries_with, one.tries_without) == (1, 1, 0)
    assert enrolment.events.count() == 3


def test_what_was_shown_of_a_merged_concept_counts_for_the_other(
    subject: Subject, enrolment: Enrolment, educator: User, show: Teach, moon: Concept, tides: Concept
) -> None:
    show(moon, 1.0)
    show(tides, 1.0, days=1)
    phases = Concept.objects.create(subject=subject, key="phases", name="phases")
    merge_concepts(moon, into=phases, author=educator)
    edge = Prerequisite.objects.get(prerequisite=phases, dependent=tides)
    one = compare_subject(subject)[edge.pk]
    assert (one.successes_with, one.tries_with, one.tries_without) == (1, 1, 0)


def test_who_may_read_and_ask_for_outcomes(
    subject: Subject, class_of: list[Enrolment], educator: User, researcher: User, learner: User
) -> None:
    body = {"subject": str(subject.pk)}
    for user in (educator, researcher):
        assert client_of(user).post("/api/v1/edge-outcomes", body).status_code == 202
    assert client_of(learner).post("/api/v1/edge-outcomes", body).status_code == 403
    keep_outcomes(subject, compare_subject(subject), now=NOON)
    for user in (educator, researcher):
        rows = client_of(user).get("/api/v1/edge-outcomes", body).json()["results"]
        assert [row["verdict"] for row in rows] == ["contradicted", "cannot say"]
        assert (rows[0]["prerequisite_key"], rows[0]["dependent_key"]) == ("moon", "tides")
    assert client_of(learner).get("/api/v1/edge-outcomes", body).json()["count"] == 0
    subject.library.is_open = False
    subject.library.save()
    stranger = client_of(User.objects.create_user("x"))
    assert stranger.post("/api/v1/edge-outcomes", body).status_code == 404
    assert stranger.get("/api/v1/edge-outcomes", body).json()["count"] == 0


def test_the_command_tells_the_verdicts_and_a_dry_run_keeps_none(
    subject: Subject, class_of: list[Enrolment]
) -> None:
    out = StringIO()
    call_command("edge_outcomes", "sea", "--dry-run", stdout=out)
    assert "contradicted: moon before tides: 10 of 30 with, 18 of 30 without" in out.getvalue()
    assert "2 prerequisites: 0 supported, 1 contradicted, 1 cannot say (dry run)." in out.getvalue()
    assert not EdgeOutcome.objects.exists()
    out = StringIO()
    call_command("edge_outcomes", "sea", "--json", stdout=out)
    assert len(json.loads(out.getvalue())["edges"]) == EdgeOutcome.objects.count() == 2
    with pytest.raises(CommandError, match="nowhere"):
        call_command("edge_outcomes", "nowhere")


def test_the_benchmark_ends_with_a_line_of_figures() -> None:
    out = StringIO()
    call_command("benchmark_outcomes", "--learners", "20", "--courses", "1", stdout=out)
    assert out.getvalue().splitlines()[-1].startswith("learners=20 true_supported=")
    out = StringIO()
    call_command("benchmark_outcomes", "--learners", "10", "--courses", "1", "--json", stdout=out)
    assert json.loads(out.getvalue())[0]["learners"] == 10
