"""JSON: the learner's concept map, and what comes next with the record of why."""

from __future__ import annotations

import uuid

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mastery.models import Enrolment
from tutor.map_serializers import ConceptMapSerializer, NextSerializer
from tutor.services.choosing import decide
from tutor.services.mapping import concept_map


class MapView(APIView):
    """The concept map of an enrolment."""

    @extend_schema(responses=ConceptMapSerializer, operation_id="enrolments_map_retrieve")
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Every concept's state, belief and blockers as of now, the edges, and where to draw them."""
        enrolment = _enrolment(request, pk)
        drawn = concept_map(enrolment, now=timezone.now())
        head = {
            "enrolment": enrolment.pk,
            "subject": enrolment.subject_id,
            "revision": enrolment.subject.revision,
        }
        fields = ("as_of", "counts", "width", "height", "nodes", "edges")
        body = head | {name: getattr(drawn, name) for name in fields}
        return Response(ConceptMapSerializer(body).data)


class NextView(APIView):
    """What an enrolment does next."""

    @extend_schema(responses=NextSerializer, operation_id="enrolments_next_retrieve")
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The decision and the whole reckoning behind it; it is stored, and stays while nothing happens."""
        return Response(NextSerializer(decide(_enrolment(request, pk), now=timezone.now())).data)


def _enrolment(request: Request, pk: uuid.UUID) -> Enrolment:
    visible = Enrolment.objects.visible_to(request.user).select_related("subject")
    return get_object_or_404(visible, pk=pk)
