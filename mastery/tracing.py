"""Why a belief is what it is: every event that moved it, and by how much.

The moves of one concept add up: the prior, plus what each event moved, less what was forgotten between them
and since, is the belief at the moment asked for. Nothing is attributed by a model of its own; each amount is
the difference that the estimator's fold made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mastery.estimator import Estimate, believed, estimate, fold
from mastery.parameters import Parameters
from mastery.states import ConceptState, Observation, untouched


@dataclass(frozen=True, slots=True)
class Evidence:
    """An observation, the event that it was read from, and the one by which it was judged.

    Attributes
    ----------
    event, judged_by : str
        The same, unless a correction is read in the event's place.
    observation : Observation
    """

    event: str
    judged_by: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class Move:
    """What one event did to the belief in one concept.

    Attributes
    ----------
    evidence : Evidence
        Of another concept, where this one is a prerequisite that it cast doubt on or gave credit to.
    forgotten : float
        What had gone since the move before; 0 or more.
    before, after : float
        The belief at the time of the event, without it and with it.
    """

    evidence: Evidence
    forgotten: float
    before: float
    after: float

    @property
    def amount(self) -> float:
        """What the event added, or took away."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Trace:
    """How the belief in one concept came about.

    Attributes
    ----------
    start : float
        The belief before anything was known.
    moves : tuple of Move
        In order of time.
    forgotten : float
        What has gone since the last move.
    state : ConceptState
    estimate : Estimate
        As of the moment asked for.
    """

    start: float
    moves: tuple[Move, ...]
    forgotten: float
    state: ConceptState
    estimate: Estimate


def trace_beliefs(evidence: Iterable[Evidence], *, parameters: Parameters, now: datetime) -> dict[str, Trace]:
    """Fold evidence from nothing and keep what each piece of it moved.

    Parameters
    ----------
    evidence : iterable of Evidence
        In order of time.
    parameters : Parameters
    now : datetime
        Aware, and not before the last observation.

    Returns
    -------
    dict of str to Trace
        By concept; one that nothing touched is absent.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from mastery.parameters import Kind
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> seen = Evidence("e", "e", Observation("tides", Kind.EXPLAIN_BACK, 1.0, noon, points=3))
    >>> tides = trace_beliefs([seen], parameters=Parameters(), now=noon + timedelta(days=30))["tides"]
    >>> round(tides.start, 2), round(tides.moves[0].amount, 2), tides.forgotten > 0
    (0.25, 0.66, True)
    >>> abs(tides.start + tides.moves[0].amount - tides.forgotten - tides.estimate.p) < 1e-12
    True
    """
    nothing = untouched(parameters)
    start = believed(nothing, parameters=parameters, now=None)
    states: dict[str, ConceptState] = {}
    moves: dict[str, list[Move]] = {}
    for one in evidence:
        at = one.observation.at
        for concept, after in fold(states, one.observation, parameters=parameters).items():
            before = believed(states.get(concept, nothing), parameters=parameters, now=at)
            last = moves[concept][-1].after if concept in moves else start
            moved = Move(one, last - before, before, believed(after, parameters=parameters, now=at))
            moves.setdefault(concept, []).append(moved)
            states[concept] = after
    found = {}
    for concept, state in states.items():
        shown = estimate(state, parameters=parameters, now=now)
        made = tuple(moves[concept])
        found[concept] = Trace(start, made, made[-1].after - shown.p, state, shown)
    return found
