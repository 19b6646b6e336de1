"""The numbers that the estimator uses: one versioned, bounded, hashed object, so that a belief can name them.

Where the defaults come from. The shape (soft evidence, forgetting toward the prior, doubt along edges) was
chosen on public data; the numbers here are defaults for explanations that nobody has graded yet, to be
refitted from a service's own events. They are set so that the following holds at the usual threshold of
0.9, for a learner of whom nothing is known but that the lesson was shown (belief 0.4):

========================================  ======  ======================
what the learner's own words showed       belief  mastered at 0.9?
========================================  ======  ======================
the only point of a rubric of one         0.80    no
the same once more                        0.96    yes
both points of a rubric of two            0.88    no
all points of a rubric of three           0.91    yes
three points of four                      0.74    no
the same once more                        0.92    yes
two points of three                       0.62    no, nor after the second
nothing                                   0.08    no
========================================  ======  ======================

Why one grade may be enough: three separate ideas, each in words that the grader found in the answer and not
in the lesson, are three pieces of evidence, and the model still leaves one chance in eleven of being wrong,
which forgetting, review and doubt from failures further up correct. Why one point is not enough: a single
idea is said by luck or by echo too often. Why ten are never needed: explanations are hard to guess (4 in
100), unlike choice items.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from mastery.errors import ParameterOutOfBounds

MAX_GUESS = 0.5
MAX_SLIP = 0.4
MOST_LOG_RATIO = 4.5


def _check(name: str, value: float, *, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ParameterOutOfBounds(name, value, low=low, high=high)


class Kind(StrEnum):
    """What a learner did that says something about mastery."""

    EXPLAIN_BACK = "explain_back"
    CLOZE = "cloze"
    CHOICE = "choice"
    SELF_REPORT = "self_report"
    PLACEMENT = "placement"
    OVERRIDE = "override"

    @property
    def is_answer(self) -> bool:
        """Whether a learner answered something; not what an educator set, or a placement concluded."""
        return self not in (Kind.OVERRIDE, Kind.PLACEMENT)


@dataclass(frozen=True, slots=True)
class ItemKind:
    """How one kind of item misleads.

    Attributes
    ----------
    guess : float
        Chance that someone who has not mastered the concept gives a good answer; at most 0.5.
    slip : float
        Chance that someone who has mastered it gives a bad one; at most 0.4. Since guess + slip < 1, a
        better score can never speak against mastery.
    follows_lesson : bool
        Whether the learner was taught just before.
    ceiling : float
        Belief above which answers of this kind do not carry: what one recognises, one need not be able to
        explain.
    log_ratios : tuple of float
        How much likelier scores are for someone who has mastered, in log odds, as
        `mastery.score_densities.fit_densities` finds them; never falling. Empty: by the formula of
        `mastery.estimator.likelihood_ratio`.
    """

    guess: float
    slip: float
    follows_lesson: bool
    ceiling: float = 1.0
    log_ratios: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check("guess", self.guess, low=0.001, high=MAX_GUESS)
        _check("slip", self.slip, low=0.001, high=MAX_SLIP)
        _check("ceiling", self.ceiling, low=0.5, high=1.0)
        lowest = -MOST_LOG_RATIO
        for one in self.log_ratios:
            _check("log_ratios", one, low=lowest, high=MOST_LOG_RATIO)
            lowest = one
        if self.log_ratios:
            _check("number of log_ratios", len(self.log_ratios), low=2, high=200)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data; without log ratios where there are none."""
        plain = asdict(self) | {"log_ratios": list(self.log_ratios)}
        return plain if self.log_ratios else {k: v for k, v in plain.items() if k != "log_ratios"}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ItemKind:
        """Read what `as_dict` wrote."""
        return cls(**{**data, "log_ratios": tuple(data.get("log_ratios", ()))})


DEFAULT_KINDS: Mapping[Kind, ItemKind] = MappingProxyType(
    {
        Kind.EXPLAIN_BACK: ItemKind(guess=0.04, slip=0.10, follows_lesson=True),
        Kind.CLOZE: ItemKind(guess=0.10, slip=0.15, follows_lesson=False, ceiling=0.85),
        Kind.CHOICE: ItemKind(guess=0.25, slip=0.10, follows_lesson=False, ceiling=0.85),
        Kind.SELF_REPORT: ItemKind(guess=0.40, slip=0.30, follows_lesson=False),
    }
)

BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "prior": (0.01, 0.6),
        "taught": (0.01, 0.8),
        "learning": (0.0, 1.0),
        "sharpness": (0.5, 6.0),
        "decay_power": (0.1, 2.0),
        "half_life_days": (1.0, 365.0),
        "shortest_half_life_days": (0.5, 30.0),
        "longest_half_life_days": (30.0, 3650.0),
        "spacing_gain": (0.0, 5.0),
        "doubt": (1.0, 20.0),
        "doubt_after": (1.0, 10.0),
        "most_doubt": (0.0, 10.0),
        "credit": (1.0, 3.0),
        "most_credit": (0.0, 2.0),
        "failing_score": (0.0, 0.6),
        "passing_score": (0.4, 1.0),
        "spread": (0.1, 5.0),
        "most_points": (1.0, 20.0),
        "override_trust": (0.6, 0.999),
        "override_points": (1.0, 20.0),
        "settled": (0.5, 0.999),
    }
)


@dataclass(frozen=True)
class Parameters:
    """Everything that the fold depends on beside the events.

    Attributes
    ----------
    prior : float
        Belief in a concept of which nothing is known; also what forgetting tends to.
    taught, learning : float
        A lesson moves belief by the share `learning` of the way toward `taught`, where it is lower. A
        lesson alone can thus never carry belief above `taught`: the rest must be shown.
    sharpness : float
        How much more likely good scores are in good answers than in bad ones; see
        `mastery.estimator.likelihood_ratio`.
    decay_power, half_life_days, shortest_half_life_days, longest_half_life_days : float
        Forgetting; see `mastery.estimator.retention`. The half-life is that of a belief after one success.
    spacing_gain : float
        By how much a success lengthens the half-life when everything was forgotten; nothing when it came at
        once.
    doubt, doubt_after, most_doubt : float
        From the `doubt_after`-th failure in a row on, each failure on a concept is this many times likelier
        if one of its gating prerequisites is missing. `most_doubt` bounds the sum, in log odds.
    credit, most_credit : float
        A pass is this many times likelier if no prerequisite is missing; `most_credit` bounds the sum, in
        log odds.
    failing_score, passing_score : float
        Below and from which an answer counts as a failure or as a pass, for these two and for `failures`.
    spread : float
        Standard deviation, in log odds, of a belief without evidence.
    most_points : float
        The rubric points of one answer that count as separate evidence, at most.
    override_trust, override_points : float
        How far an educator's word goes, and how many points of evidence it is worth.
    settled : float
        Belief from which the count of `tries` begins again.
    kinds : mapping of Kind to ItemKind

    Raises
    ------
    ParameterOutOfBounds

    Examples
    --------
    >>> Parameters().hash == Parameters(prior=0.25).hash
    True
    >>> Parameters(prior=0.9)
    Traceback (most recent call last):
        ...
    mastery.errors.ParameterOutOfBounds: The mastery parameter prior is 0.9; give a number from 0.01 to 0.6.
    """

    version: int = 1
    prior: float = 0.25
    taught: float = 0.5
    learning: float = 0.6
    sharpness: float = 2.0
    decay_power: float = 0.5
    half_life_days: float = 30.0
    shortest_half_life_days: float = 3.0
    longest_half_life_days: float = 365.0
    spacing_gain: float = 2.0
    doubt: float = 3.0
    doubt_after: int = 2
    most_doubt: float = 4.0
    credit: float = 1.5
    most_credit: float = 1.0
    failing_score: float = 0.5
    passing_score: float = 0.7
    spread: float = 1.5
    most_points: int = 6
    override_trust: float = 0.98
    override_points: float = 3.0
    settled: float = 0.9
    kinds: Mapping[Kind, ItemKind] = field(default_factory=lambda: DEFAULT_KINDS)

    def __post_init__(self) -> None:
        for name, (low, high) in BOUNDS.items():
            _check(name, getattr(self, name), low=low, high=high)
        _check("passing_score", self.passing_score, low=self.failing_score, high=1.0)
        _check("taught", self.taught, low=self.prior, high=0.8)
        shortest, longest = self.shortest_half_life_days, self.longest_half_life_days
        _check("half_life_days", self.half_life_days, low=shortest, high=longest)

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as plain JSON data, ready to be published."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "kinds"}
        return plain | {"kinds": {str(kind): item.as_dict() for kind, item in sorted(self.kinds.items())}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Parameters:
        """Read what `as_dict` wrote.

        Examples
        --------
        >>> Parameters.from_dict(Parameters(doubt=4.0).as_dict()) == Parameters(doubt=4.0)
        True
        """
        kinds = {Kind(name): ItemKind.from_dict(item) for name, item in data["kinds"].items()}
        return cls(**{name: value for name, value in data.items() if name != "kinds"}, kinds=kinds)

    @cached_property
    def hash(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the canonical JSON."""
        canonical = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]
