"""JSON: what a subject's goals are expected to cost a learner."""

from __future__ import annotations

import uuid
from typing import cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from concepts.models import Subject
from concepts.permissions import check_may_see_all
from jobs.serializers import JobSerializer
from jobs.views import accepted
from tutor.effort_serializers import ForesightSerializer
from tutor.services.foreseeing import latest_foresight, request_foresight


class EffortView(APIView):
    """Expected lessons and checks for each goal, for who keeps or studies the subject."""

    @extend_schema(responses=ForesightSerializer, operation_id="subjects_effort_retrieve")
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The latest forecast: median and the range of four of five simulated learners."""
        return Response(ForesightSerializer(latest_foresight(_subject(request, pk))).data)

    @extend_schema(request=None, responses={202: JobSerializer}, operation_id="subjects_effort_create")
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Simulate learners on the graph as it is now; the job tells how far it is."""
        subject = _subject(request, pk)
        key = request.headers.get("Idempotency-Key", "")
        job = request_foresight(subject, requested_by=cast(User, request.user), idempotency_key=key)
        return accepted(job)


def _subject(request: Request, pk: uuid.UUID) -> Subject:
    subject = get_object_or_404(Subject.objects.visible_to(request.user), pk=pk)
    check_may_see_all(cast(User, request.user), subject)
    return subject
