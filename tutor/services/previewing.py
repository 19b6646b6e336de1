"""Foretells what publishing a draft would change for each learner of its subject.

The draft is carried out by the very edits that publishing makes, in a transaction that is rolled back, and
graph, beliefs and goals are read on both sides of it. The outlooks are worked out afterwards, so that the
graph is locked only while rows are read and written.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from statistics import fmean

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from concepts.errors import CommandDoesNotFit
from concepts.models import GraphDraft, Subject
from concepts.services.compiled_graphs import GatingGraph, read_gating
from concepts.services.drafting import carried_out, check_open
from mastery.models import Enrolment
from mastery.parameters import Parameters
from mastery.services.experimenting import threshold_of, treatment_of
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.surveying import StandingReader, Survey, goals_of, survey
from tutor.decisions import Action, Standing, Weights
from tutor.outlooks import ASPECTS, Outlook, changed_aspects, outlook_on
from tutor.services.arms import weights_for
from tutor.services.choosing import as_seen, recent_actions_of, situation_on


@dataclass(frozen=True, slots=True)
class Named:
    """A concept by id, key and name."""

    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a draft changes for one learner."""

    enrolment: uuid.UUID
    learner: uuid.UUID
    learner_name: str
    before: Outlook
    after: Outlook
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What a draft changes for whom, on one revision of the graph as of one moment."""

    subject: uuid.UUID
    revision: int
    version: int
    as_of: datetime
    learners: int
    left_before: float
    left_after: float
    consequences: tuple[Consequence, ...]
    concepts: Mapping[str, Named]

    @property
    def changed(self) -> dict[str, int]:
        """For how many learners each aspect changes."""
        counted = Counter(aspect for one in self.consequences for aspect in one.changed)
        return {aspect: counted[aspect] for aspect in ASPECTS}

    @property
    def moves(self) -> list[tuple[str | None, str | None, int]]:
        """From which next concept to which, and how many learners; the most first."""
        counted = Counter(
            (one.before.concept, one.after.concept) for one in self.consequences if "next" in one.changed
        )
        in_order = sorted(counted.items(), key=lambda row: (-row[1], *map(self.name, row[0])))
        return [(before, after, learners) for (before, after), learners in in_order]

    def name(self, concept: str | None) -> str:
        """What to call a concept; nothing comes next where there is none."""
        return self.concepts[concept].name if concept else ""


def preview(draft: GraphDraft, *, now: datetime) -> Impact:
    """Work out what publishing ``draft`` would change for each active learner of its subject."""
    check_open(draft)
    enrolments = Enrolment.objects.filter(subject=draft.subject_id, learner__is_active=True)
    with transaction.atomic():
        subject = Subject.objects.select_for_update().get(pk=draft.subject_id)
        learners = list(enrolments.select_related("learner", "subject").order_by("pk"))
        recent = recent_actions_of(enrolments)
        before = _State.read(subject, enrolments)
        with carried_out(draft) as changed:
            after = _State.read(changed, enrolments)
    foresight = _Foresight(before, after, now=now, recent=recent, parameters=parameters_in_force(subject.pk))
    sides = [foresight.outlooks(one) for one in learners]
    affected = [
        Consequence(one.pk, one.learner_id, one.learner.get_username(), first, then, aspects)
        for one, (first, then) in zip(learners, sides, strict=True)
        if (aspects := changed_aspects(first, then))
    ]
    return Impact(
        subject=subject.pk,
        revision=subject.revision,
        version=draft.version,
        as_of=now,
        learners=len(learners),
        left_before=_mean_left(outlooks[0] for outlooks in sides),
        left_after=_mean_left(outlooks[1] for outlooks in sides),
        consequences=tuple(affected),
        concepts=_named(before.gating) | _named(after.gating),
    )


def try_preview(draft: GraphDraft, *, now: datetime) -> Impact | CommandDoesNotFit:
    """The preview, or the operation that does not fit the graph any more: for a page that shows either."""
    try:
        return preview(draft, now=now)
    except CommandDoesNotFit as misfit:
        return misfit


def named_for(user: User, impact: Impact) -> list[Consequence]:
    """The consequences for the learners whom ``user`` teaches; of all others only counts are told."""
    taught = set(
        Enrolment.objects.taught_by(user).filter(subject=impact.subject).values_list("pk", flat=True)
    )
    own = [one for one in impact.consequences if one.enrolment in taught]
    return sorted(own, key=lambda one: (one.learner_name, str(one.enrolment)))


@dataclass(frozen=True, slots=True)
class _State:
    """All that the outlooks of a subject's learners rest on."""

    gating: GatingGraph
    beliefs: Survey
    goals: Mapping[uuid.UUID, tuple[str, ...]]

    @classmethod
    def read(cls, subject: Subject, enrolments: QuerySet[Enrolment]) -> _State:
        return cls(read_gating(subject), survey(enrolments), goals_of(enrolments))

    def outlook(
        self,
        enrolment: uuid.UUID,
        *,
        standings: Mapping[str, Standing],
        recent: Sequence[Action],
        prior: float,
        weights: Weights,
    ) -> Outlook:
        goals = self.goals.get(enrolment, ())
        situation = situation_on(self.gating, standings=standings, goals=goals, recent=recent, prior=prior)
        return outlook_on(situation, weights=weights)


class _Foresight:
    """Works out both outlooks of one learner after another; what is alike on both sides only once.

    Where an experiment runs, each by the weights and the threshold of the learner's own arm.
    """

    def __init__(
        self,
        before: _State,
        after: _State,
        *,
        now: datetime,
        recent: Mapping[uuid.UUID, Sequence[Action]],
        parameters: Parameters,
    ) -> None:
        self.before, self.after, self.now, self.recent = before, after, now, recent
        self.parameters = parameters
        self._readers: dict[float, StandingReader] = {}
        self.is_same_graph = _look_alike(before.gating, after.gating)

    def outlooks(self, learner: Enrolment) -> tuple[Outlook, Outlook]:
        before, after, enrolment = self.before, self.after, learner.pk
        reader = self._reader(threshold_of(learner, now=self.now))
        look = partial(
            _State.outlook,
            enrolment=enrolment,
            recent=self.recent.get(enrolment, ()),
            prior=self.parameters.prior,
            weights=weights_for(treatment_of(learner, now=self.now)),
        )
        known, then_known = (side.beliefs.get(enrolment, {}) for side in (before, after))
        standings = as_seen(reader.standings(known))
        first = look(before, standings=standings)
        if then_known != known:
            standings = as_seen(reader.standings(then_known))
        elif self.is_same_graph and before.goals.get(enrolment) == after.goals.get(enrolment):
            return first, first
        return first, look(after, standings=standings)

    def _reader(self, threshold: float) -> StandingReader:
        if threshold not in self._readers:
            self._readers[threshold] = StandingReader(
                threshold=threshold, now=self.now, parameters=self.parameters
            )
        return self._readers[threshold]


def _look_alike(one: GatingGraph, other: GatingGraph) -> bool:
    """Whether two graphs are the same to the policy: concepts in teaching order, and the edges."""
    return list(one.graph) == list(other.graph) and one.graph.prerequisites.is_like(other.graph.prerequisites)


def _mean_left(outlooks: Iterable[Outlook]) -> float:
    left = [len(outlook.path) for outlook in outlooks]
    return round(fmean(left), 2) if left else 0.0


def _named(gating: GatingGraph) -> dict[str, Named]:
    return {concept: Named(concept, gating.keys[concept], name) for concept, name in gating.names.items()}
