"""What learners tell about a graph, for the queue in which people review it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from concepts.models import Subject
from concepts.reviewing import Gate, Outcome
from mastery.models import EdgeOutcome
from mastery.services.gating import learners_gated


class LearnerSignals:
    """The `ReviewSignals` that beliefs and outcomes give."""

    def learners_gated(
        self, subject_id: object, gates: Mapping[str, Gate], *, now: datetime
    ) -> dict[str, int]:
        """Count for each gate the enrolled learners whom it holds up."""
        subject = Subject.objects.get(pk=cast(uuid.UUID, subject_id))
        return learners_gated(subject, gates, now=now)

    def outcomes(self, subject_id: object) -> dict[str, Outcome]:
        """Return what was last found about the subject's edges, by edge id."""
        rows = EdgeOutcome.objects.filter(prerequisite__subject=cast(uuid.UUID, subject_id))
        return {str(row.prerequisite_id): row.as_outcome() for row in rows}
