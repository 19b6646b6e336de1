"""JSON: what publishing a draft would change for the learners of its subject."""

from __future__ import annotations

import uuid
from typing import cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from concepts.models import GraphDraft
from concepts.preconditions import tag_of
from tutor.impact_serializers import ImpactSerializer
from tutor.services.impact_report import report_for
from tutor.services.previewing import preview

LOUDNESS = {"id": "0b6f4a1e-6d5c-4c1c-9a39-6f0f5a3a9f10", "key": "loudness", "name": "Loudness"}
AMPLITUDE = {"id": "5f3d6d0a-6b61-4c8a-8f0e-0f3c6f6d7b21", "key": "amplitude", "name": "Amplitude"}
EXAMPLE = OpenApiExample(
    "a prerequisite that holds up some",
    value={
        "draft": "c0a8f2de-4b1f-4b0e-8a54-0d7e0f6f3a55",
        "version": 1,
        "revision": 7,
        "as_of": "2026-03-01T12:00:00Z",
        "learners": 24,
        "affected": 5,
        "changed": {"next": 4, "frontier": 5, "access": 5, "mastery": 0, "goals": 0, "path": 5},
        "moves": [{"before": LOUDNESS, "after": AMPLITUDE, "learners": 4}],
        "left_before": 11.5,
        "left_after": 11.7,
        "named": [
            {
                "enrolment": "d1b5a7d4-1f0c-4b3a-9c57-2f7ad0e6a001",
                "learner": "d1b5a7d4-1f0c-4b3a-9c57-2f7ad0e6a002",
                "learner_name": "lea",
                "changed": ["next", "frontier", "access", "path"],
                "action_before": "teach",
                "action_after": "teach",
                "next_before": LOUDNESS,
                "next_after": AMPLITUDE,
                "unlocked": [],
                "locked": [LOUDNESS],
                "mastery_gained": [],
                "mastery_lost": [],
                "goals_lost": [],
                "path_added": [AMPLITUDE],
                "path_dropped": [],
                "left_before": 6,
                "left_after": 7,
            }
        ],
        "unnamed": 4,
    },
    response_only=True,
)


class ImpactView(APIView):
    """What publishing a draft would change for the learners of its subject."""

    @extend_schema(
        responses=ImpactSerializer, operation_id="graph_drafts_impact_retrieve", examples=[EXAMPLE]
    )
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Next concept, what is open, mastery, goals and path, before and after, as publishing now would do.

        By name for the learners whom you teach, by number for all. The ETag names what was looked at: send it
        as If-Match to publish exactly that.
        """
        visible = GraphDraft.objects.visible_to(request.user).select_related(
            "subject", "author", "published_as"
        )
        draft = get_object_or_404(visible, pk=pk)
        impact = preview(draft, now=timezone.now())
        report = report_for(cast(User, request.user), impact, draft=draft)
        tag = tag_of(revision=impact.revision, version=impact.version)
        return Response(ImpactSerializer(report).data, headers={"ETag": tag})
