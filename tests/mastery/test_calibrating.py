"""Predicted against observed: nothing leaks, true models look true, and drift is found where it is."""

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
from concepts.models import Concept, Subject
from mastery.calibrating import Calibration, Predicted, calibrate
from mastery.comparing import difference, mean, ratio, share
from mastery.models import Enrolment, MasteryEvent
from mastery.services import calibrating
from mastery.services.calibrating import report_calibration, steps_of
from mastery.services.recording import belief_in, correct_event, override
from mastery.services.records import Filters
from tests.mastery.conftest import DAY, NOON, Teach, client_of

API = "/api/v1/research/calibration"


def drawn(learners: int, answers: int, *, bias: float, seed: int) -> list[Predicted]:
    rng = random.Random(seed)
    rows = []
    for learner in range(learners):
        for number in range(answers):
            p = rng.uniform(0.1, 0.8)
            rows.append(Predicted(learner, "tides", "e 1", NOON + number * DAY, p, rng.random() < p + bias))
    return rows


def test_a_true_model_shows_no_gap_and_a_false_one_does() -> None:
    true = calibrate(drawn(60, 30, bias=0.0, seed=1))
    assert true.overall is not None
    assert not true.overall.drifts
    assert true.calibration_error is not None
    assert true.calibration_error < 0.05
    false = calibrate(drawn(60, 30, bias=0.15, seed=1))
    assert false.overall is not None
    assert false.overall.drifts
    assert false.overall.gap.value == pytest.approx(0.15, abs=0.03)


def test_drift_is_found_in_the_window_and_the_engine_where_it_began() -> None:
    early = drawn(60, 14, bias=0.0, seed=2)
    late = [one._replace(at=one.at + 28 * DAY, engine="e 2") for one in drawn(60, 14, bias=-0.2, seed=3)]
    found = calibrate([*early, *late], window=timedelta(days=14))
    assert [one.drifts for one in found.engines] == [False, True]
    assert sum(one.answers for one in found.windows) == len(early) + len(late)
    assert found.windows[-1].drifts
    assert not found.windows[0].drifts


answers = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.floats(0, 1), st.booleans()),
    min_size=1,
    max_size=30,
)


@given(answers)
@settings(max_examples=40, deadline=None)
def test_groups_add_up_and_nothing_is_out_of_range(rows: list[tuple[int, str, float, bool]]) -> None:
    given_rows = [Predicted(who, what, "e", NOON, p, good) for who, what, p, good in rows]
    found = calibrate(given_rows)
    assert found.overall is not None
    for groups in (found.bins, found.concepts, found.engines, found.windows):
        assert sum(one.answers for one in groups) == len(rows)
        for one in groups:
            assert 0 <= one.predicted <= 1
            assert 0 <= one.observed <= 1
            assert 0 <= one.brier <= 1
            assert one.gap.value == pytest.approx(one.observed - one.predicted)
    assert found == calibrate(given_rows)


@given(st.integers(1, 60), st.data())
@settings(max_examples=40, deadline=None)
def test_exact_intervals_hold_the_share_and_mirror_each_other(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    found, other = share(hits, of), share(of - hits, of)
    assert found.low is not None
    assert found.high is not None
    assert other.high is not None
    assert 0 <= found.low <= hits / of <= found.high <= 1
    assert found.low == pytest.approx(1 - other.high, abs=1e-9)


def test_intervals_against_published_values() -> None:
    # Clopper and Pearson for 4 of 20, as tabulated: 0.0573 to 0.4366.
    found = share(4, 20)
    assert found.low == pytest.approx(0.0573, abs=1e-4)
    assert found.high == pytest.approx(0.4366, abs=1e-4)
    with pytest.raises(ValueError, match="no share"):
        share(3, 2)


def test_the_bootstrap_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = random.Random(5)
    held = 0
    for seed in range(120):
        one = [rng.gauss(1.0, 1.0) for _ in range(40)]
        other = [rng.gauss(0.5, 1.0) for _ in range(40)]
        found = difference(one, other, seed=seed)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.5 <= found.high
    assert 0.88 <= held / 120 <= 0.99


def test_too_few_learners_have_no_interval() -> None:
    assert mean([], seed=1).value is None
    assert mean([1.0], seed=1).low is None
    assert ratio([], seed=1).value is None
    assert ratio([(1.0, 2.0)], seed=1).low is None
    assert difference([1.0], [0.0, 1.0], seed=1).low is None


# --- from the log -------------------------------------------------------------------------------------


@pytest.fixture
def log(show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment, educator: User) -> Enrolment:
    show(moon, 0.0)
    wrong = show(moon, 0.0, days=1).event
    show(tides, 1.0, days=2)
    show(moon, 1.0, days=8)
    correct_event(wrong, score=1.0, rubric=wrong.rubric, author=educator, reason="fair", now=NOON + 9 * DAY)
    override(enrolment, concept=tides, is_mastered=True, author=educator, reason="oral", now=NOON + 10 * DAY)
    return enrolment


def report(subject: Subject, **filters: Any) -> Calibration:
    return report_calibration(subject, Enrolment.objects.all(), Filters(**filters))


@pytest.mark.django_db
def test_answers_are_predicted_from_what_came_before_alone(
    subject: Subject, show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    show(moon, 1.0)
    show(moon, 0.0, days=1)
    whole = list(steps_of(subject, Enrolment.objects.all(), Filters()))
    show(moon, 0.0, days=2)
    longer = list(steps_of(subject, Enrolment.objects.all(), Filters()))
    assert longer[:2] == whole
    believed = belief_in(enrolment, concept=moon, now=NOON + 2 * DAY)
    assert longer[-1].after.p == believed.p


@pytest.mark.django_db
def test_corrections_count_and_overrides_are_no_answers(subject: Subject, log: Enrolment) -> None:
    found = report(subject)
    assert found.overall is not None
    assert (found.overall.answers, found.overall.learners) == (4, 1)
    assert found.overall.observed == 0.75
    assert [(one.group, one.answers) for one in found.concepts] == [("moon", 3), ("tides", 1)]


@pytest.mark.django_db
def test_a_period_is_reported_on_with_everything_before_it_folded(
    subject: Subject, log: Enrolment, moon: Concept
) -> None:
    (late,) = report(subject, since=NOON + 5 * DAY, concept=moon.pk).concepts
    whole = [
        step for step in steps_of(subject, Enrolment.objects.all(), Filters()) if step.at == NOON + 8 * DAY
    ]
    assert late.predicted == whole[0].predicted
    assert report(subject, until=NOON).overall is None


@pytest.mark.django_db
def test_only_researchers_of_the_subject_get_the_report(
    subject: Subject, log: Enrolment, researcher: User, stranger: User, educator: User, learner: User
) -> None:
    told = client_of(researcher).get(API, {"subject": str(subject.pk), "window_days": "30"}).json()
    assert told["overall"]["answers"] == 4
    assert "lea" not in json.dumps(told).replace("learners", "")
    for other in (stranger, educator, learner):
        assert client_of(other).get(API, {"subject": str(subject.pk)}).status_code == 404
    assert client_of(researcher).get(API).status_code == 400
    assert client_of(researcher).get(API, {"subject": str(subject.pk), "window_days": "0"}).status_code == 400


@pytest.mark.django_db
def test_a_request_is_refused_what_only_the_command_may_take(
    subject: Subject, log: Enrolment, researcher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mastery.experiment_views.MOST_IN_A_REQUEST", 3)
    refused = client_of(researcher).get(API, {"subject": str(subject.pk)})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:cairn:problem:too-much-to-fold")
    assert calibrating.MOST_IN_A_REQUEST > 3


@pytest.mark.django_db
def test_the_command_tells_the_same_as_the_api(subject: Subject, log: Enrolment, researcher: User) -> None:
    out = StringIO()
    call_command("report_calibration", "sea", "--json", stdout=out)
    told = client_of(researcher).get(API, {"subject": str(subject.pk)}).json()
    assert json.loads(out.getvalue()) == told
    out = StringIO()
    call_command("report_calibration", "sea", stdout=out)
    assert out.getvalue().splitlines()[-1].startswith("answers=4 learners=1 gap=")
    out = StringIO()
    call_command("report_calibration", "sea", "--until", "2020-01-01", stdout=out)
    assert out.getvalue().splitlines()[-1] == "answers=0"
    with pytest.raises(CommandError):
        call_command("report_calibration", "sea", "--window-days", "0")
    assert MasteryEvent.objects.count() == 6


def test_what_a_placement_concluded_is_not_held_against_the_belief(
    show: Teach, moon: Concept, subject: Subject
) -> None:
    show(moon, 0.9, kind=MasteryEvent.Kind.PLACEMENT)
    show(moon, 1.0, days=1)
    every = Enrolment.objects.all()
    steps = list(steps_of(subject, every, Filters()))
    assert [step.predicted is None for step in steps] == [True, False]
    report = report_calibration(subject, every, Filters())
    assert report.overall is not None
    assert report.overall.answers == 1
    assert [event.kind for event in MasteryEvent.objects.tries()] == ["explain_back"]
