"""What would be believed under another rule, graph, estimator or grader: the changes, and how they are read.

An edge counts where it stands in the record: each observation names the gating prerequisites of its day. An
edge that is added is read as if every observation of its dependent had named it, one that is removed as if
none had. Then doubt and credit flow, or do not flow, along it; and it opens or locks what comes next.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mastery.errors import OverridesNotUsable
from mastery.estimator import MasteryRule, is_mastered
from mastery.parameters import Parameters
from mastery.states import ConceptState, Observation

Link = tuple[str, str]
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.5, 0.999


@dataclass(frozen=True, slots=True)
class GraderName:
    """A grader, in one version or, without one, in all.

    Examples
    --------
    >>> GraderName.parse("ollama@qwen2.5:7b") == GraderName("ollama", "qwen2.5:7b")
    True
    >>> GraderName.parse("ollama").judged("ollama", version="any")
    True
    """

    grader: str
    version: str = ""

    @classmethod
    def parse(cls, text: str) -> GraderName:
        """Read ``grader`` or ``grader@version``."""
        grader, _, version = text.partition("@")
        return cls(grader, version)

    def judged(self, grader: str, *, version: str) -> bool:
        """Whether an event by this grader is meant."""
        return grader == self.grader and self.version in ("", version)

    def __str__(self) -> str:
        return f"{self.grader}@{self.version}" if self.version else self.grader


@dataclass(frozen=True, slots=True)
class Change:
    """What would be different.

    Attributes
    ----------
    threshold : float or None
        The belief from which a concept counts as mastered; None as it is.
    added, removed : frozenset of (str, str)
        Prerequisites by concept id: the first is required by the second.
    parameters : Parameters or None
        The estimator's; None as they are.
    without : frozenset of GraderName
        Whose judgements are left out.
    """

    threshold: float | None = None
    added: frozenset[Link] = frozenset()
    removed: frozenset[Link] = frozenset()
    parameters: Parameters | None = None
    without: frozenset[GraderName] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """Whether all stays as it is."""
        return self == Change()

    @property
    def moves_beliefs(self) -> bool:
        """Whether the record has to be folded anew; a threshold only reads beliefs otherwise."""
        return replace(self, threshold=None) != Change()

    def leaves_out(self, grader: str, *, version: str) -> bool:
        """Whether this grader's judgements are left out."""
        return any(name.judged(grader, version=version) for name in self.without)

    def read(self, observation: Observation) -> Observation:
        """Return an observation as it would have been under the changed edges.

        Examples
        --------
        >>> from datetime import UTC
        >>> from mastery.parameters import Kind
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> seen = Observation("tides", Kind.CLOZE, 1.0, noon, prerequisites=("sun",))
        >>> Change(added=frozenset({("moon", "tides")})).read(seen).prerequisites
        ('moon', 'sun')
        """
        concept = observation.concept
        named = set(observation.prerequisites)
        named |= {below for below, above in self.added if above == concept}
        named -= {below for below, above in self.removed if above == concept}
        if named == set(observation.prerequisites):
            return observation
        return replace(observation, prerequisites=tuple(sorted(named)))


@dataclass(frozen=True, slots=True)
class Nodes:
    """How the concepts of a graph stand for one learner: mastered, or open to be learned."""

    mastered: frozenset[str]
    open: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one learner would gain and lose, as concept ids in order."""

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.gained, self.lost, self.opened, self.closed))


def nodes_of(
    states: Mapping[str, ConceptState],
    *,
    prerequisites: Mapping[str, Collection[str]],
    rule: MasteryRule,
    parameters: Parameters,
    now: datetime,
) -> Nodes:
    """Return what is mastered and what is open (not mastered, with all its prerequisites mastered).

    Parameters
    ----------
    states : mapping of str to ConceptState
    prerequisites : mapping of str to collection of str
        Of every concept of the graph those that gate it.
    rule : MasteryRule
    parameters : Parameters
    now : datetime
        Aware.
    """
    mastered = frozenset(
        concept
        for concept, state in states.items()
        if concept in prerequisites and is_mastered(state, rule=rule, parameters=parameters, now=now)
    )
    ready = (
        concept
        for concept, below in prerequisites.items()
        if concept not in mastered and mastered.issuperset(below)
    )
    return Nodes(mastered, frozenset(ready))


def difference(before: Nodes, after: Nodes) -> Difference:
    """Compare; what is opened only because it is no longer mastered is lost, not opened, and the reverse.

    Examples
    --------
    >>> first, then = Nodes(frozenset("a"), frozenset("b")), Nodes(frozenset(), frozenset("a"))
    >>> difference(first, then)
    Difference(gained=(), lost=('a',), opened=(), closed=('b',))
    """
    gained, lost = after.mastered - before.mastered, before.mastered - after.mastered
    return Difference(
        gained=tuple(sorted(gained)),
        lost=tuple(sorted(lost)),
        opened=tuple(sorted(after.open - before.open - lost)),
        closed=tuple(sorted(before.open - after.open - gained)),
    )


def with_overrides(parameters: Parameters, overrides: object) -> Parameters:
    """Return parameters with some of their numbers replaced, each by one of its kind.

    Parameters
    ----------
    parameters : Parameters
    overrides : object
        What was read from JSON: an object with some of the names of `Parameters.as_dict`, nested like it.

    Raises
    ------
    OverridesNotUsable
        If a name is unknown or its value of another kind.
    ParameterOutOfBounds

    Examples
    --------
    >>> with_overrides(Parameters(), {"doubt": 4, "kinds": {"cloze": {"guess": 0.2}}}).doubt
    4.0
    >>> with_overrides(Parameters(), {"kindness": 1})
    Traceback (most recent call last):
        ...
    mastery.errors.OverridesNotUsable: These parameters cannot be tried: there is no parameter kindness. ...
    """
    try:
        return Parameters.from_dict(_overridden(parameters.as_dict(), overrides, where=""))
    except (TypeError, ValueError, KeyError, OverflowError) as exc:
        raise OverridesNotUsable(str(exc)) from exc


def _overridden(known: Any, given: Any, *, where: str) -> Any:
    if isinstance(known, Mapping):
        if not isinstance(given, Mapping):
            raise OverridesNotUsable(f"{where or 'the whole'} is not an object")
        unknown = sorted(str(name) for name in given if name not in known)
        if unknown:
            # As it would be in JSON, so that half a character does not break the answer that names it.
            name = json.dumps(unknown[0][:80])[1:-1]
            raise OverridesNotUsable(f"there is no parameter {'.'.join(filter(None, (where, name)))}")
        return {
            name: _overridden(value, given[name], where=".".join(filter(None, (where, str(name)))))
            if name in given
            else value
            for name, value in known.items()
        }
    if isinstance(known, bool) or isinstance(given, bool):
        if not (isinstance(known, bool) and isinstance(given, bool)):
            raise OverridesNotUsable(f"{where} = {json.dumps(given)} is of another kind than {known}")
        return given
    if isinstance(known, int) and isinstance(given, int):
        return given
    if isinstance(known, float) and isinstance(given, int | float):
        return float(given)
    if type(known) is type(given):
        return given
    raise OverridesNotUsable(f"{where} = {json.dumps(given)} is of another kind than {known}")
