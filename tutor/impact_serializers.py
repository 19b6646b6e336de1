"""What a draft would change, in JSON: names of one's own learners, counts of all."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tutor.map_serializers import NamedSerializer
from tutor.outlooks import ASPECTS


class MoveSerializer(serializers.Serializer[Any]):
    before = NamedSerializer(allow_null=True)
    after = NamedSerializer(allow_null=True)
    learners = serializers.IntegerField()


class ConsequenceSerializer(serializers.Serializer[Any]):
    enrolment = serializers.UUIDField()
    learner = serializers.UUIDField()
    learner_name = serializers.CharField()
    changed = serializers.ListField(child=serializers.ChoiceField(choices=list(ASPECTS)))
    action_before = serializers.CharField(help_text="Teach, review, remediate, done or nothing.")
    action_after = serializers.CharField()
    next_before = NamedSerializer(allow_null=True)
    next_after = NamedSerializer(allow_null=True)
    unlocked = NamedSerializer(many=True, help_text="Locked before, open after.")
    locked = NamedSerializer(many=True, help_text="Open before, locked after.")
    mastery_gained = NamedSerializer(many=True)
    mastery_lost = NamedSerializer(
        many=True, help_text="Mastered before, and no longer taught or no longer mastered after."
    )
    goals_lost = NamedSerializer(many=True)
    path_added = NamedSerializer(many=True, help_text="Needed for the goals only after.")
    path_dropped = NamedSerializer(many=True, help_text="Needed for the goals only before.")
    left_before = serializers.IntegerField(help_text="Concepts left until the goals are mastered.")
    left_after = serializers.IntegerField()


class ImpactSerializer(serializers.Serializer[Any]):
    draft = serializers.UUIDField()
    version = serializers.IntegerField(help_text="Of the draft that was looked at.")
    revision = serializers.IntegerField(help_text="Of the graph that it was tried on.")
    as_of = serializers.DateTimeField()
    learners = serializers.IntegerField(help_text="Active learners of the subject.")
    affected = serializers.IntegerField(help_text="For how many of them anything changes.")
    changed = serializers.DictField(
        child=serializers.IntegerField(), help_text="For how many learners each aspect changes."
    )
    moves = MoveSerializer(many=True, help_text="From which next concept to which, and for how many.")
    left_before = serializers.FloatField(help_text="Concepts left until the goals, in the mean.")
    left_after = serializers.FloatField()
    named = ConsequenceSerializer(many=True, help_text="The learners whom you teach.")
    unnamed = serializers.IntegerField(help_text="Affected learners whom you do not teach.")
