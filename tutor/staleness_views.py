"""JSON: what a change of the sources means for a subject."""

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
from tutor.services.staleness import staleness_report
from tutor.staleness_serializers import StalenessSerializer


class StalenessView(APIView):
    """What changed in the sources, and what rests on it."""

    @extend_schema(responses=StalenessSerializer, operation_id="subjects_staleness_retrieve")
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Changed sources, what rests on them from concepts to answers, and the last extraction."""
        subject = get_object_or_404(Subject.objects.visible_to(request.user), pk=pk)
        check_may_see_all(cast(User, request.user), subject)
        return Response(StalenessSerializer(staleness_report(subject)).data)
