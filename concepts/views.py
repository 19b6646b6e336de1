"""JSON: subjects, their concepts and prerequisites with evidence, the graph as a whole, its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from concepts import serializers as shapes
from concepts.filters import ConceptFilter, PrerequisiteFilter, RevisionFilter
from concepts.models import (
    Concept,
    ConceptQuerySet,
    Prerequisite,
    PrerequisiteQuerySet,
    Revision,
    Subject,
    SubjectQuerySet,
)
from concepts.parsers import GraphTextParser
from concepts.permissions import EducatorsOpen, KeepersEdit, check_may_edit, check_may_see_all
from concepts.preconditions import etag_of, expected_revision, with_etag
from concepts.review_serializers import FlipSerializer
from concepts.services import editing, exchanging, linting, timed
from concepts.services.extracting import request_extraction
from concepts.services.subjects import open_subject
from config import wiring
from graphs.formats import FORMATS, find_format, guess_format
from jobs.serializers import JobSerializer
from jobs.views import accepted

if TYPE_CHECKING:
    SubjectViews = viewsets.GenericViewSet[Subject]
    ConceptViews = viewsets.GenericViewSet[Concept]
    PrerequisiteViews = viewsets.GenericViewSet[Prerequisite]
    RevisionViews = viewsets.GenericViewSet[Revision]
else:
    SubjectViews = ConceptViews = PrerequisiteViews = RevisionViews = viewsets.GenericViewSet

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the graph that this edit was made for, or `*`.",
)
AS = OpenApiParameter("as", str, enum=sorted(FORMATS), description="The format; node-link JSON if left out.")
LAYOUT = OpenApiParameter("layout", bool, description="1: with places, corners and what is redundant.")
PROPOSALS = OpenApiParameter("proposals", bool, description="1: with proposals, for who may read them.")
REASON = OpenApiParameter("reason", str, description="Why, for the history.")
EVIDENCE = OpenApiParameter("evidence", bool, description="1: with the quotes behind concepts and edges.")
MEANING = OpenApiParameter(
    "meaning",
    bool,
    description="0: names only; so it is where over 200 definitions are new, until `lint_graph` read them.",
)
FILE_TYPES: dict[str, Any] = {
    known.content_type: OpenApiTypes.OBJECT if "json" in known.content_type else str
    for known in FORMATS.values()
}
edit = extend_schema(parameters=[IF_MATCH])


def user_of(request: Request) -> User:
    """The signed-in user; the permission classes let nobody else through."""
    return cast(User, request.user)


class SubjectViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SubjectViews):
    """One prerequisite graph and the library it is drawn from."""

    serializer_class = shapes.SubjectSerializer
    queryset = Subject.objects.none()
    permission_classes = (IsAuthenticated, KeepersEdit)
    filterset_fields = ("key",)

    def get_queryset(self) -> SubjectQuerySet:
        return Subject.objects.visible_to(self.request.user).select_related("library").with_counts()

    def get_permissions(self) -> Any:
        return [*super().get_permissions(), *([EducatorsOpen()] if self.action == "create" else [])]

    @extend_schema(request=shapes.NewSubjectSerializer, responses={201: shapes.SubjectSerializer})
    def create(self, request: Request) -> Response:
        """Open a subject with an empty graph and a library of its own, which you keep."""
        form = shapes.NewSubjectSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        subject = open_subject(keeper=user_of(request), **form.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=subject.pk)).data, status=201)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One subject; its ETag is the revision of its graph."""
        return with_etag(super().retrieve(request, *args, **kwargs), self.get_object())

    @extend_schema(
        parameters=[AS, LAYOUT, PROPOSALS, EVIDENCE],
        responses={(200, content_type): shape for content_type, shape in FILE_TYPES.items()},
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def graph(self, request: Request, **kwargs: Any) -> HttpResponse:
        """The whole graph as one file: published concepts by key, accepted prerequisites."""
        subject = self.get_object()
        named = request.query_params.get("as")
        known = find_format(named or "node-link")
        wants_proposals = request.query_params.get("proposals") == "1"
        text = exchanging.export_graph(
            subject,
            format_name=named or "node-link",
            with_proposals=wants_proposals and Subject.objects.open_to(user_of(request)).contains(subject),
            layout=request.query_params.get("layout") == "1",
            with_evidence=request.query_params.get("evidence") == "1",
        )
        headers = {"ETag": etag_of(subject), "Content-Type": f"{known.content_type}; charset=utf-8"}
        if named:
            headers["Content-Disposition"] = f'attachment; filename="{subject.key}{known.suffix}"'
        return HttpResponse(text, headers=headers)

    @extend_schema(
        parameters=[AS, REASON, IF_MATCH],
        request=FILE_TYPES,
        responses={200: shapes.ImportedSerializer},
        filters=False,
    )
    @graph.mapping.post
    def import_graph(self, request: Request, **kwargs: Any) -> Response:
        """Merge a file into the graph in one revision, or refuse it with the reason for every wrong row."""
        subject = self.get_object()
        imported = exchanging.import_graph(
            subject,
            text=_text_of(request),
            format_name=request.query_params.get("as") or _format_of(request),
            author=user_of(request),
            expected=expected_revision(request),
            reason=request.query_params.get("reason", ""),
        )
        return with_etag(Response(imported.as_dict()), subject)

    def get_parsers(self) -> Any:
        if self.request and self.action_map.get("post") == "import_graph":
            return [GraphTextParser()]
        return super().get_parsers()

    @extend_schema(parameters=[MEANING], responses={200: shapes.FindingSerializer(many=True)}, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def lints(self, request: Request, **kwargs: Any) -> Response:
        """What is wrong or doubtful in the graph, what matters most first; for who keeps or studies it."""
        subject = self.get_object()
        check_may_see_all(user_of(request), subject)
        by_name = request.query_params.get("meaning") == "0"
        embedder = None if by_name else linting.quick_embedder(subject, wiring.embedder())
        findings = linting.lint_subject(subject, embedder=embedder)
        return with_etag(Response(shapes.FindingSerializer(findings, many=True).data), subject)

    @extend_schema(request=shapes.ExtractionSerializer, responses={202: JobSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def extraction(self, request: Request, **kwargs: Any) -> Response:
        """Look for concepts and prerequisites in the subject's sources; what educators decided stays."""
        subject = self.get_object()
        form = shapes.ExtractionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        job = request_extraction(
            subject,
            requested_by=user_of(request),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            **form.validated_data,
        )
        return accepted(job)


def _text_of(request: Request) -> str:
    """What the parser read; a body that calls itself a form is taken apart before any parser is asked."""
    content_type = request.content_type or ""
    if content_type.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        raise UnsupportedMediaType(content_type, "Send the graph as the body itself, not as a form.")
    return cast("dict[str, str]", request.data).get("text", "")


def _format_of(request: Request) -> str:
    """The format of the content type; of JSON that several formats are, by what it holds."""
    content_type = (request.content_type or "").partition(";")[0].strip()
    return guess_format(_text_of(request), content_type=content_type)


@extend_schema_view(partial_update=edit, destroy=edit)
class ConceptViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ConceptViews):
    """What there is to know, with the words of the sources that define it."""

    queryset = Concept.objects.none()
    permission_classes = (IsAuthenticated, KeepersEdit)
    filterset_class = ConceptFilter

    def get_queryset(self) -> ConceptQuerySet:
        if self.action == "list":
            return Concept.objects.visible_to(self.request.user).select_related("merged_into")
        return Concept.objects.findable_by(self.request.user).with_evidence()

    def get_serializer_class(self) -> Any:
        return shapes.ConceptSerializer if self.action == "list" else shapes.ConceptDetailSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One concept with its evidence; its ETag is the revision of the graph."""
        return self._told(self.get_object())

    @extend_schema(
        request=shapes.NewConceptSerializer,
        responses={201: shapes.ConceptDetailSerializer},
        parameters=[IF_MATCH],
    )
    def create(self, request: Request) -> Response:
        """Add a published concept, if you can with a definition quoted from a source."""
        form = shapes.NewConceptSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        check_may_edit(user_of(request), form.validated_data["subject"])
        concept = editing.add_concept(
            author=user_of(request), expected=expected_revision(request), **form.validated_data
        )
        return self._told(concept, status=201)

    @extend_schema(request=shapes.ConceptChangeSerializer, responses=shapes.ConceptDetailSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Rename, reorder, publish or reject a concept, or quote another definition."""
        concept = self.get_object()
        form = shapes.ConceptChangeSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        changes = dict(form.validated_data)
        timed.change_concept(
            concept,
            author=user_of(request),
            expected=expected_revision(request),
            shown_at=changes.pop("shown_at", None),
            definition=changes.pop("definition", None),
            reason=changes.pop("reason", ""),
            changes=changes,
        )
        return self._told(concept)

    @extend_schema(parameters=[REASON])
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Take a concept out, with its edges; it is kept as rejected, and adding it again brings it back."""
        concept = self.get_object()
        editing.remove_concept(
            concept,
            author=user_of(request),
            expected=expected_revision(request),
            reason=request.query_params.get("reason", ""),
        )
        return with_etag(Response(status=204), concept.subject)

    def _told(self, concept: Concept, *, status: int = 200) -> Response:
        fresh = Concept.objects.with_evidence().get(pk=concept.pk)
        return with_etag(Response(shapes.ConceptDetailSerializer(fresh).data, status=status), fresh.subject)


@extend_schema_view(partial_update=edit, destroy=edit)
class PrerequisiteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrerequisiteViews):
    """What rests on what, with the words of the sources that speak for it and against it."""

    queryset = Prerequisite.objects.none()
    permission_classes = (IsAuthenticated, KeepersEdit)
    filterset_class = PrerequisiteFilter

    def get_queryset(self) -> PrerequisiteQuerySet:
        rows = Prerequisite.objects.visible_to(self.request.user)
        if self.action == "list":
            return rows.select_related("subject", "prerequisite", "dependent")
        return rows.with_evidence()

    def get_serializer_class(self) -> Any:
        return shapes.PrerequisiteSerializer if self.action == "list" else shapes.PrerequisiteDetailSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One prerequisite with the evidence for and against it."""
        return self._told(self.get_object())

    @extend_schema(
        request=shapes.NewPrerequisiteSerializer,
        responses={201: shapes.PrerequisiteDetailSerializer},
        parameters=[IF_MATCH],
    )
    def create(self, request: Request) -> Response:
        """Say that one concept requires another; a circle is refused with the concepts named."""
        form = shapes.NewPrerequisiteSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        check_may_edit(user_of(request), values["subject"])
        edge = editing.add_prerequisite(
            author=user_of(request),
            expected=expected_revision(request),
            quotation=values.pop("evidence", None),
            **values,
        )
        return self._told(edge, status=201)

    @extend_schema(
        request=shapes.PrerequisiteDecisionSerializer, responses=shapes.PrerequisiteDetailSerializer
    )
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Accept or reject a prerequisite, send it back to the proposals, or set its confidence."""
        edge = self.get_object()
        form = shapes.PrerequisiteDecisionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values, expected = dict(form.validated_data), expected_revision(request)
        confidence = values.pop("confidence", None)
        common: dict[str, Any] = {"author": user_of(request), "reason": values.get("reason", "")}
        if confidence is None:
            timed.decide_prerequisite(
                edge,
                status=values["status"],
                expected=expected,
                shown_at=values.get("shown_at"),
                **common,
            )
        else:
            editing.reweigh_prerequisite(edge, confidence=confidence, expected=expected, **common)
        return self._told(edge)

    @extend_schema(
        request=FlipSerializer,
        responses=shapes.PrerequisiteDetailSerializer,
        parameters=[IF_MATCH],
        filters=False,
    )
    @action(detail=True, methods=["post"])
    def flip(self, request: Request, **kwargs: Any) -> Response:
        """Turn it round in one revision, evidence and all; answers with the edge that holds now."""
        edge = self.get_object()
        form = FlipSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        turned = timed.flip_prerequisite(
            edge, author=user_of(request), expected=expected_revision(request), **form.validated_data
        )
        return self._told(turned)

    @extend_schema(parameters=[REASON])
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Take a prerequisite out; it is kept as rejected, and adding it again brings it back."""
        edge = self.get_object()
        editing.remove_prerequisite(
            edge,
            author=user_of(request),
            expected=expected_revision(request),
            reason=request.query_params.get("reason", ""),
        )
        return with_etag(Response(status=204), edge.subject)

    def _told(self, edge: Prerequisite, *, status: int = 200) -> Response:
        fresh = Prerequisite.objects.with_evidence().get(pk=edge.pk)
        body = shapes.PrerequisiteDetailSerializer(fresh).data
        return with_etag(Response(body, status=status), fresh.subject)


class RevisionViewSet(mixins.ListModelMixin, RevisionViews):
    """Who changed a graph, when, why and how; for those who keep or study the subject."""

    serializer_class = shapes.RevisionSerializer
    queryset = Revision.objects.none()
    filterset_class = RevisionFilter

    def get_queryset(self) -> Any:
        open_subjects = Subject.objects.open_to(user_of(self.request))
        return Revision.objects.filter(subject__in=open_subjects).select_related("author").defer("changes")
