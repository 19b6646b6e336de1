"""Where what learners showed of a concept counts, since concepts were merged and split.

The record of what was shown never changes; it is read through this table.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from concepts.models import Concept, PointHome


@dataclass(frozen=True, slots=True)
class Homes:
    """The move table of one subject, by ids as text.

    Attributes
    ----------
    merged
        The concept that each merged concept went into.
    points
        The concept of each rubric point that a split moved.
    """

    merged: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)

    def of_concept(self, concept: str) -> str:
        """The concept that stands for ``concept`` now, through however many merges."""
        while concept in self.merged:
            concept = self.merged[concept]
        return concept

    def of_point(self, point: str, *, concept: str) -> str:
        """The concept that a point of ``concept``'s rubric speaks for now."""
        return self.of_concept(self.points.get(point, concept))


def homes_of(subject: uuid.UUID) -> Homes:
    """Read the move table as it stands; never kept, because a stale one would misjudge a learner."""
    merged = Concept.objects.filter(subject=subject, merged_into__isnull=False).order_by()
    points = PointHome.objects.filter(subject=subject).order_by()
    return Homes(
        {str(concept): str(home) for concept, home in merged.values_list("pk", "merged_into_id")},
        {str(point): str(home) for point, home in points.values_list("point", "concept_id")},
    )
