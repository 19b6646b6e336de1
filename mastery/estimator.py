r"""Believe what the learner's own words show: Bayesian knowledge tracing with soft evidence and forgetting.

The model. Each concept is mastered or not (Corbett and Anderson, Knowledge tracing, User Modeling and
User-Adapted Interaction 4, 1995). Belief p is the probability that it is. One observation changes it in
three steps, in this order:

1. *Forgetting* up to the moment of the observation (`retention`): :math:`p' = c + (p - c)\,r(t)` with the
prior c, where
   p > c; a belief below the prior stays, for forgetting teaches nobody.
2. *Teaching*, where a lesson came before: :math:`p'' = p' + l\,(\tau - p')` where :math:`p' < \tau`. In
plain knowledge tracing this
   step follows the evidence and climbs to 1 unaided, so that indifferent answers alone end in mastery; here
   it comes first and stops at :math:`\tau = 0.5`.
3. *Evidence*: the odds are multiplied by the ratio of two score densities, mastered over not
(`likelihood_ratio`).

Other concepts speak too, but only by a shift of the log odds (`propagate`): repeated failures cast doubt on
every gating prerequisite, a pass gives them a little credit. Direct evidence absorbs the shift and starts
the clock of forgetting anew; doubt and credit do not touch the clock. The observation itself names the
prerequisites of its day, so that a replay needs no graph.

The interval (`estimate`). Guess, slip, prior and the grader are known only roughly. The interval says how
much the belief leans on them: normal in log odds around the belief, with variance `spread` squared / (1 +
points), nominally 80 %, points being the rubric points that were judged, fading with the belief itself. It
narrows with evidence and widens with time.

Limits. Rubric points of one answer count as separate pieces of evidence up to a bound, though one mind
wrote them in one minute. The interval is a measure of how much was seen, not a coverage that was checked.
Concepts interact along direct edges only, and blame is shared as if prerequisites were independent. The
defaults are not fitted to explanations yet.

What is promised: beliefs stay within bounds and finite; a better score never lowers a belief; the same
observations in order of time give the same bytes; observations of concepts that share no edge may be folded
in either order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from mastery.errors import ObservationOutOfOrder
from mastery.parameters import ItemKind, Kind, Parameters
from mastery.states import ConceptState, Observation, untouched

DIGITS = 9
NEVER_SURE = 1e-6
ALWAYS_SURE = 1 - NEVER_SURE
EIGHTY_PERCENT = 1.2815515655446004
DAY = timedelta(days=1)
# A placement has judged most concepts by others: it is taken at its word up to here.
MOST_PLACED = 0.97


class Estimate(NamedTuple):
    """A belief as of one moment: probability, nominal 80 % interval, and the evidence left, in rubric
    points."""

    p: float
    low: float
    high: float
    points: float


@dataclass(frozen=True, slots=True)
class MasteryRule:
    """When a belief counts as mastered.

    Attributes
    ----------
    threshold : float
        What the belief must have reached when it was last shown or doubted.
    required_low : float
        What the lower end of its interval must have reached then. Credit from other concepts and a single
        uncertain grade move the belief but not the interval: mastery has to be shown directly.
    demoted_below : float
        Where forgetting ends mastery. It lies below the threshold, so that a concept does not flicker between
        mastered and not on the evening of the day it was learned; review falls due long before.
    """

    threshold: float
    required_low: float
    demoted_below: float

    @classmethod
    def at(cls, threshold: float) -> MasteryRule:
        """Return the rule that goes with a subject's threshold.

        Examples
        --------
        >>> MasteryRule.at(0.9)
        MasteryRule(threshold=0.9, required_low=0.72, demoted_below=0.585)
        """
        return cls(threshold, round(0.8 * threshold, DIGITS), round(0.65 * threshold, DIGITS))


def fold(
    states: Mapping[str, ConceptState], observation: Observation, *, parameters: Parameters
) -> dict[str, ConceptState]:
    """Return the states that one observation changes: the concept's own and its prerequisites'.

    Parameters
    ----------
    states : mapping of str to ConceptState
        Whatever is known of the learner; a missing concept is untouched. Not changed.
    observation : Observation
        Not older than the states of the concepts that it touches.
    parameters : Parameters

    Returns
    -------
    dict of str to ConceptState
        Only the changed ones; update `states` with them.

    Raises
    ------
    ObservationOutOfOrder

    Examples
    --------
    >>> from datetime import UTC
    >>> seen = Observation("tides", Kind.EXPLAIN_BACK, 1.0, datetime(2026, 1, 1, tzinfo=UTC), points=3)
    >>> round(fold({}, seen, parameters=Parameters())["tides"].p, 2)
    0.91
    """
    before = states.get(observation.concept) or untouched(parameters)
    if before.at is not None and observation.at < before.at:
        raise ObservationOutOfOrder(observation.concept, at=observation.at, after=before.at)
    if observation.kind is Kind.OVERRIDE:
        return {observation.concept: _override(before, observation, parameters=parameters)}
    if observation.kind is Kind.PLACEMENT:
        return {observation.concept: _place(before, observation)}
    after = _observe(before, observation, parameters=parameters)
    changed = propagate(states, observation, failures=after.failures, parameters=parameters)
    changed[observation.concept] = after
    return changed


def replay(observations: Iterable[Observation], *, parameters: Parameters) -> dict[str, ConceptState]:
    """Fold observations in order of time from nothing.

    Examples
    --------
    >>> replay([], parameters=Parameters())
    {}
    """
    states: dict[str, ConceptState] = {}
    for observation in observations:
        states.update(fold(states, observation, parameters=parameters))
    return states


def likelihood_ratio(
    score: float, *, points: int, certainty: float, item: ItemKind, parameters: Parameters
) -> float:
    r"""Return how many times likelier a score is for a learner who has mastered the concept.

    A good answer scores by a beta density g, a bad one by a beta density b, mirror images of each other, so
    that

    .. math:: R(s) = g(s) / b(s) = (s / (1 - s))^k

    with `sharpness` k. Someone who has mastered the concept gives a good answer but for a slip, someone who
    has not a bad one but for a guess:

    .. math:: L(s) = \frac{(1 - slip)\,R(s) + slip}{guess\,R(s) + (1 - guess)}

    So L rises with s, is 1 at s = 1/2, and lies between slip / (1 - guess) and (1 - slip) / guess. The
    score is first drawn in by half a point at either end (Krichevsky and Trofimov, 1981): "all of one
    point" is less than "all of four". The grader's certainty is an exponent of R: at 0 a score says
    nothing. Where densities were fitted to a service's own scores, their ratio takes the place of the
    formula: it was learned from whole answers, so the number of points no longer enters.

    Parameters
    ----------
    score : float
        0..1.
    points : int
    certainty : float
        0..1.
    item : ItemKind
    parameters : Parameters

    Returns
    -------
    float
        More than 0, finite.

    Examples
    --------
    >>> item = ItemKind(guess=0.04, slip=0.1, follows_lesson=True)
    >>> judged = {"points": 3, "certainty": 1, "item": item, "parameters": Parameters()}
    >>> [round(likelihood_ratio(score, **judged), 3) for score in (0.0, 0.5, 1.0)]
    [0.123, 1.0, 15.137]
    """
    if item.log_ratios:
        return math.exp(certainty * log_ratio_at(item.log_ratios, score))
    counted = min(points, parameters.most_points)
    odds = (score * counted + 0.5) / ((1 - score) * counted + 0.5)
    good_over_bad: float = odds ** (parameters.sharpness * certainty)
    return ((1 - item.slip) * good_over_bad + item.slip) / (item.guess * good_over_bad + 1 - item.guess)


def log_ratio_at(log_ratios: Sequence[float], score: float) -> float:
    """Read a table of log ratios between the middles of its bins in straight lines.

    Examples
    --------
    >>> [log_ratio_at((-2.0, 0.0, 2.0), score) for score in (0.0, 0.5, 2 / 3, 1.0)]
    [-2.0, 0.0, 1.0, 2.0]
    """
    place = min(max(score * len(log_ratios) - 0.5, 0.0), len(log_ratios) - 1.0)
    below = min(int(place), len(log_ratios) - 2)
    share = place - below
    return log_ratios[below] * (1 - share) + log_ratios[below + 1] * share


def retention(gap_days: float, *, half_life_days: float, power: float) -> float:
    r"""Return the share of a belief above the prior that is left after a while.

    .. math:: r(t) = (1 + t / s)^{-d}, \qquad s = h / (2^{1/d} - 1)

    A power law (Wixted and Ebbesen, On the form of forgetting, Psychological Science 2, 1991) with exponent
    d, written by its first half-life h.

    Parameters
    ----------
    gap_days, half_life_days, power : float

    Returns
    -------
    float
        In 0..1; 1 for no time at all.

    Examples
    --------
    >>> [round(retention(days, half_life_days=30, power=0.5), 2) for days in (0, 7, 30, 365)]
    [1.0, 0.77, 0.5, 0.16]
    """
    if gap_days <= 0:
        return 1.0
    scale: float = half_life_days / (2 ** (1 / power) - 1)
    left: float = (1 + gap_days / scale) ** -power
    return left


def expected_score(
    states: Mapping[str, ConceptState], observation: Observation, *, parameters: Parameters
) -> float:
    """Return the score that was to be expected of an answer before it was read; its own score is not used.

    .. math:: p (1 - slip) + (1 - p) guess

    with the belief p after forgetting and teaching.

    Examples
    --------
    >>> from datetime import UTC
    >>> asked = Observation("tides", Kind.EXPLAIN_BACK, 0.0, datetime(2026, 1, 1, tzinfo=UTC))
    >>> round(expected_score({}, asked, parameters=Parameters()), 3)  # 0.4 * 0.9 + 0.6 * 0.04
    0.384
    """
    item = parameters.kinds[observation.kind]
    before = states.get(observation.concept) or untouched(parameters)
    p = _taught(_belief(before, now=observation.at, parameters=parameters), item, parameters=parameters)
    return p * (1 - item.slip) + (1 - p) * item.guess


def propagate(
    states: Mapping[str, ConceptState], observation: Observation, *, failures: int, parameters: Parameters
) -> dict[str, ConceptState]:
    r"""Return the prerequisites' states after doubt from repeated failure, or after credit from a pass.

    The answer is D times likelier if a prerequisite is missing than if none is. Whether another one is
    missing is not known either, so prerequisite j is judged by (q being the belief that all the others are
    there)

    .. math:: \frac{P(answer | j)}{P(answer | not\ j)} = \frac{q}{D} + 1 - q

    and where another is known to be missing, j goes free. For a pass, 1 / D is replaced by `credit`.
    """
    factor = _edge_factor(observation.score, failures=failures, parameters=parameters)
    if factor == 1.0 or not observation.prerequisites:
        return {}
    keys = sorted(set(observation.prerequisites))
    known = [states.get(key) or untouched(parameters) for key in keys]
    beliefs = [_belief(state, now=observation.at, parameters=parameters) for state in known]
    changed = {}
    for number, (key, state) in enumerate(zip(keys, known, strict=True)):
        others = math.prod(beliefs[:number] + beliefs[number + 1 :])
        said = math.log(others * factor + 1 - others) * observation.certainty
        shift = min(max(state.shift + said, -parameters.most_doubt), parameters.most_credit)
        changed[key] = state._replace(shift=round(shift, DIGITS))
    return changed


def estimate(state: ConceptState, *, parameters: Parameters, now: datetime | None) -> Estimate:
    """Return the belief as of a moment; with None as it was when it was last shown or doubted.

    Parameters
    ----------
    state : ConceptState
    parameters : Parameters
    now : datetime or None
        Aware. A moment before the last observation counts as that observation's.

    Examples
    --------
    >>> nothing = estimate(untouched(Parameters()), parameters=Parameters(), now=None)
    >>> [round(value, 2) for value in nothing]
    [0.25, 0.05, 0.7, 0.0]
    """
    p = _belief(state, now=now, parameters=parameters)
    points = state.points * _retained(state, now=now, parameters=parameters)
    low, high = (_bound(p, points=points, side=side, parameters=parameters) for side in (-1, 1))
    return Estimate(round(p, DIGITS), round(low, DIGITS), round(high, DIGITS), round(points, DIGITS))


def believed(state: ConceptState, *, parameters: Parameters, now: datetime | None) -> float:
    """Return the belief that `estimate` gives, without its interval.

    Examples
    --------
    >>> believed(untouched(Parameters()), parameters=Parameters(), now=None)
    0.25
    """
    return round(_belief(state, now=now, parameters=parameters), DIGITS)


def is_mastered(state: ConceptState, *, rule: MasteryRule, parameters: Parameters, now: datetime) -> bool:
    """Decide whether a concept counts as mastered: shown well enough, surely enough, and not forgotten since.

    A failed check or doubt from repeated failures further up takes the belief below the threshold and ends
    mastery at once; time alone ends it at `demoted_below`.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> seen = Observation("tides", Kind.EXPLAIN_BACK, 1.0, noon, points=3)
    >>> state = fold({}, seen, parameters=Parameters())["tides"]
    >>> rule = MasteryRule.at(0.9)
    >>> [is_mastered(state, rule=rule, parameters=Parameters(), now=noon + days * DAY) for days in (0, 7, 60)]
    [True, True, False]
    """
    shown = _belief(state, now=None, parameters=parameters)
    if round(shown, DIGITS) < rule.threshold:
        return False
    low = _bound(shown, points=state.points, side=-1, parameters=parameters)
    if round(low, DIGITS) < rule.required_low:
        return False
    return _belief(state, now=now, parameters=parameters) >= rule.demoted_below


def _observe(before: ConceptState, observation: Observation, *, parameters: Parameters) -> ConceptState:
    item = parameters.kinds[observation.kind]
    left = _retained(before, now=observation.at, parameters=parameters)
    p = _taught(_faded(before, left=left, parameters=parameters), item, parameters=parameters)
    ratio = likelihood_ratio(
        observation.score,
        points=observation.points,
        certainty=observation.certainty,
        item=item,
        parameters=parameters,
    )
    p = min(_bounded(p * ratio / (p * ratio + 1 - p)), max(p, item.ceiling))
    weight = min(observation.points, parameters.most_points) * observation.certainty
    return ConceptState(
        p=round(p, DIGITS),
        at=observation.at,
        points=round(before.points * left + weight, DIGITS),
        half_life_days=_half_life(before, observation.score, left=left, parameters=parameters),
        tries=0 if p >= parameters.settled else before.tries + 1,
        failures=before.failures + 1 if observation.score < parameters.failing_score else 0,
        events=before.events + 1,
    )


def _taught(p: float, item: ItemKind, *, parameters: Parameters) -> float:
    if item.follows_lesson and p < parameters.taught:
        return p + parameters.learning * (parameters.taught - p)
    return p


def _half_life(before: ConceptState, score: float, *, left: float, parameters: Parameters) -> float:
    """Lengthen by a success, the more the more was forgotten (the spacing effect); halve by a plain failure.

    Both meet at a score of one half, so that a better score never shortens it.
    """
    gain = 1 + parameters.spacing_gain * (1 - left)
    factor = 1 + (gain - 1) * (2 * score - 1) if score >= 0.5 else 0.5 + score
    longer = before.half_life_days * factor
    bounded = min(max(longer, parameters.shortest_half_life_days), parameters.longest_half_life_days)
    return round(bounded, DIGITS)


def _override(before: ConceptState, observation: Observation, *, parameters: Parameters) -> ConceptState:
    """Take an educator's word, up to `override_trust` either way."""
    doubt = 1 - parameters.override_trust
    p = doubt + observation.score * (1 - 2 * doubt)
    return before._replace(
        p=round(p, DIGITS),
        at=observation.at,
        shift=0.0,
        points=max(before.points, parameters.override_points),
        tries=0,
        failures=0,
        events=before.events + 1,
    )


def _place(before: ConceptState, observation: Observation) -> ConceptState:
    """Take what a placement concluded from all its answers together, those on this concept among them.

    It concludes and observes nothing, so the points of evidence stay and the interval is as wide as they
    leave it: only a belief far above the threshold can count as mastered on a conclusion alone.
    """
    p = min(max(observation.score, 1 - MOST_PLACED), MOST_PLACED)
    return before._replace(p=round(p, DIGITS), at=observation.at, shift=0.0)


def _edge_factor(score: float, *, failures: int, parameters: Parameters) -> float:
    if score >= parameters.passing_score:
        return parameters.credit
    if score < parameters.failing_score and failures >= parameters.doubt_after:
        return 1 / parameters.doubt
    return 1.0


def _belief(state: ConceptState, *, now: datetime | None, parameters: Parameters) -> float:
    left = _retained(state, now=now, parameters=parameters) if state.p > parameters.prior else 1.0
    return _faded(state, left=left, parameters=parameters)


def _faded(state: ConceptState, *, left: float, parameters: Parameters) -> float:
    p = state.p
    if p > parameters.prior:
        p = parameters.prior + (p - parameters.prior) * left
    return _probability(_logit(p) + state.shift) if state.shift else p


def _bound(p: float, *, points: float, side: int, parameters: Parameters) -> float:
    """Return one end of the interval around a belief: the lower with side -1, the upper with 1."""
    margin = EIGHTY_PERCENT * parameters.spread / math.sqrt(1 + points)
    return _probability(_logit(p) + side * margin)


def _retained(state: ConceptState, *, now: datetime | None, parameters: Parameters) -> float:
    if state.at is None or now is None:
        return 1.0
    gap_days = (now - state.at) / DAY
    return retention(gap_days, half_life_days=state.half_life_days, power=parameters.decay_power)


def _bounded(p: float) -> float:
    if p < NEVER_SURE:
        return NEVER_SURE
    return p if p <= ALWAYS_SURE else ALWAYS_SURE


def _logit(p: float) -> float:
    p = _bounded(p)
    return math.log(p / (1 - p))


def _probability(log_odds: float) -> float:
    return _bounded(1 / (1 + math.exp(-log_odds)))
