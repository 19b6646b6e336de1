from __future__ import annotations

from typing import Any

from rest_framework import serializers

from mastery.models import Experiment


class ExperimentSerializer(serializers.ModelSerializer[Experiment]):
    """A registered plan; only the command `register_experiment` makes one."""

    subject_key = serializers.CharField(source="subject.key", read_only=True)

    class Meta:
        model = Experiment
        fields = [
            "id",
            "key",
            "subject",
            "subject_key",
            "plan",
            "plan_hash",
            "starts_at",
            "ends_at",
            "registered_at",
        ]
        read_only_fields = fields


class ComparedSerializer(serializers.Serializer[Any]):
    """A value with its 95 % interval, and how that was found."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    method = serializers.CharField()


class ArmResultSerializer(serializers.Serializer[Any]):
    arm = serializers.CharField()
    assigned = serializers.IntegerField()
    counted = serializers.IntegerField(help_text="Of those assigned, who have a value.")
    mean = ComparedSerializer()
    difference = ComparedSerializer(allow_null=True, help_text="From the first arm.")


class OutcomeResultSerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField()
    arms = ArmResultSerializer(many=True)


class RecallSerializer(serializers.Serializer[Any]):
    """Delayed recall; those who came back are the denominator."""

    delay_days = serializers.IntegerField()
    due = serializers.IntegerField()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    spoiled = serializers.IntegerField(help_text="Answered after a lesson in between: not counted.")
    recalled = serializers.IntegerField()
    came_back = ComparedSerializer(help_text="Answered, of those due.")
    recall = ComparedSerializer(help_text="Recalled, of those answered.")


class ArmRecallSerializer(serializers.Serializer[Any]):
    arm = serializers.CharField()
    recall = RecallSerializer()


class AnalysisSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    hypothesis = serializers.CharField()
    plan_hash = serializers.CharField()
    as_of = serializers.DateTimeField()
    is_final = serializers.BooleanField(help_text="False: a look ahead of the end, not for decisions.")
    sample_size = serializers.IntegerField()
    assigned = serializers.IntegerField()
    outcomes = OutcomeResultSerializer(many=True)
    recall = ArmRecallSerializer(many=True)


class CalibratedSerializer(serializers.Serializer[Any]):
    group = serializers.CharField()
    answers = serializers.IntegerField()
    learners = serializers.IntegerField()
    predicted = serializers.FloatField()
    observed = serializers.FloatField()
    gap = ComparedSerializer(help_text="Observed less predicted.")
    brier = serializers.FloatField()
    drifts = serializers.BooleanField(help_text="The interval of the gap leaves out zero.")


class CalibrationSerializer(serializers.Serializer[Any]):
    overall = CalibratedSerializer(allow_null=True)
    calibration_error = serializers.FloatField(allow_null=True)
    log_loss = serializers.FloatField(allow_null=True)
    bins = CalibratedSerializer(many=True)
    concepts = CalibratedSerializer(many=True)
    engines = CalibratedSerializer(many=True)
    windows = CalibratedSerializer(many=True)
