"""JSON: follow, cancel and retry long work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import services
from jobs.models import Job, JobQuerySet
from jobs.serializers import JobSerializer

if TYPE_CHECKING:
    JobViews = viewsets.GenericViewSet[Job]
else:
    JobViews = viewsets.GenericViewSet


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, JobViews):
    """The long work you started: its state, stage and progress."""

    serializer_class = JobSerializer
    queryset = Job.objects.none()
    filterset_fields = ("kind", "state")

    def get_queryset(self) -> JobQuerySet:
        return Job.objects.visible_to(self.request.user)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **kwargs: Any) -> Response:
        """Stop it: at once when queued, at its next sign of life when running."""
        return Response(JobSerializer(services.cancel(self.get_object())).data)

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, **kwargs: Any) -> Response:
        """Queue a failed or cancelled job again; it goes on from its last checkpoint."""
        return accepted(services.retry(self.get_object()))


def accepted(job: Job) -> Response:
    """The answer to a request that started long work: 202, the job, and where to follow it."""
    location = reverse("job-detail", args=[job.pk])
    return Response(JobSerializer(job).data, status=202, headers={"Location": location})
