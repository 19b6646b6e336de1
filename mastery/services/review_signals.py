"""What learners tell about a graph, for the queue in which people review it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from concepts.models import Subject
from concepts.reviewing import Gate, Outcome
from concepts.services.graphs_of import gating_graph
from mastery.models import EdgeOutcome
from mastery.services.gating import Progress, read_progress

# Whoever decides once in five seconds need not have every belief of a large class read anew each time.
KEPT_S = 60
KEPT_SUBJECTS = 8


class LearnerSignals:
    """The `ReviewSignals` that beliefs and outcomes give; who is held up may be told a minute late."""

    def learners_gated(
        self, subject_id: object, gates: Mapping[str, Gate], *, now: datetime
    ) -> dict[str, int]:
        """Count for each gate the enrolled learners whom it holds up."""
        if not gates:
            return {}
        subject = Subject.objects.get(pk=cast(uuid.UUID, subject_id))
        minute = int(now.timestamp() // KEPT_S)
        progress = _progress(subject.pk, subject.mastery_threshold, minute)
        learners = progress.towards(gating_graph(subject))
        return {key: learners.held_up_by(gate) for key, gate in gates.items()}

    def outcomes(self, subject_id: object) -> dict[str, Outcome]:
        """Return what was last found about the subject's edges, by edge id."""
        rows = EdgeOutcome.objects.filter(prerequisite__subject=cast(uuid.UUID, subject_id))
        return {str(row.prerequisite_id): row.as_outcome() for row in rows}


@lru_cache(maxsize=KEPT_SUBJECTS)
def _progress(subject_id: uuid.UUID, threshold: float, minute: int) -> Progress:
    """The threshold is only a part of the key; a decision on the graph leaves all of this as it is."""
    at = datetime.fromtimestamp(minute * KEPT_S, tz=UTC)
    return read_progress(Subject.objects.get(pk=subject_id), now=at)
