"""Simulated learners over edges of which the truth is known: are true and false ones told apart?

Every learner has an ability. A concept is understood, with a chance that grows with ability, once everything
that it truly rests on is understood, and seldom before that. Learners try concepts in about the teaching
order, skip some, and explain each once or twice; what counts as mastered is folded from their answers by
the estimator itself. Three kinds of edge are asked about: true ones; *unrelated* false ones; and *siblings*,
false edges between two concepts that rest on the same third one, where mastery of one truly goes with success
at the other.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mastery.edge_outcomes import BANDS, EdgeKey, LoggedTry, Trial, Verdict, compare_edges, trials_of
from mastery.estimator import MasteryRule
from mastery.parameters import Kind, Parameters
from mastery.states import Observation

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
POINTS = 3
SKIPS = 0.15
TRIES_AGAIN = 0.5
SLIP, GUESS = 0.08, 0.05
# What is left of the chance to understand where something that it rests on is not understood.
WITHOUT = 0.3
KINDS = ("true", "unrelated", "siblings")


@dataclass(frozen=True, slots=True)
class SimulatedCourse:
    """Concepts in teaching order, what each truly rests on, and the edges that are asked about, by kind."""

    rests_on: Mapping[str, tuple[str, ...]]
    asked: Mapping[EdgeKey, str]


def measure_outcomes(
    *, learners: int, concepts: int = 30, seed: int, bands: int = BANDS
) -> Counter[tuple[str, str]]:
    """Return how often each kind of edge met each verdict in one simulated course.

    Examples
    --------
    >>> counted = measure_outcomes(learners=20, concepts=8, seed=1)
    >>> {kind for kind, _ in counted} <= set(KINDS)
    True
    """
    rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    course = draw_course(concepts, rng=rng)
    trials: dict[EdgeKey, list[Trial]] = defaultdict(list)
    prerequisites: dict[str, list[str]] = defaultdict(list)
    for first, last in course.asked:
        prerequisites[last].append(first)
    rule, parameters = MasteryRule.at(0.9), Parameters()
    for _ in range(learners):
        log = simulate_learner(course, rng=rng)
        found = trials_of(log, prerequisites=prerequisites, rule=rule, parameters=parameters)
        for edge, trial in found.items():
            trials[edge].append(trial)
    verdicts = {edge: one.verdict for edge, one in compare_edges(trials, bands=bands).items()}
    return Counter((kind, str(verdicts.get(edge, Verdict.CANNOT_SAY))) for edge, kind in course.asked.items())


def draw_course(concepts: int, *, rng: random.Random) -> SimulatedCourse:
    """Draw a course: each concept rests on up to two of the eight before it."""
    names = [f"c{number}" for number in range(concepts)]
    rests_on = {
        name: tuple(rng.sample(names[max(0, place - 8) : place], k=min(place, rng.choice((0, 1, 1, 2)))))
        for place, name in enumerate(names)
    }
    below = {name: _closure(name, rests_on) for name in names}
    asked: dict[EdgeKey, str] = {
        (first, last): "true" for last, firsts in rests_on.items() for first in firsts
    }
    pairs = [(a, b) for place, b in enumerate(names) for a in names[:place] if a not in below[b]]
    siblings = [(a, b) for a, b in pairs if set(rests_on[a]) & set(rests_on[b])]
    unrelated = [(a, b) for a, b in pairs if not (below[a] | {a}) & below[b]]
    for kind, found in (("siblings", siblings), ("unrelated", unrelated)):
        asked |= dict.fromkeys(rng.sample(found, k=min(len(found), concepts)), kind)
    return SimulatedCourse(rests_on, asked)


def simulate_learner(course: SimulatedCourse, *, rng: random.Random) -> list[LoggedTry]:
    """Draw one learner's tries in order of time."""
    ability = rng.gauss(0.4, 1.0)
    names = list(course.rests_on)
    order = sorted(names, key=lambda name: names.index(name) + rng.uniform(0, 6))
    understood: set[str] = set()
    log: list[LoggedTry] = []
    for concept in order:
        if rng.random() < SKIPS:
            continue
        for again in range(2):
            is_ready = understood.issuperset(course.rests_on[concept])
            chance = (1 / (1 + math.exp(-ability - 0.6 - again))) * (1 if is_ready else WITHOUT)
            if concept in understood or rng.random() < chance:
                understood.add(concept)
            is_good = rng.random() < (1 - SLIP if concept in understood else GUESS)
            log.append(_try(concept, score=1.0 if is_good else rng.choice((0.0, 1 / 3)), place=len(log)))
            if is_good or rng.random() > TRIES_AGAIN:
                break
    return log


def _try(concept: str, *, score: float, place: int) -> LoggedTry:
    at = START + place * timedelta(minutes=30)
    return LoggedTry(Observation(concept, Kind.EXPLAIN_BACK, score, at, points=POINTS))


def _closure(name: str, rests_on: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(rests_on[name])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(rests_on[one])
    return found
