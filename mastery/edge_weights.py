r"""Estimate from answers what a missing prerequisite costs: the weights of doubt and of credit along edges.

Let q be the belief, just before an answer, that all gating prerequisites of its concept are there. With a and
b the chances of an outcome where they are and where one is missing,

.. math:: P(outcome) = q a + (1 - q) b

which is linear in the two unknowns, so that their likelihood has one peak. It is climbed by expectation and
maximisation, started from the overall rate, with `PRIOR_ANSWERS` answers of that rate added to either side:
few answers leave both near it, and thereby the weights near one, where edges carry nothing.

- *Credit* is P(pass | all there) / P(pass | one missing), over all answers.
- *Doubt* is P(fail | one missing) / P(fail | all there), over answers that follow failures on the same
  concept, as many as `Parameters.doubt_after` asks for.

Each is bounded as the parameters are, and never below one: a missing prerequisite never speaks for itself.

Limits. Able learners have more prerequisites and pass more, edge or no edge, so that where learners differ
much the weights come out high; `mastery.edge_outcomes` tells for single edges whether that is all there is to
them. One weight serves all edges of a subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mastery.estimator import believed, fold
from mastery.parameters import BOUNDS, Parameters
from mastery.states import ConceptState, Observation, untouched

PRIOR_ANSWERS = 5.0
ROUNDS, SETTLED = 500, 1e-9
LEAST_TRIALS = 50


class EdgeTrial(NamedTuple):
    """One answer to a concept with prerequisites.

    Attributes
    ----------
    ready : float
        Belief just before that all prerequisites are there.
    passed, failed : bool
    failures : int
        Failures in a row on the concept before it.
    """

    ready: float
    passed: bool
    failed: bool
    failures: int


@dataclass(frozen=True, slots=True)
class EdgeWeights:
    """What was estimated, and from how many answers each; with too few the weight is what it was."""

    doubt: float
    credit: float
    doubt_trials: int
    credit_trials: int


def edge_trials(observations: Iterable[Observation], *, parameters: Parameters) -> list[EdgeTrial]:
    """Return the trials of one learner, whose observations come in order of time.

    Beliefs are folded without doubt and credit, so that the weights do not confirm themselves.
    """
    states: dict[str, ConceptState] = {}
    trials = []
    for seen in observations:
        if seen.prerequisites and seen.kind.is_answer:
            ready = 1.0
            for key in seen.prerequisites:
                state = states.get(key) or untouched(parameters)
                ready *= believed(state, parameters=parameters, now=seen.at)
            own = states.get(seen.concept)
            trials.append(
                EdgeTrial(
                    ready,
                    seen.score >= parameters.passing_score,
                    seen.score < parameters.failing_score,
                    own.failures if own else 0,
                )
            )
        states[seen.concept] = fold(states, seen, parameters=parameters)[seen.concept]
    return trials


def fit_edge_weights(trials: Sequence[EdgeTrial], *, parameters: Parameters) -> EdgeWeights:
    """Estimate both weights.

    Examples
    --------
    >>> fit_edge_weights([], parameters=Parameters())
    EdgeWeights(doubt=3.0, credit=1.5, doubt_trials=0, credit_trials=0)
    """
    again = [trial for trial in trials if trial.failures >= parameters.doubt_after - 1]
    doubt, credit = float(parameters.doubt), float(parameters.credit)
    if len(again) >= LEAST_TRIALS:
        there, missing = _two_rates([(trial.ready, trial.failed) for trial in again])
        doubt = _within("doubt", missing / there)
    if len(trials) >= LEAST_TRIALS:
        there, missing = _two_rates([(trial.ready, trial.passed) for trial in trials])
        credit = _within("credit", there / missing)
    return EdgeWeights(doubt, credit, len(again), len(trials))


def _two_rates(rows: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Return how often it happened where all were there and where one was missing; neither 0 nor 1."""
    rate = (sum(happened for _, happened in rows) + 0.5) / (len(rows) + 1)
    there = missing = rate
    for _ in range(ROUNDS):
        yes_there = yes_missing = PRIOR_ANSWERS * rate
        no_there = no_missing = PRIOR_ANSWERS * (1 - rate)
        for ready, happened in rows:
            one, other = (there, missing) if happened else (1 - there, 1 - missing)
            share = ready * one / (ready * one + (1 - ready) * other)
            if happened:
                yes_there, yes_missing = yes_there + share, yes_missing + 1 - share
            else:
                no_there, no_missing = no_there + share, no_missing + 1 - share
        before = there, missing
        there, missing = yes_there / (yes_there + no_there), yes_missing / (yes_missing + no_missing)
        if abs(there - before[0]) + abs(missing - before[1]) < SETTLED:
            break
    return there, missing


def _within(name: str, value: float) -> float:
    low, high = BOUNDS[name]
    return round(min(max(value, low), high), 6)
