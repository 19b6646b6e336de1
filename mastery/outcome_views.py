"""JSON: what learners' outcomes say of a subject's prerequisites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import django_filters as filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from concepts.models import Subject
from concepts.permissions import check_may_see_all
from jobs.serializers import JobSerializer
from jobs.views import accepted
from mastery.models import EdgeOutcome
from mastery.outcome_serializers import EdgeOutcomeSerializer, WeighingRequestSerializer
from mastery.services.edge_outcomes import request_weighing

if TYPE_CHECKING:
    OutcomeViews = viewsets.GenericViewSet[EdgeOutcome]
else:
    OutcomeViews = viewsets.GenericViewSet


class EdgeOutcomeFilter(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    subject = filters.UUIDFilter(field_name="prerequisite__subject")

    class Meta:
        model = EdgeOutcome
        fields = ["subject", "prerequisite", "verdict"]


class EdgeOutcomeViewSet(mixins.ListModelMixin, OutcomeViews):
    """Prerequisites against outcomes, for who keeps or studies the subject; the least supported first."""

    serializer_class = EdgeOutcomeSerializer
    queryset = EdgeOutcome.objects.none()
    filterset_class = EdgeOutcomeFilter

    def get_queryset(self) -> QuerySet[EdgeOutcome]:
        open_subjects = Subject.objects.open_to(self.request.user)
        rows = EdgeOutcome.objects.filter(prerequisite__subject__in=open_subjects)
        return rows.select_related("prerequisite__prerequisite", "prerequisite__dependent")

    @extend_schema(request=WeighingRequestSerializer, responses={202: JobSerializer}, filters=False)
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Compare anew with all that learners have shown; contradicted edges go to the review queue."""
        wanted = WeighingRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        seen = Subject.objects.visible_to(request.user)
        subject = get_object_or_404(seen, pk=wanted.validated_data["subject"])
        check_may_see_all(cast(User, request.user), subject)
        key = request.headers.get("Idempotency-Key", "")
        return accepted(request_weighing(subject, requested_by=cast(User, request.user), idempotency_key=key))
