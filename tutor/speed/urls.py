"""The addresses of the service, and the one that is measured by."""

from __future__ import annotations

import uuid

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mastery.models import Enrolment


class RowView(APIView):
    """What no view of the service can do less than: sign in, read one row, answer."""

    schema = None

    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """One row as it stands."""
        return Response(Enrolment.objects.values("id", "learner", "subject").get(pk=pk))


urlpatterns: list[URLPattern | URLResolver] = [
    path("speed/row/<uuid:pk>", RowView.as_view()),
    path("", include("config.urls")),
]
