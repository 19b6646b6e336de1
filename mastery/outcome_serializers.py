from __future__ import annotations

from typing import Any

from rest_framework import serializers

from mastery.models import EdgeOutcome
from mastery.services.edge_outcomes import FIELDS


class WeighingRequestSerializer(serializers.Serializer[Any]):
    subject = serializers.UUIDField()


class EdgeOutcomeSerializer(serializers.ModelSerializer[EdgeOutcome]):
    """First tries at the dependent, with the prerequisite mastered just before and without."""

    prerequisite_key = serializers.CharField(source="prerequisite.prerequisite.key", read_only=True)
    dependent_key = serializers.CharField(source="prerequisite.dependent.key", read_only=True)

    class Meta:
        model = EdgeOutcome
        fields = [
            "id",
            "prerequisite",
            "prerequisite_key",
            "dependent_key",
            *FIELDS,
        ]
        extra_kwargs = {"prerequisite": {"help_text": "Id of the edge."}}
