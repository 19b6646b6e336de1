"""JSON: how far automatic grades agree with educators, and the switch of automatic grading."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.serializers import ConceptNameSerializer
from tutor.models import GradingSwitch
from tutor.services.agreeing import standings_of, switch_grading


class IntervalSerializer(serializers.Serializer[Any]):
    """An estimate with its 90 % interval; the value is null where it is not defined."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()


class GradingSwitchSerializer(serializers.ModelSerializer[GradingSwitch]):
    class Meta:
        model = GradingSwitch
        fields = ["id", "concept", "is_on", "is_by_rule", "author", "reason", "created_at"]
        read_only_fields = ["id", "concept", "is_by_rule", "author", "created_at"]


class AgreementSerializer(serializers.Serializer[Any]):
    """Agreement on one concept since automatic grading was last switched there."""

    concept = ConceptNameSerializer()
    is_automatic = serializers.BooleanField(help_text="Whether explanations are graded without a person.")
    finding = serializers.CharField(help_text="By the rule: below or above the floor, or open.")
    points = serializers.IntegerField(source="agreement.table.points")
    answers = serializers.IntegerField(source="agreement.answers")
    kappa = IntervalSerializer(source="agreement.kappa")
    share = IntervalSerializer(source="agreement.share")
    switch = GradingSwitchSerializer(allow_null=True)


class AgreementView(APIView):
    """Cohen's kappa of automatic grades and educators' decisions, concept by concept."""

    @extend_schema(
        responses=AgreementSerializer(many=True),
        parameters=[OpenApiParameter("subject", str, description="Key of a subject; without, all you keep.")],
    )
    def get(self, request: Request) -> Response:
        """The concepts of the subjects you keep on which something was decided."""
        concepts = _kept(request)
        key = request.query_params.get("subject")
        if key:
            concepts = concepts.filter(subject__key=key)
        return Response(AgreementSerializer(standings_of(concepts), many=True).data)


class GradingSwitchView(APIView):
    """Automatic grading of one concept."""

    @extend_schema(request=GradingSwitchSerializer, responses={201: GradingSwitchSerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Switch it off or on as an educator who keeps the subject, with your reason."""
        concept = get_object_or_404(_kept(request), pk=pk)
        wanted = GradingSwitchSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = switch_grading(concept, author=cast(User, request.user), **wanted.validated_data)
        return Response(GradingSwitchSerializer(made).data, status=201)


def _kept(request: Request) -> QuerySet[Concept]:
    return Concept.objects.filter(subject__in=Subject.objects.editable_by(request.user))
