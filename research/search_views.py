"""JSON: search a library, read one passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from research.models import Library, Passage, PassageQuerySet
from research.search_serializers import PassageSerializer, SearchAnswerSerializer, SearchQuerySerializer
from research.services.searching import Filters, search

if TYPE_CHECKING:
    PassageReading = generics.RetrieveAPIView[Passage]
else:
    PassageReading = generics.RetrieveAPIView


class SearchView(APIView):
    """The passages of a library that answer a question best."""

    @extend_schema(parameters=[SearchQuerySerializer], responses=SearchAnswerSerializer)
    def get(self, request: Request) -> Response:
        asked = SearchQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        library = get_object_or_404(Library.objects.visible_to(request.user), key=wanted["library"])
        filters = Filters(
            sources=wanted["source"],
            documents=wanted["document"],
            kinds=wanted["kind"],
            heading=wanted["heading"],
        )
        results = search(library, wanted["q"], limit=wanted["limit"], filters=filters)
        answer = {"query": wanted["q"], "library": library.key, "results": results}
        return Response(SearchAnswerSerializer(answer).data)


class PassageView(PassageReading):
    """One passage, word for word, with its place in its source."""

    serializer_class = PassageSerializer
    queryset = Passage.objects.none()

    def get_queryset(self) -> PassageQuerySet:
        return Passage.objects.visible_to(self.request.user).select_related("document__source")
