r"""Refit the estimator's parameters to a service's own events, and judge them on learners left out.

1. *Evidence*: for each kind of item with enough scores, the ratio of densities and the expected score of
   those who have mastered and those who have not (`mastery.score_densities`).
2. *Edges*: doubt and credit (`mastery.edge_weights`).
3. *Prior, lesson, memory*: prior, `learning` and the first half-life, by trying neighbours of each in turn
   for the lower log loss on the learners fitted to.

Loss is the cross-entropy, in nats, between each score and what was expected of it just before
(`mastery.estimator.expected_score`). Every fifth learner by a stable hash is held out. A change is better
only if the held-out loss falls by more than its own standard error over learners: luck is no improvement.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mastery.edge_weights import EdgeWeights, edge_trials, fit_edge_weights
from mastery.errors import TooFewToFit
from mastery.estimator import expected_score, fold
from mastery.parameters import BOUNDS, MAX_GUESS, MAX_SLIP, ItemKind, Kind, Parameters
from mastery.score_densities import fit_densities
from mastery.states import ConceptState, Observation

HELD_OUT = 5
LEAST_LEARNERS, LEAST_EVENTS = 20, 300
APART_DAYS = 7.0
PASSES = 20
FACTORS = (0.5, 0.8, 1.25, 2.0)

Logs = Sequence[tuple[str, Sequence[Observation]]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A candidate, and what it and the parameters in force lose on learners that neither was fitted to now.

    Attributes
    ----------
    parameters : Parameters
    loss_before, loss_after : float
        Nats an answer, over the held-out learners.
    margin : float
        Standard error of the difference.
    learners, held_out, events : int
    edges : EdgeWeights
    """

    parameters: Parameters
    loss_before: float
    loss_after: float
    margin: float
    learners: int
    held_out: int
    events: int
    edges: EdgeWeights

    @property
    def is_better(self) -> bool:
        """Whether held-out loss fell by more than chance would have it."""
        return self.loss_before - self.loss_after > self.margin


def fit_parameters(logs: Logs, *, start: Parameters) -> Fitted:
    """Fit a candidate to four fifths of the learners and judge it on the rest.

    Parameters
    ----------
    logs : sequence of (name, observations in order of time)
    start : Parameters
        Those in force.

    Raises
    ------
    TooFewToFit
    """
    logs = [(name, log) for name, log in logs if log]
    events = sum(len(log) for _, log in logs)
    if len(logs) < LEAST_LEARNERS or events < LEAST_EVENTS:
        raise TooFewToFit(
            learners=len(logs), answers=events, needed_learners=LEAST_LEARNERS, needed_answers=LEAST_EVENTS
        )
    fitted_to, held_out = deal(logs)
    candidate = replace(start, kinds=_kinds(fitted_to, start=start))
    trials = [trial for _, log in fitted_to for trial in edge_trials(log, parameters=candidate)]
    edges = fit_edge_weights(trials, parameters=candidate)
    candidate = replace(candidate, doubt=edges.doubt, credit=edges.credit)
    candidate = _search(candidate, fitted_to)
    before, after = (losses(held_out, parameters=one) for one in (start, candidate))
    loss_before, loss_after, margin = compare_losses(before, after)
    return Fitted(candidate, loss_before, loss_after, margin, len(logs), len(held_out), events, edges)


def deal(logs: Logs) -> tuple[Logs, Logs]:
    """Return the learners to fit to and those held out; the same for the same names.

    Examples
    --------
    >>> fitted_to, held_out = deal([(str(n), ()) for n in range(20)])
    >>> len(fitted_to), len(held_out)
    (16, 4)
    """
    order = sorted(logs, key=lambda row: (zlib.crc32(row[0].encode()), row[0]))
    return (
        [row for place, row in enumerate(order) if place % HELD_OUT],
        [row for place, row in enumerate(order) if not place % HELD_OUT],
    )


def losses(logs: Logs, *, parameters: Parameters) -> list[tuple[float, int]]:
    """Return each learner's summed loss and number of answers; what was set or concluded is no answer."""
    return [_loss(log, parameters=parameters) for _, log in logs]


def compare_losses(
    before: Sequence[tuple[float, int]], after: Sequence[tuple[float, int]]
) -> tuple[float, float, float]:
    """Return both losses an answer, and the standard error of their difference over learners.

    Examples
    --------
    >>> compare_losses([(2.0, 2), (2.0, 2)], [(1.0, 2), (1.0, 2)])
    (1.0, 0.5, 0.0)
    """
    answers = max(1, sum(count for _, count in before))
    gains = [one - other for (one, _), (other, _) in zip(before, after, strict=True)]
    mean = sum(gains) / len(gains)
    spread = sum((gain - mean) ** 2 for gain in gains) / max(1, len(gains) - 1)
    margin = math.sqrt(spread * len(gains)) / answers
    return sum(one for one, _ in before) / answers, sum(one for one, _ in after) / answers, margin


def _loss(log: Sequence[Observation], *, parameters: Parameters) -> tuple[float, int]:
    states: dict[str, ConceptState] = {}
    total, count = 0.0, 0
    for seen in log:
        if seen.kind.is_answer:
            expected = expected_score(states, seen, parameters=parameters)
            total -= seen.score * math.log(expected) + (1 - seen.score) * math.log(1 - expected)
            count += 1
        states.update(fold(states, seen, parameters=parameters))
    return total, count


def _kinds(logs: Logs, *, start: Parameters) -> Mapping[Kind, ItemKind]:
    kinds = dict(start.kinds)
    for kind, item in start.kinds.items():
        if not kind.is_answer:
            continue
        try:
            found = fit_densities(_chains(logs, kind=kind))
        except TooFewToFit:
            continue
        kinds[kind] = replace(
            item,
            guess=round(min(max(found.mean_not, 0.001), MAX_GUESS), 6),
            slip=round(min(max(1 - found.mean_mastered, 0.001), MAX_SLIP), 6),
            log_ratios=found.log_ratios,
        )
    return kinds


def _chains(logs: Logs, *, kind: Kind) -> list[list[float]]:
    """The scores of each learner on each concept, cut where much may have been forgotten in between."""
    chains: list[list[float]] = []
    for _, log in logs:
        current: dict[str, tuple[float, list[float]]] = {}
        for seen in log:
            if seen.kind is not kind:
                continue
            day = seen.at.timestamp() / 86400
            last = current.get(seen.concept)
            if last is None or day - last[0] > APART_DAYS:
                chains.append([])
                last = (day, chains[-1])
            last[1].append(seen.score)
            current[seen.concept] = (day, last[1])
    return chains


def _search(parameters: Parameters, logs: Logs) -> Parameters:
    best, lowest = parameters, _total(logs, parameters=parameters)
    for _ in range(PASSES):
        before = lowest
        for name in ("prior", "learning", "half_life_days"):
            for tried in _neighbours(best, name):
                loss = _total(logs, parameters=tried)
                if loss < lowest:
                    best, lowest = tried, loss
        if lowest >= before:
            break
    return best


def _total(logs: Logs, *, parameters: Parameters) -> float:
    return sum(loss for loss, _ in losses(logs, parameters=parameters))


def _neighbours(parameters: Parameters, name: str) -> list[Parameters]:
    low, high = BOUNDS[name]
    if name == "prior":
        high = min(high, parameters.taught)
    if name == "half_life_days":
        low, high = parameters.shortest_half_life_days, parameters.longest_half_life_days
    value = getattr(parameters, name)
    values = {round(min(max(value * factor, low), high), 6) for factor in FACTORS} - {value}
    return [replace(parameters, **{name: one}) for one in sorted(values)]
