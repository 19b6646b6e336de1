"""JSON lines: who would gain or lose which concepts under a change that nobody makes."""

from __future__ import annotations

from typing import cast

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from concepts.models import Subject
from concepts.permissions import check_may_edit
from mastery.services.what_if import Foresight, plan_change
from mastery.what_if_serializers import WhatIfSerializer, json_lines

CONTENT_TYPE = "application/x-ndjson"


class WhatIfView(APIView):
    """Try another threshold, edge, estimator or grader on everybody's record, without writing anything."""

    @extend_schema(
        request=WhatIfSerializer,
        responses={
            (200, CONTENT_TYPE): OpenApiResponse(
                OpenApiTypes.STR,
                description=(
                    "A JSON object a line: one for each affected learner whom you teach, and a last one "
                    "with the counts over all learners and by concept."
                ),
            )
        },
        operation_id="mastery_what_ifs_create",
    )
    def post(self, request: Request) -> StreamingHttpResponse:
        """Who would gain or lose which concepts; for the educators who keep the subject, and staff."""
        wanted = WhatIfSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        user = cast(User, request.user)
        subject = get_object_or_404(Subject.objects.visible_to(user), pk=asked["subject"])
        check_may_edit(user, subject)
        change = plan_change(
            subject,
            threshold=asked.get("threshold"),
            add=[(one["prerequisite"], one["dependent"]) for one in asked.get("add", ())],
            remove=[(one["prerequisite"], one["dependent"]) for one in asked.get("remove", ())],
            overrides=asked.get("parameters"),
            without=asked.get("without", ()),
        )
        foresight = Foresight(subject, change, now=timezone.now())
        return StreamingHttpResponse(json_lines(foresight, user=user), content_type=CONTENT_TYPE)
