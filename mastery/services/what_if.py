"""Works out who would gain or lose which concepts under a change, and writes nothing."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Value

from accounts.models import User
from concepts.models import Subject
from concepts.services.compiled_graphs import GatingGraph, compiled_gating
from concepts.services.homes import Homes, homes_of
from graphs.compiled import compile_graph
from graphs.errors import PrerequisiteCycle
from mastery.errors import WhatIfNotPossible
from mastery.estimator import MasteryRule, fold
from mastery.models import Enrolment, MasteryEvent
from mastery.parameters import Parameters
from mastery.services.experimenting import treatment_of
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.reading import read_log
from mastery.states import ConceptState, state_from_dict
from mastery.what_if import (
    HIGHEST_THRESHOLD,
    LOWEST_THRESHOLD,
    Change,
    Difference,
    GraderName,
    Link,
    Nodes,
    difference,
    nodes_of,
    with_overrides,
)

LEARNERS_AT_ONCE = 200
Prerequisites = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Consequence:
    """What the change means for one learner; nameless where whoever asks does not teach them."""

    enrolment: uuid.UUID
    learner_name: str
    is_named: bool
    difference: Difference


@dataclass
class Tally:
    """Counts over all learners, as far as they were looked at."""

    learners: int = 0
    affected: int = 0
    by_concept: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, found: Difference) -> None:
        """Count one learner."""
        self.learners += 1
        self.affected += bool(found)
        for aspect in ASPECTS:
            self.by_concept.update((concept, aspect) for concept in getattr(found, aspect))

    def total(self, aspect: str) -> int:
        """How many nodes all learners together gain, lose, see opened or closed."""
        return sum(count for (_, one), count in self.by_concept.items() if one == aspect)


ASPECTS = ("gained", "lost", "opened", "closed")


def plan_change(
    subject: Subject,
    *,
    threshold: float | None = None,
    add: Iterable[Link] = (),
    remove: Iterable[Link] = (),
    overrides: object = None,
    without: Iterable[str] = (),
    parameters: Parameters | None = None,
) -> Change:
    """Read a change in words (concept keys, parameter names) against a subject, or refuse it.

    Raises `WhatIfNotPossible` for what the subject does not hold or holds already, or where nothing is
    changed; `OverridesNotUsable` and `ParameterOutOfBounds` for parameters. Circles are found by `Foresight`.
    """
    parameters = parameters or parameters_in_force(subject.pk)
    if threshold is not None and not LOWEST_THRESHOLD <= threshold <= HIGHEST_THRESHOLD:
        raise WhatIfNotPossible(f"a threshold lies from {LOWEST_THRESHOLD} to {HIGHEST_THRESHOLD}")
    gating = compiled_gating(subject)
    ids = {key: concept for concept, key in gating.keys.items()}
    added, removed = (_links(pairs, ids=ids) for pairs in (add, remove))
    for below, above in sorted(added):
        if below in gating.graph.prerequisites_of(above):
            raise WhatIfNotPossible(f"{gating.keys[above]} requires {gating.keys[below]} already")
    for below, above in sorted(removed):
        if below not in gating.graph.prerequisites_of(above):
            raise WhatIfNotPossible(
                f"nothing that gates says that {gating.keys[above]} requires {gating.keys[below]}"
            )
    tried = None if overrides is None else with_overrides(parameters, overrides)
    change = Change(
        threshold=None if threshold == subject.mastery_threshold else threshold,
        added=added,
        removed=removed,
        parameters=None if tried == parameters else tried,
        without=frozenset(map(GraderName.parse, without)),
    )
    if change.is_nothing:
        raise WhatIfNotPossible("nothing would be different")
    return change


def _links(pairs: Iterable[Link], *, ids: Mapping[str, str]) -> frozenset[Link]:
    found = set()
    for pair in pairs:
        for key in pair:
            if key not in ids:
                raise WhatIfNotPossible(f"no published concept has the key {key}")
        below, above = (ids[key] for key in pair)
        if below == above:
            raise WhatIfNotPossible(f"{pair[0]} cannot require itself")
        found.add((below, above))
    return frozenset(found)


class Foresight:
    """Holds a change against one learner after another; what is kept grows with the graph, not with them.

    Examples of use: ``for one in foresight.consequences(user): ...``, and then ``foresight.tally``.
    """

    def __init__(
        self, subject: Subject, change: Change, *, now: datetime, parameters: Parameters | None = None
    ) -> None:
        parameters = parameters or parameters_in_force(subject.pk)
        self.subject, self.change, self.now = subject, change, now
        self.gating = compiled_gating(subject)
        self.tally = Tally()
        self._homes = homes_of(subject.pk)
        self._before = _Reader(_prerequisites(self.gating), subject.mastery_threshold, parameters, now)
        threshold = change.threshold if change.threshold is not None else subject.mastery_threshold
        self._after = _Reader(
            _prerequisites(self.gating, change=change), threshold, change.parameters or parameters, now
        )

    def consequences(self, user: User | None = None) -> Iterator[Consequence]:
        """Yield whoever is affected, and count all; without a user everybody is named."""
        self.tally = Tally()
        for enrolment in self._learners(user).iterator(chunk_size=LEARNERS_AT_ONCE):
            found = self._difference(enrolment)
            self.tally.add(found)
            if found:
                named = bool(getattr(enrolment, "is_named", False))
                name = enrolment.learner.get_username() if named else ""
                yield Consequence(enrolment.pk, name, named, found)

    def _learners(self, user: User | None) -> QuerySet[Enrolment]:
        learners = Enrolment.objects.filter(
            subject=self.subject, learner__is_active=True, forgotten_at=None
        ).select_related("learner")
        if user is None:
            return learners.annotate(is_named=Value(value=True)).order_by("pk")
        taught = Enrolment.objects.taught_by(user).filter(pk=OuterRef("pk"))
        return learners.annotate(is_named=Exists(taught)).order_by("pk")

    def _difference(self, enrolment: Enrolment) -> Difference:
        stored = enrolment.beliefs.order_by().values_list("concept_id", "state")
        known = {str(concept): state_from_dict(state) for concept, state in stored}
        then = known
        if self.change.moves_beliefs:
            then = _fold_changed(enrolment, self.change, homes=self._homes, parameters=self._after.parameters)
        before, after = self._before, self._after
        treatment = treatment_of(enrolment, now=self.now)
        if treatment and treatment.arm.mastery_threshold:  # which the subject's own does not touch
            before = replace(before, threshold=treatment.arm.mastery_threshold)
            after = replace(after, threshold=treatment.arm.mastery_threshold)
        return difference(before.nodes(known), after.nodes(then))


@dataclass(frozen=True, slots=True)
class _Reader:
    prerequisites: Prerequisites
    threshold: float
    parameters: Parameters
    now: datetime

    def nodes(self, states: Mapping[str, ConceptState]) -> Nodes:
        return nodes_of(
            states,
            prerequisites=self.prerequisites,
            rule=MasteryRule.at(self.threshold),
            parameters=self.parameters,
            now=self.now,
        )


def _prerequisites(gating: GatingGraph, *, change: Change | None = None) -> Prerequisites:
    graph = gating.graph
    edges = {(below, above) for above in graph for below in graph.prerequisites_of(above)}
    if change and (change.added or change.removed):
        try:
            graph = compile_graph(graph, edges=sorted((edges | change.added) - change.removed))
        except PrerequisiteCycle as cycle:
            raise cycle.named(gating.names) from None
    return {concept: tuple(graph.prerequisites_of(concept)) for concept in graph}


def _fold_changed(
    enrolment: Enrolment, change: Change, *, homes: Homes, parameters: Parameters
) -> dict[str, ConceptState]:
    """Fold the log as it would be read."""

    def counts(event: MasteryEvent) -> bool:
        return not change.leaves_out(event.grader, version=event.grader_version)

    states: dict[str, ConceptState] = {}
    for one in read_log(enrolment, homes=homes, counts=counts):
        states.update(fold(states, change.read(one.observation), parameters=parameters))
    return states
