from __future__ import annotations

from typing import Any

from rest_framework import serializers

from concepts.models import Concept


class PathConceptSerializer(serializers.ModelSerializer[Concept]):
    class Meta:
        model = Concept
        fields = ["id", "key", "name"]
        read_only_fields = fields


class PathStepSerializer(serializers.Serializer[Any]):
    concept = PathConceptSerializer()
    is_goal = serializers.BooleanField()
    is_ready = serializers.BooleanField(help_text="Everything it rests on is mastered.")
    waits_for = PathConceptSerializer(many=True, help_text="Its unmastered prerequisites.")


class LearningPathSerializer(serializers.Serializer[Any]):
    """What is left to be mastered on the way to the goals, each step after what it rests on."""

    steps = PathStepSerializer(many=True)
    goals_reached = PathConceptSerializer(many=True)
    goals_withdrawn = PathConceptSerializer(
        many=True, help_text="Goals that are no longer published; choose others."
    )
