"""What goes into the estimator and what it keeps: observations, and the state of one concept of one
learner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mastery.errors import ObservationNotUsable, StateNotReadable
from mastery.parameters import Kind, Parameters

STATE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that a learner showed about one concept.

    Attributes
    ----------
    concept : str
    kind : Kind
    score : float
        0..1, the share of the rubric that was earned; for an override the belief the educator asks for,
        for a placement the belief that it came to.
    at : datetime
        Aware.
    points : int
        How many rubric points were judged.
    certainty : float
        0..1, how sure the grader is.
    prerequisites : tuple of str
        The gating prerequisites of the concept at that time.

    Raises
    ------
    ObservationNotUsable
    """

    concept: str
    kind: Kind
    score: float
    at: datetime
    points: int = 1
    certainty: float = 1.0
    prerequisites: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise ObservationNotUsable(f"the score is {self.score}, it must lie in 0..1.")
        if not 0 <= self.certainty <= 1:
            raise ObservationNotUsable(f"the certainty is {self.certainty}, it must lie in 0..1.")
        if self.points < 1:
            raise ObservationNotUsable(f"{self.points} rubric points were judged, at least one is needed.")
        if self.at.tzinfo is None:
            raise ObservationNotUsable(f"its time {self.at.isoformat()} has no time zone.")
        if self.concept in self.prerequisites:
            raise ObservationNotUsable(f"{self.concept} is named as its own prerequisite.")


class ConceptState(NamedTuple):
    """All that is kept about one concept of one learner.

    Attributes
    ----------
    p : float
        Belief right after the last direct observation.
    at : datetime or None
        When that was.
    shift : float
        Log odds that other concepts have added since.
    points : float
        Weight of the direct evidence, in rubric points, as of `at`.
    half_life_days : float
        How slowly the belief fades from `at` on.
    tries : int
        Direct observations since the belief last reached `settled`.
    failures : int
        Failures in a row.
    events : int
        Direct observations in all.
    """

    p: float
    half_life_days: float
    at: datetime | None = None
    shift: float = 0.0
    points: float = 0.0
    tries: int = 0
    failures: int = 0
    events: int = 0


def untouched(parameters: Parameters) -> ConceptState:
    """Return the state of a concept of which nothing is known."""
    return ConceptState(p=parameters.prior, half_life_days=parameters.half_life_days)


def state_to_dict(state: ConceptState) -> dict[str, Any]:
    """Return a state as plain JSON data.

    Examples
    --------
    >>> state_from_dict(state_to_dict(untouched(Parameters()))) == untouched(Parameters())
    True
    """
    return {
        "v": STATE_VERSION,
        "p": state.p,
        "half_life_days": state.half_life_days,
        "at": state.at.astimezone(UTC).isoformat(timespec="microseconds") if state.at else None,
        "shift": state.shift,
        "points": state.points,
        "tries": state.tries,
        "failures": state.failures,
        "events": state.events,
    }


def state_from_dict(data: Mapping[str, Any]) -> ConceptState:
    """Read what `state_to_dict` wrote.

    Raises
    ------
    StateNotReadable
        If another version of the estimator wrote it.
    """
    if data.get("v") != STATE_VERSION:
        raise StateNotReadable(data.get("v"))
    return ConceptState(
        p=float(data["p"]),
        half_life_days=float(data["half_life_days"]),
        at=datetime.fromisoformat(data["at"]) if data["at"] else None,
        shift=float(data["shift"]),
        points=float(data["points"]),
        tries=int(data["tries"]),
        failures=int(data["failures"]),
        events=int(data["events"]),
    )


def canonical_bytes(states: Mapping[str, ConceptState]) -> bytes:
    """Return the one way to write states down: sorted keys, no spaces, nine decimals.

    Examples
    --------
    >>> canonical_bytes({})
    b'{}'
    """
    plain = {key: state_to_dict(state) for key, state in states.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
