"""Reads the event log of an enrolment as the estimator does, each observation with its event."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping

from concepts.services.homes import Homes, homes_of
from mastery.models import Enrolment, MasteryEvent
from mastery.services.folding import observations_of
from mastery.tracing import Evidence

Counts = Callable[[MasteryEvent], bool]
Corrections = Mapping[uuid.UUID | None, MasteryEvent]


def read_log(
    enrolment: Enrolment, *, homes: Homes | None = None, counts: Counts = lambda event: True
) -> Iterator[Evidence]:
    """All that was observed, in order of time.

    A judgement that does not count gives way to the one that it corrected; an event with none is left out.
    """
    made = enrolment.events.filter(corrects__isnull=False).in_event_order()
    corrections = {event.corrects_id: event for event in made if counts(event)}
    first = enrolment.events.filter(corrects=None).in_event_order().iterator(chunk_size=2000)
    standing = (event for event in first if event.pk in corrections or counts(event))
    yield from evidence_of(standing, corrections, homes=homes or homes_of(enrolment.subject_id))


def evidence_of(
    events: Iterable[MasteryEvent], corrections: Corrections, *, homes: Homes
) -> Iterator[Evidence]:
    """Read events, each as its newest correction judges it."""
    for event in events:
        judged = corrections.get(event.pk)
        for seen in observations_of(event, homes=homes, corrected_by=judged):
            yield Evidence(str(event.pk), str((judged or event).pk), seen)
