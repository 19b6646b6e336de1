from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tutor.decisions import Action
from tutor.models import Decision
from tutor.services.mapping import State


class NamedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()


class NodeBeliefSerializer(serializers.Serializer[Any]):
    p = serializers.FloatField(min_value=0, max_value=1)
    low = serializers.FloatField(min_value=0, max_value=1, help_text="Nominal 80 % interval.")
    high = serializers.FloatField(min_value=0, max_value=1)
    points = serializers.FloatField(help_text="Rubric points that were judged, faded by time.")


class PlaceSerializer(serializers.Serializer[Any]):
    layer = serializers.IntegerField()
    order = serializers.IntegerField()
    x = serializers.FloatField(help_text="Grid units, like y: scale both to the space there is.")
    y = serializers.FloatField()


class MapNodeSerializer(NamedSerializer):
    summary = serializers.CharField()
    state = serializers.ChoiceField(choices=[(state.value, state.value) for state in State])
    belief = NodeBeliefSerializer()
    blocked_by = NamedSerializer(many=True, help_text="Its prerequisites that are not mastered.")
    begin_with = NamedSerializer(many=True, help_text="What to study first of all that is missing.")
    is_goal = serializers.BooleanField()
    is_needed = serializers.BooleanField(help_text="A goal, or something that a goal rests on.")
    is_stale = serializers.BooleanField(help_text="A source it rests on has changed.")
    tries = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    position = serializers.IntegerField()
    place = PlaceSerializer()


class MapEdgeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    prerequisite = serializers.UUIDField()
    dependent = serializers.UUIDField()
    confidence = serializers.FloatField()
    gates = serializers.BooleanField(help_text="Whether it may lock its dependent.")
    is_redundant = serializers.BooleanField(help_text="Follows from others; not drawn.")
    route = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="Corners (x, y) in grid units.",
    )


class ConceptMapSerializer(serializers.Serializer[Any]):
    """A learner's concept map; nodes in teaching order."""

    enrolment = serializers.UUIDField()
    subject = serializers.UUIDField()
    revision = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Concepts in each state.")
    width = serializers.FloatField()
    height = serializers.FloatField()
    nodes = MapNodeSerializer(many=True)
    edges = MapEdgeSerializer(many=True)


class CandidateSerializer(serializers.Serializer[Any]):
    concept = serializers.UUIDField()
    name = serializers.CharField()
    action = serializers.CharField()
    score = serializers.FloatField()
    parts = serializers.DictField(child=serializers.FloatField())
    reasons = serializers.ListField(child=serializers.CharField())


class LockedSerializer(serializers.Serializer[Any]):
    concept = serializers.UUIDField()
    name = serializers.CharField()
    waits_for = serializers.ListField(child=serializers.UUIDField())
    reason = serializers.CharField()


class NextSerializer(serializers.Serializer[Decision]):
    """What comes next and why: the frontier with scores, what is locked, what would change it."""

    id = serializers.UUIDField()
    enrolment = serializers.UUIDField(source="enrolment_id")
    created_at = serializers.DateTimeField()
    as_of = serializers.DateTimeField(source="record.as_of")
    action = serializers.ChoiceField(
        source="record.action", choices=[(action.value, action.value) for action in Action]
    )
    concept = NamedSerializer(allow_null=True)
    reason = serializers.CharField(source="record.reason")
    frontier = CandidateSerializer(source="record.frontier", many=True)
    locked = LockedSerializer(source="record.locked", many=True)
    changes = serializers.ListField(source="record.changes", child=serializers.CharField())
    left_out = serializers.ListField(
        source="record.left_out", child=serializers.CharField(), help_text="Ready, but no goal needs it."
    )
    policy = serializers.CharField(source="record.policy")
    weights = serializers.DictField(source="record.weights", child=serializers.FloatField())
    basis = serializers.DictField(source="record.basis", help_text="What the decision rests on.")
