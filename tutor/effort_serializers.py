from __future__ import annotations

from typing import Any

from rest_framework import serializers


class SpreadSerializer(serializers.Serializer[Any]):
    median = serializers.FloatField()
    low = serializers.FloatField(help_text="One simulated learner in ten needs less.")
    high = serializers.FloatField(help_text="One simulated learner in ten needs more.")


class GoalEffortSerializer(serializers.Serializer[Any]):
    goal = serializers.UUIDField(help_text="Id of the concept.")
    key = serializers.CharField()
    name = serializers.CharField()
    needs = serializers.IntegerField(help_text="How many concepts it rests on, itself among them.")
    lessons = SpreadSerializer(help_text="Lessons, each with its explanation.")
    checks = SpreadSerializer(help_text="Questions without a lesson: placement, reviews, re-checks.")
    finished = serializers.FloatField(help_text="Share of simulated learners brought to the end, 0..1.")


class ForesightSerializer(serializers.Serializer[Any]):
    """What learners are expected to need, by simulation; without a forecast no goals."""

    goals = GoalEffortSerializer(many=True)
    learners = serializers.IntegerField(help_text="Simulated for each goal.")
    revision = serializers.IntegerField(allow_null=True)
    is_current = serializers.BooleanField(help_text="Whether the graph is still the one that was simulated.")
    as_of = serializers.DateTimeField(allow_null=True)
