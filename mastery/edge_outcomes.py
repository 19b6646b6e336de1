r"""Whether learners bear a prerequisite out: first tries at a concept, with and without it mastered.

For an edge A -> B each learner's *first* try at B is one trial. It is in the arm "with" where A counted as
mastered just before it, else in the arm "without"; what happened or was corrected later is not looked at.

Able learners have mastered more and succeed more, so any edge looks true when the arms are only compared as
they are. Trials are therefore set beside others of equal success elsewhere: they are cut into `BANDS` bands
by the learner's earlier first tries at other concepts, and compared within each (Cochran, The effectiveness
of adjustment by subclassification, Biometrics 24, 1968; the bands are weighed as by Mantel and Haenszel,
J. Natl. Cancer Inst. 22, 1959).

Each arm of each band is shrunk towards the rate of the band by a beta prior. Its strength is fitted to how
much arms differ from the rates at their concepts in the whole subject, by moments (Kleinman, JASA 68, 1973).
The difference of two arms is taken as normal.

Limits. An edge between two concepts that rest on the same third one can look true. Where nobody tries B
without A, nothing can be said. Difficulty that changes over the years is not modelled.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mastery.estimator import MasteryRule, fold, is_mastered
from mastery.parameters import Parameters
from mastery.states import ConceptState, Observation

BANDS = 3
# How much more often one must succeed with the prerequisite for it to be worth waiting for.
MATTERS = 0.10
SURE = 0.95
WEAKEST_PRIOR, STRONGEST_PRIOR = 1.0, 20.0
NINETY_PERCENT = 1.6448536269514722

EdgeKey = tuple[str, str]


class Verdict(StrEnum):
    """What outcomes say of an edge."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    CANNOT_SAY = "cannot say"


@dataclass(frozen=True, slots=True)
class LoggedTry:
    """One observation as it was first judged, and how it was judged later.

    Attributes
    ----------
    observation : Observation
    corrections : tuple of (datetime, Observation)
        When it was judged anew, and how; in order of time.
    """

    observation: Observation
    corrections: tuple[tuple[datetime, Observation], ...] = ()

    def as_known(self, at: datetime) -> Observation:
        """Return the judgement that stood at a moment."""
        known = [judged for corrected_at, judged in self.corrections if corrected_at <= at]
        return known[-1] if known else self.observation

    @property
    def final(self) -> Observation:
        """The judgement that stands."""
        return self.corrections[-1][1] if self.corrections else self.observation


@dataclass(frozen=True, slots=True)
class Trial:
    """One learner's first try at the dependent of an edge.

    Attributes
    ----------
    has_prerequisite : bool
        Whether the prerequisite counted as mastered just before.
    succeeded : bool
    elsewhere : float
        0..1, success of the learner's earlier first tries at other concepts, drawn towards one half.
    """

    has_prerequisite: bool
    succeeded: bool
    elsewhere: float = 0.5


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the trials of one edge come to.

    Attributes
    ----------
    effect, low, high : float
        How much more often one succeeds with the prerequisite, shrunk, with its 90 % interval.
    p_supported : float
        Probability that the effect is more than `MATTERS`.
    """

    verdict: Verdict
    successes_with: int
    tries_with: int
    successes_without: int
    tries_without: int
    effect: float
    low: float
    high: float
    p_supported: float


def trials_of(
    log: Sequence[LoggedTry],
    *,
    prerequisites: Mapping[str, Iterable[str]],
    rule: MasteryRule,
    parameters: Parameters,
) -> dict[EdgeKey, Trial]:
    """Return one learner's trials, by edge.

    Parameters
    ----------
    log : sequence of LoggedTry
        All that the learner showed, in order of time.
    prerequisites : mapping of str to iterable of str
        The concepts that each concept is said to rest on.

    Examples
    --------
    >>> from mastery.parameters import Kind
    >>> from datetime import UTC, timedelta
    >>> noon, HOUR = datetime(2026, 1, 1, 12, tzinfo=UTC), timedelta(hours=1)
    >>> log = [
    ...     LoggedTry(Observation(concept, Kind.EXPLAIN_BACK, 1.0, noon + place * HOUR, points=3))
    ...     for place, concept in enumerate(["moon", "tides"])
    ... ]
    >>> options = {"rule": MasteryRule.at(0.9), "parameters": Parameters()}
    >>> trials_of(log, prerequisites={"tides": ["moon"]}, **options)
    {('moon', 'tides'): Trial(has_prerequisite=True, succeeded=True, elsewhere=0.5)}
    """
    trials: dict[EdgeKey, Trial] = {}
    first: dict[str, bool] = {}
    states: dict[str, ConceptState] = {}
    has_corrections = any(entry.corrections for entry in log)
    for place, entry in enumerate(log):
        observation = entry.observation
        if observation.concept not in first and observation.kind.is_answer:
            if has_corrections:
                states = _states_as_known(log[:place], at=observation.at, parameters=parameters)
            succeeded = entry.final.score >= parameters.passing_score
            for prerequisite in prerequisites.get(observation.concept, ()):
                state = states.get(prerequisite)
                trials[prerequisite, observation.concept] = Trial(
                    has_prerequisite=state is not None
                    and is_mastered(state, rule=rule, parameters=parameters, now=observation.at),
                    succeeded=succeeded,
                    elsewhere=_success_elsewhere(first, but=prerequisite),
                )
            first[observation.concept] = entry.as_known(observation.at).score >= parameters.passing_score
        if not has_corrections:
            states.update(fold(states, observation, parameters=parameters))
    return trials


def compare_edges(
    trials: Mapping[EdgeKey, Sequence[Trial]], *, bands: int = BANDS
) -> dict[EdgeKey, Comparison]:
    """Return what the trials of many learners say of each edge of one subject.

    Examples
    --------
    >>> helped = [Trial(True, True)] * 30 + [Trial(False, False)] * 25 + [Trial(False, True)] * 5
    >>> same = [Trial(has, won) for has in (True, False) for won in (True, False)] * 60
    >>> few = [Trial(True, True), Trial(False, False)]
    >>> found = compare_edges({("a", "b"): helped, ("a", "c"): same, ("a", "d"): few})
    >>> [str(one.verdict) for one in found.values()]
    ['supported', 'contradicted', 'cannot say']
    """
    strength = prior_strength(list(trials.values()))
    return {edge: compare(rows, strength=strength, bands=bands) for edge, rows in trials.items()}


def compare(trials: Sequence[Trial], *, strength: float, bands: int = BANDS) -> Comparison:
    """Compare the two arms of one edge; ``strength`` is what the prior weighs, in trials."""
    rate = _rate(trials)
    parts = [_difference(band, rate=rate, strength=strength) for band in _bands(trials, count=bands)]
    total = sum(weight for _, _, weight in parts)
    if total > 0:
        effect = sum(weight / total * mean for mean, _, weight in parts)
        spread = math.sqrt(sum((weight / total) ** 2 * variance for _, variance, weight in parts))
    else:  # one arm is empty in every band: the prior is all there is
        effect, spread = 0.0, math.sqrt(2 * rate * (1 - rate) / (strength + 1))
    p_supported = 0.5 * math.erfc((MATTERS - effect) / (spread * math.sqrt(2)))
    without = [trial for trial in trials if not trial.has_prerequisite]
    with_it = [trial for trial in trials if trial.has_prerequisite]
    is_comparable = total > 0
    return Comparison(
        verdict=_verdict(p_supported) if is_comparable else Verdict.CANNOT_SAY,
        successes_with=sum(trial.succeeded for trial in with_it),
        tries_with=len(with_it),
        successes_without=sum(trial.succeeded for trial in without),
        tries_without=len(without),
        effect=effect,
        low=max(-1.0, effect - NINETY_PERCENT * spread),
        high=min(1.0, effect + NINETY_PERCENT * spread),
        p_supported=p_supported,
    )


def prior_strength(edges: Sequence[Sequence[Trial]]) -> float:
    """Return how many trials the prior is worth: many where arms hardly differ from their concept's rate.

    Examples
    --------
    >>> prior_strength([[Trial(has, won) for has in (True, False) for won in (True, False)] * 20])
    20.0
    >>> prior_strength([[Trial(True, True)] * 20 + [Trial(False, False)] * 20])
    1.0
    """
    excess, possible = 0.0, 0.0
    for trials in edges:
        rate = _rate(trials)
        for arm in (True, False):
            rows = [trial.succeeded for trial in trials if trial.has_prerequisite is arm]
            spread = len(rows) * rate * (1 - rate)
            excess += (sum(rows) - len(rows) * rate) ** 2 - spread
            possible += spread * (len(rows) - 1)
    if excess <= 0 or possible <= 0:
        return STRONGEST_PRIOR
    return min(STRONGEST_PRIOR, max(WEAKEST_PRIOR, possible / excess - 1))


def _states_as_known(
    log: Sequence[LoggedTry], *, at: datetime, parameters: Parameters
) -> dict[str, ConceptState]:
    states: dict[str, ConceptState] = {}
    for entry in log:
        states.update(fold(states, entry.as_known(at), parameters=parameters))
    return states


def _success_elsewhere(first: Mapping[str, bool], *, but: str) -> float:
    others = [succeeded for concept, succeeded in first.items() if concept != but]
    return (sum(others) + 1) / (len(others) + 2)


def _rate(trials: Sequence[Trial]) -> float:
    """The overall rate, drawn in so that it is never 0 or 1."""
    return (sum(trial.succeeded for trial in trials) + 0.5) / (len(trials) + 1)


def _bands(trials: Sequence[Trial], *, count: int) -> list[list[Trial]]:
    """Cut trials into bands of about equal size; equal success elsewhere is never cut apart."""
    by_success: dict[float, list[Trial]] = defaultdict(list)
    for trial in trials:
        by_success[round(trial.elsewhere, 9)].append(trial)
    bands: list[list[Trial]] = [[] for _ in range(count)]
    before = 0
    for success in sorted(by_success):
        rows = by_success[success]
        middle = before + len(rows) / 2
        bands[min(count - 1, int(middle * count / len(trials)))].extend(rows)
        before += len(rows)
    return [band for band in bands if band]


def _difference(band: Sequence[Trial], *, rate: float, strength: float) -> tuple[float, float, float]:
    """Return mean and variance of the difference of the arms in one band, and the band's weight."""
    arms = [[trial.succeeded for trial in band if trial.has_prerequisite is arm] for arm in (True, False)]
    own_rate = (sum(trial.succeeded for trial in band) + strength * rate) / (len(band) + strength)
    (mean_with, var_with), (mean_without, var_without) = (
        _beta(sum(arm) + strength * own_rate, len(arm) - sum(arm) + strength * (1 - own_rate)) for arm in arms
    )
    sizes = [len(arm) for arm in arms]
    weight = sizes[0] * sizes[1] / sum(sizes)
    return mean_with - mean_without, var_with + var_without, weight


def _beta(alpha: float, beta: float) -> tuple[float, float]:
    """Mean and variance of a beta distribution."""
    total = alpha + beta
    mean = alpha / total
    return mean, mean * (1 - mean) / (total + 1)


def _verdict(p_supported: float) -> Verdict:
    if p_supported >= SURE:
        return Verdict.SUPPORTED
    return Verdict.CONTRADICTED if p_supported <= 1 - SURE else Verdict.CANNOT_SAY
