"""JSON: undo, redo, restore and compare the revisions of a graph; merge and split its concepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from concepts import history_serializers as shapes
from concepts.models import Concept, Revision, Subject
from concepts.permissions import KeepersEdit
from concepts.preconditions import expected_revision, with_etag
from concepts.serializers import ConceptDetailSerializer
from concepts.services import merging, splitting, undoing
from concepts.services.comparing import diff

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the graph that this was asked for, or `*`.",
)


class HistoryView(APIView):
    """Base of the views of one subject's history."""

    permission_classes = (IsAuthenticated, KeepersEdit)

    def subject(self, pk: Any) -> Subject:
        """The subject that is asked for; another's does not exist."""
        found = get_object_or_404(Subject.objects.visible_to(self.request.user), pk=pk)
        self.check_object_permissions(self.request, found)
        return found

    def step(self, pk: Any, take: Callable[..., Revision], *numbers: int) -> Response:
        """Take a step in the history, and tell of the revision that it made."""
        subject = self.subject(pk)
        form = shapes.ReasonSerializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        made = take(
            subject,
            *numbers,
            author=cast(User, self.request.user),
            expected=expected_revision(self.request),
            reason=form.validated_data.get("reason", ""),
        )
        return with_etag(Response(shapes.StepSerializer(made).data), subject)


class UndoView(HistoryView):
    @extend_schema(parameters=[IF_MATCH], request=shapes.ReasonSerializer, responses=shapes.StepSerializer)
    def post(self, request: Request, pk: Any) -> Response:
        """Take back the newest revision that is not undone; this is a revision too."""
        return self.step(pk, undoing.undo)


class RedoView(HistoryView):
    @extend_schema(parameters=[IF_MATCH], request=shapes.ReasonSerializer, responses=shapes.StepSerializer)
    def post(self, request: Request, pk: Any) -> Response:
        """Bring back what the newest undo took; a new edit ends that."""
        return self.step(pk, undoing.redo)


class RestoreView(HistoryView):
    @extend_schema(parameters=[IF_MATCH], request=shapes.RestoreSerializer, responses=shapes.StepSerializer)
    def post(self, request: Request, pk: Any) -> Response:
        """Make the graph what it was after a revision, in one step that can itself be undone."""
        form = shapes.RestoreSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.step(pk, undoing.restore, form.validated_data["revision"])


class DiffView(HistoryView):
    @extend_schema(parameters=[shapes.DiffQuerySerializer], responses=shapes.DiffSerializer)
    def get(self, request: Request, pk: Any) -> Response:
        """How the graph differs between two revisions, by names; for who keeps or studies the subject."""
        subject = self.subject(pk)
        if not Subject.objects.open_to(request.user).contains(subject):
            raise PermissionDenied(
                "Only the educators who keep this subject and its researchers may read its history."
            )
        form = shapes.DiffQuerySerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        start = form.validated_data["from"]
        end = form.validated_data.get("to", subject.revision)
        return with_etag(Response(diff(subject, start, end).as_dict()), subject)


class ConceptStepView(APIView):
    """Base of the views that take one concept and give back one."""

    permission_classes = (IsAuthenticated, KeepersEdit)

    def concept(self, pk: Any) -> Concept:
        """The concept that is asked for; another's does not exist."""
        rows = Concept.objects.findable_by(self.request.user).select_related("subject", "merged_into")
        found = get_object_or_404(rows, pk=pk)
        self.check_object_permissions(self.request, found)
        return found

    def told(self, concept: Concept, *, status: int = 200) -> Response:
        """The concept as it is now, with the graph's new ETag."""
        fresh = Concept.objects.with_evidence().get(pk=concept.pk)
        return with_etag(Response(ConceptDetailSerializer(fresh).data, status=status), fresh.subject)


class MergeView(ConceptStepView):
    @extend_schema(parameters=[IF_MATCH], request=shapes.MergeSerializer, responses=ConceptDetailSerializer)
    def post(self, request: Request, pk: Any) -> Response:
        """Let another concept stand for this one; answers with that other one."""
        concept = self.concept(pk)
        form = shapes.MergeSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        merged = merging.merge_concepts(
            concept,
            into=form.validated_data["into"],
            author=cast(User, request.user),
            expected=expected_revision(request),
            reason=form.validated_data.get("reason", ""),
        )
        return self.told(merged)


class SplitView(ConceptStepView):
    @extend_schema(
        parameters=[IF_MATCH], request=shapes.SplitSerializer, responses={201: ConceptDetailSerializer}
    )
    def post(self, request: Request, pk: Any) -> Response:
        """Split a new concept off this one; answers with the new one."""
        concept = self.concept(pk)
        form = shapes.SplitSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        part = splitting.split_concept(
            concept, author=cast(User, request.user), expected=expected_revision(request), **form.asked()
        )
        return self.told(part, status=201)
