"""JSON: the learning path of an enrolment."""

from __future__ import annotations

import uuid
from typing import cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from curriculum.serializers import LearningPathSerializer
from curriculum.services.paths import path_of
from mastery.models import Enrolment


class LearningPathView(APIView):
    """What a learner still has to master, in an order that can be followed."""

    @extend_schema(responses=LearningPathSerializer, operation_id="enrolments_path_retrieve")
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The path from what is mastered now to the goals of the enrolment."""
        visible = Enrolment.objects.visible_to(cast(User, request.user)).select_related("subject")
        path = path_of(get_object_or_404(visible, pk=pk), now=timezone.now())
        return Response(LearningPathSerializer(path).data)
