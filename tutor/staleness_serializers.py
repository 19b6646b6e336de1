from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ChangedSourceSerializer(serializers.Serializer[Any]):
    source_id = serializers.UUIDField()
    title = serializers.CharField()
    from_version = serializers.IntegerField(allow_null=True, help_text="Null: it is new.")
    to_version = serializers.IntegerField(allow_null=True, help_text="Null: it was taken away.")
    changed_at = serializers.DateTimeField(allow_null=True)
    unchanged = serializers.IntegerField(help_text="Passages that stand word for word in both.")
    removed = serializers.IntegerField(help_text="Passages that are no longer there.")
    added = serializers.IntegerField(help_text="Passages that nobody has drawn from yet.")


class StaleRowSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    what = serializers.CharField()
    status = serializers.CharField()


class StaleLessonsSerializer(serializers.Serializer[Any]):
    concept = serializers.UUIDField()
    name = serializers.CharField()
    lessons = serializers.IntegerField()
    learners = serializers.IntegerField(help_text="To how many they were shown.")


class RedrawnSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(allow_null=True)
    engine = serializers.CharField()
    scope = serializers.CharField(help_text="changes: only what rested on changed words; all: everything.")
    kept = serializers.IntegerField(help_text="Rows that it left as they were, unread.")
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    stale = serializers.IntegerField(help_text="Rows that it did not find again.")
    revision = serializers.IntegerField(allow_null=True)


class StalenessSerializer(serializers.Serializer[Any]):
    """Lists name the first 50 rows; counts are of all."""

    subject = serializers.UUIDField()
    is_clean = serializers.BooleanField()
    sources = ChangedSourceSerializer(many=True, help_text="That differ from what the graph was drawn from.")
    concepts = StaleRowSerializer(many=True)
    concept_count = serializers.IntegerField()
    prerequisites = StaleRowSerializer(many=True)
    prerequisite_count = serializers.IntegerField()
    lessons = StaleLessonsSerializer(many=True)
    lesson_count = serializers.IntegerField()
    learners_shown = serializers.IntegerField(help_text="Learners with such a lesson.")
    rubric_points = serializers.IntegerField()
    practice_items = serializers.IntegerField(help_text="Asked no more until they are prepared anew.")
    mastery_events = serializers.IntegerField(help_text="Judged by words that are gone; beliefs keep them.")
    learners_with_events = serializers.IntegerField()
    redrawn = RedrawnSerializer(allow_null=True, help_text="The last extraction.")
