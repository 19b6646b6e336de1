from __future__ import annotations

from rest_framework import serializers

from jobs.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "state",
            "stage",
            "done",
            "total",
            "message",
            "result",
            "error",
            "attempt",
            "cancel_requested",
            "created_at",
            "started_at",
            "ended_at",
        ]
        read_only_fields = fields
