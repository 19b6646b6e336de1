"""JSON: a recall probe, which asks without teaching."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mastery.models import Enrolment
from tutor.services.recall_probes import ask_due_probe


class ProbeSerializer(serializers.Serializer[Any]):
    """What is asked; hand the answer in as an attempt at the lesson, or practise the concept without one."""

    concept = serializers.UUIDField(source="probe.concept_id")
    delay_days = serializers.IntegerField(source="probe.delay_days")
    asked_at = serializers.DateTimeField(source="probe.asked_at")
    closes_at = serializers.DateTimeField(
        source="probe.closes_at", help_text="A later answer does not count."
    )
    lesson = serializers.UUIDField(source="lesson.pk", allow_null=True, default=None)
    question = serializers.CharField(source="lesson.question", allow_null=True, default=None)


class ProbeView(APIView):
    """The recall probe that is due for one's own enrolment."""

    @extend_schema(request=None, responses=ProbeSerializer, operation_id="enrolments_probe_create")
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Ask it; from now on it counts as asked, and asking again changes nothing."""
        own = Enrolment.objects.select_related("subject").filter(learner=request.user.pk)
        asked = ask_due_probe(get_object_or_404(own, pk=pk), now=timezone.now())
        return Response(ProbeSerializer(asked).data)
