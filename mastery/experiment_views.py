"""JSON: registered experiments with their analysis, and predicted against observed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from concepts.models import Subject
from mastery.experiment_serializers import AnalysisSerializer, CalibrationSerializer, ExperimentSerializer
from mastery.models import Enrolment, Experiment
from mastery.research_filters import filters_of
from mastery.research_views import FILTERS
from mastery.services.analysing import analyse
from mastery.services.calibrating import MOST_IN_A_REQUEST, report_calibration

if TYPE_CHECKING:
    ExperimentViews = viewsets.GenericViewSet[Experiment]
else:
    ExperimentViews = viewsets.GenericViewSet


class ExperimentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ExperimentViews):
    """Experiments in the subjects that you were granted, as they were registered."""

    serializer_class = ExperimentSerializer
    queryset = Experiment.objects.none()
    filterset_fields = ("subject", "key")

    def get_queryset(self) -> QuerySet[Experiment]:
        return Experiment.objects.visible_to(self.request.user).select_related("subject")

    @extend_schema(responses=AnalysisSerializer, filters=False)
    @action(detail=True)
    def analysis(self, request: Request, **kwargs: Any) -> Response:
        """Each registered outcome by arm as of now, with intervals and denominators."""
        return Response(AnalysisSerializer(analyse(self.get_object(), now=timezone.now())).data)


class CalibrationRequestSerializer(serializers.Serializer[Any]):
    subject = serializers.UUIDField()
    window_days = serializers.IntegerField(min_value=1, max_value=3650, default=7)


class CalibrationView(APIView):
    """The belief just before each answer against the answer."""

    @extend_schema(
        responses=CalibrationSerializer,
        parameters=[
            *(one for one in FILTERS if one.name != "subject"),
            OpenApiParameter("subject", OpenApiTypes.UUID, required=True),
            OpenApiParameter("window_days", OpenApiTypes.INT, default=7),
        ],
    )
    def get(self, request: Request) -> Response:
        """By bin of the prediction, concept, grading engine with version, and window of time."""
        wanted = CalibrationRequestSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        studied = Enrolment.objects.studied_by(request.user)
        subjects = Subject.objects.studied_by(request.user)
        subject = get_object_or_404(subjects, pk=wanted.validated_data["subject"])
        found = report_calibration(
            subject,
            studied,
            filters_of(request.query_params),
            window=timedelta(days=wanted.validated_data["window_days"]),
            most=MOST_IN_A_REQUEST,
        )
        return Response(CalibrationSerializer(found).data)
