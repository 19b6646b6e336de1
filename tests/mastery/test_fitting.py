from __future__ import annotations

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.edge_weights import EdgeTrial, edge_trials, fit_edge_weights
from mastery.errors import TooFewToFit
from mastery.fitting_models import ParameterVersion
from mastery.models import MasteryEvent
from mastery.parameter_fitting import Fitted, compare_losses, fit_parameters, losses
from mastery.parameters import Kind, Parameters
from mastery.services.enrolling import enrol
from mastery.services.fitting import keep_version
from mastery.services.parameters_in_force import DEFAULTS, forget, parameters_in_force
from mastery.services.recording import record_event
from mastery.services.replaying import replay_all
from mastery.states import Observation

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NONE_FITTED = fit_edge_weights([], parameters=DEFAULTS)


def learners(count: int, *, seed: int, scores: tuple[float, float] = (0.35, 0.95)) -> list[Any]:
    """Logs of learners who mostly know from the start, or mostly do not, and hardly learn."""
    rng = random.Random(seed)
    logs = []
    for number in range(count):
        log: list[Observation] = []
        for concept in ("a", "b"):
            knows = rng.random() < 0.7
            for again in range(6):
                knows = knows or rng.random() < 0.1
                score = min(1.0, max(0.0, rng.gauss(scores[knows], 0.15)))
                at = NOON + timedelta(minutes=len(log) + again)
                log.append(Observation(concept, Kind.CLOZE, score, at))
        logs.append((str(number), sorted(log, key=lambda seen: seen.at)))
    return logs


def fitted(*, before: float, after: float, parameters: Parameters, margin: float = 0.01) -> Fitted:
    return Fitted(parameters, before, after, margin, 40, 8, 500, NONE_FITTED)


@pytest.mark.parametrize(("there", "missing"), [(0.9, 0.3), (0.7, 0.5), (0.6, 0.6)])
def test_edge_weights_recover_what_answers_were_drawn_with(there: float, missing: float) -> None:
    rng = random.Random(7)
    trials = []
    for _ in range(20_000):
        ready = rng.random()
        chance = there if rng.random() < ready else missing
        passed = rng.random() < chance
        trials.append(EdgeTrial(ready, passed, not passed, failures=1))
    found = fit_edge_weights(trials, parameters=DEFAULTS)
    assert found.credit == pytest.approx(there / missing, rel=0.08)
    assert found.doubt == pytest.approx((1 - missing) / (1 - there), rel=0.08)


def test_edges_that_speak_the_wrong_way_carry_nothing_and_few_answers_change_nothing() -> None:
    wrong = [EdgeTrial(ready, ready < 0.5, ready >= 0.5, 1) for ready in (0.1, 0.9)] * 200
    found = fit_edge_weights(wrong, parameters=DEFAULTS)
    assert (found.doubt, found.credit) == (1.0, 1.0)
    few = fit_edge_weights(wrong[:20], parameters=DEFAULTS)
    assert (few.doubt, few.credit) == (DEFAULTS.doubt, DEFAULTS.credit)


def test_a_fit_is_better_on_learners_held_out_and_stays_within_bounds() -> None:
    found = fit_parameters(learners(200, seed=1), start=DEFAULTS)
    assert found.is_better
    assert found.held_out == 40
    ratios = found.parameters.kinds[Kind.CLOZE].log_ratios
    assert list(ratios) == sorted(ratios)
    assert Parameters.from_dict(json.loads(json.dumps(found.parameters.as_dict()))) == found.parameters


def test_what_was_fitted_to_the_same_world_already_is_not_replaced() -> None:
    first = fit_parameters(learners(300, seed=1), start=DEFAULTS)
    again = fit_parameters(learners(300, seed=1), start=first.parameters)
    assert not again.is_better


def test_too_few_learners_or_events_are_refused_and_nothing_degenerates_on_one_score() -> None:
    with pytest.raises(TooFewToFit, match="parameters in force stay"):
        fit_parameters(learners(10, seed=1), start=DEFAULTS)
    same = [
        (str(n), [Observation("a", Kind.CLOZE, 1.0, NOON + timedelta(days=k)) for k in range(10)])
        for n in range(60)
    ]
    found = fit_parameters(same, start=DEFAULTS)
    assert found.loss_after < found.loss_before


def test_a_difference_within_its_error_is_no_improvement() -> None:
    before, after, margin = compare_losses([(2.0, 2), (2.0, 2)], [(0.0, 2), (3.9, 2)])
    assert before > after
    assert before - after < margin


def test_what_a_placement_concludes_is_no_answer_to_fit_to() -> None:
    """It is inferred from edges and from answers that count already: fitting to it would be circular."""
    answered = Observation("a", Kind.CLOZE, 1.0, NOON)
    concluded = Observation("b", Kind.PLACEMENT, 0.9, NOON + timedelta(minutes=1), prerequisites=("a",))
    alone = losses([("lea", [answered])], parameters=DEFAULTS)
    assert losses([("lea", [answered, concluded])], parameters=DEFAULTS) == alone
    assert edge_trials([answered, concluded], parameters=DEFAULTS) == []


def test_only_a_better_fit_comes_in_force_and_every_version_is_kept(subject: Subject) -> None:
    better = Parameters(prior=0.3)
    keep_version(fitted(before=0.6, after=0.5, parameters=better), subject=subject, now=NOON)
    keep_version(fitted(before=0.5, after=0.495, parameters=Parameters(prior=0.4)), subject=subject, now=NOON)
    keep_version(fitted(before=0.6, after=0.5, parameters=Parameters(prior=0.2)), subject=None, now=NOON)
    assert ParameterVersion.objects.count() == 3
    assert parameters_in_force(subject.pk, is_fresh=True) == better
    assert parameters_in_force(None, is_fresh=True).prior == 0.2
    assert parameters_in_force(uuid.uuid4(), is_fresh=True).prior == 0.2, "another subject has the service's"


def test_beliefs_are_folded_anew_and_new_events_with_what_is_in_force(
    subject: Subject, tides: Concept, show: Any, enrolment: Any, django_capture_on_commit_callbacks: Any
) -> None:
    show(tides, 1.0)
    changed = Parameters(prior=0.5, taught=0.6)
    with django_capture_on_commit_callbacks(execute=True):
        keep_version(fitted(before=0.6, after=0.5, parameters=changed), subject=subject, now=NOON)
    belief = enrolment.beliefs.get(concept=tides)
    assert belief.parameters == changed.hash
    assert belief.p_mastery > 0.92
    event = show(tides, 1.0, days=1).event
    assert event.hashes["parameters"] == changed.hash
    assert not any(replayed.differences for replayed in replay_all())
    forget()
    assert parameters_in_force(subject.pk) == changed


def test_the_command_says_both_losses_and_keeps_what_it_fitted(subject: Subject, tides: Concept) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="fitting needs"):
        call_command("fit_mastery", subject=subject.key, stdout=out)
    for number, (_, log) in enumerate(learners(60, seed=3)):
        enrolment = enrol(User.objects.create_user(f"l{number}"), subject=subject)
        MasteryEvent.objects.bulk_create(
            MasteryEvent(
                enrolment=enrolment,
                concept=tides,
                kind=MasteryEvent.Kind.CLOZE,
                occurred_at=seen.at,
                score=seen.score,
                grader="test",
            )
            for seen in log[:6]
        )
    call_command("fit_mastery", subject=subject.key, dry_run=True, stdout=out)
    assert not ParameterVersion.objects.exists()
    call_command("fit_mastery", subject=subject.key, json=True, stdout=(told := StringIO()))
    said = json.loads(told.getvalue())
    version = ParameterVersion.objects.get()
    assert version.hash == said["hash"]
    assert (
        said["in_force"] == version.is_in_force == (said["loss_before"] - said["loss_after"] > said["margin"])
    )
    assert "held out" in out.getvalue()


def test_an_event_recorded_with_chosen_parameters_ignores_those_in_force(
    subject: Subject, tides: Concept, enrolment: Any
) -> None:
    keep_version(fitted(before=1, after=0, parameters=Parameters(prior=0.4)), subject=subject, now=NOON)
    recorded = record_event(
        enrolment,
        concept=tides,
        kind=MasteryEvent.Kind.CHOICE,
        score=1.0,
        occurred_at=NOON,
        grader="test",
        parameters=DEFAULTS,
    )
    assert recorded.event.hashes["parameters"] == DEFAULTS.hash
