"""Lets goals and beliefs go along when concepts are merged or split."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from concepts.models import Concept
from concepts.services.following import GraphFollower
from concepts.services.homes import homes_of
from concepts.services.journalling import Journal
from mastery.models import Belief, Enrolment, MasteryEvent, ReviewCard
from mastery.services.folding import fold_log, rewrite


class MasteryFollower(GraphFollower):
    """What this room keeps about concepts: whose goal they are, and what is believed of each."""

    computed = (Belief, ReviewCard)

    def needed(self, concepts: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Those that gated an answer: its event names them, and doubt may fall on them in every replay."""
        wanted = {str(concept): concept for concept in concepts}
        subjects = Concept.objects.filter(pk__in=concepts).values("subject")
        events = MasteryEvent.objects.filter(enrolment__subject__in=subjects).order_by()
        named = events.values_list("prerequisites", flat=True).iterator(chunk_size=2000)
        return {wanted[key] for keys in named for key in keys if key in wanted}

    def merge(self, journal: Journal, *, source: Concept, target: Concept) -> None:
        """Whoever is after ``source`` is after ``target``."""
        goals = Enrolment.goals.through._base_manager
        there = set(goals.filter(concept_id=target.pk).values_list("enrolment_id", flat=True))
        rows = list(goals.filter(concept_id=source.pk).order_by("pk"))
        journal.delete(*(row for row in rows if row.enrolment_id in there))
        journal.change_all((row, {"concept": target}) for row in rows if row.enrolment_id not in there)

    def split(
        self, journal: Journal, *, source: Concept, target: Concept, points: Collection[uuid.UUID]
    ) -> None:
        """Whoever is after all of ``source`` is after both parts."""
        through = Enrolment.goals.through
        wanted = through._base_manager.filter(concept_id=source.pk).order_by("enrolment_id")
        after = wanted.values_list("enrolment_id", flat=True)
        journal.create(*(through(enrolment_id=enrolment, concept_id=target.pk) for enrolment in after))

    def rebuild(self, concepts: Collection[uuid.UUID], *, subject: uuid.UUID, moved_points: bool) -> None:
        """Fold the events of every learner with a belief in one of these concepts anew.

        Where single points moved, of every learner: a point may have been asked about another concept, whose
        lesson was merged and parted again.

        All enrolments of the subject are locked first: an event that is recorded at this moment is either
        seen here, or read through the new table afterwards.
        """
        enrolments = Enrolment.objects.filter(subject=subject).order_by("pk")
        locked = set(enrolments.select_for_update().values_list("pk", flat=True))
        homes = homes_of(subject)
        affected = locked if moved_points else _with_a_record(concepts)
        for enrolment in enrolments.filter(pk__in=affected & locked):
            rewrite(enrolment, fold_log(enrolment, homes=homes))


def _with_a_record(concepts: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The enrolments with a belief in one of these concepts, or an event on one."""
    beliefs = Belief.objects.filter(concept__in=concepts).values_list("enrolment_id", flat=True)
    events = MasteryEvent.objects.filter(concept__in=concepts).order_by()
    return {*beliefs.distinct(), *events.values_list("enrolment_id", flat=True).distinct()}
