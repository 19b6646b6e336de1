"""JSON: the learner's concept map, and what comes next with the record of why."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from mastery.models import Enrolment
from tutor.map_bodies import map_body, next_body
from tutor.map_serializers import ConceptMapSerializer, NextSerializer
from tutor.services.choosing import answer_tag, basis_of, decide
from tutor.services.mapping import concept_map

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag of the answer at hand; 304 says that it still holds.",
)


class MapView(APIView):
    """The concept map of an enrolment."""

    @extend_schema(
        responses={200: ConceptMapSerializer, 304: None},
        parameters=[IF_NONE_MATCH],
        operation_id="enrolments_map_retrieve",
    )
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        """Every concept's state, belief and blockers as of now, the edges, and where to draw them."""
        enrolment, now = _enrolment(request, pk), timezone.now()
        basis = basis_of(enrolment)
        tag = answer_tag(enrolment, basis=basis, now=now)
        if unchanged := _unchanged(request, tag=tag):
            return unchanged
        return _answer(map_body(enrolment, concept_map(enrolment, now=now, goals=basis["goals"])), tag=tag)


class NextView(APIView):
    """What an enrolment does next."""

    @extend_schema(
        responses={200: NextSerializer, 304: None},
        parameters=[IF_NONE_MATCH],
        operation_id="enrolments_next_retrieve",
    )
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        """The decision and the whole reckoning behind it; it is stored, and stays while nothing happens."""
        enrolment, now = _enrolment(request, pk), timezone.now()
        basis = basis_of(enrolment)
        tag = answer_tag(enrolment, basis=basis, now=now)
        if unchanged := _unchanged(request, tag=tag):
            return unchanged
        return _answer(next_body(enrolment, decide(enrolment, now=now, basis=basis)), tag=tag)


def _enrolment(request: Request, pk: uuid.UUID) -> Enrolment:
    """One's own without a look at who teaches whom, which takes five joins."""
    seen = Enrolment.objects.select_related("subject")
    own = seen.filter(pk=pk, learner=request.user.pk).first()
    return own or get_object_or_404(seen.visible_to(request.user), pk=pk)


def _unchanged(request: Request, *, tag: str) -> HttpResponseBase | None:
    """The answer to who holds the answer already, with the headers that it would have had."""
    empty = _answer(b"", tag=tag)
    answer = get_conditional_response(request._request, etag=tag, response=empty)
    return None if answer is empty else answer


def _answer(body: bytes, *, tag: str) -> HttpResponse:
    """JSON that may be kept by who asked, and is good for as long as its tag is."""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    return HttpResponse(body, content_type="application/json", headers=headers)
