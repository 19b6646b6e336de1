"""JSON: by what the reviews of a subject are spaced."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from concepts.models import Subject
from concepts.permissions import check_may_edit
from mastery.review import SchedulerName
from mastery.services.spacing import scheduler_in, set_scheduler


class ReviewSchedulerSerializer(serializers.Serializer[Any]):
    scheduler = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in SchedulerName],
        help_text="fsrs follows how memory fades; sm2 is the older, simpler rule.",
    )


class ReviewSchedulerView(APIView):
    """By what the reviews of a subject are spaced: FSRS unless its keepers chose SM-2."""

    @extend_schema(responses=ReviewSchedulerSerializer, operation_id="review_schedulers_retrieve")
    def get(self, request: Request, subject: uuid.UUID) -> Response:
        """For whoever may read the subject."""
        found = get_object_or_404(Subject.objects.visible_to(request.user), pk=subject)
        return Response({"scheduler": scheduler_in(found).value})

    @extend_schema(
        request=ReviewSchedulerSerializer,
        responses=ReviewSchedulerSerializer,
        operation_id="review_schedulers_update",
    )
    def put(self, request: Request, subject: uuid.UUID) -> Response:
        """For the subject's keepers; every learner's cards are computed anew from what they showed."""
        found = get_object_or_404(Subject.objects.visible_to(request.user), pk=subject)
        check_may_edit(cast(User, request.user), found)
        wanted = ReviewSchedulerSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        set_scheduler(found, scheduler=SchedulerName(wanted.validated_data["scheduler"]))
        return Response({"scheduler": scheduler_in(found).value})
