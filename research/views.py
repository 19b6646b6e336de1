"""JSON: libraries, their sources, and what was read from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from jobs.serializers import JobSerializer
from jobs.views import accepted
from research.models import Document, Library, Source
from research.permissions import KeepersChange, check_may_edit
from research.serializers import (
    DocumentRowSerializer,
    DocumentSerializer,
    LibrarySerializer,
    NewSourcesSerializer,
    SourceSerializer,
)
from research.services import sources

if TYPE_CHECKING:
    LibraryViews = viewsets.ReadOnlyModelViewSet[Library]
    SourceViews = viewsets.GenericViewSet[Source]
    DocumentViews = viewsets.ReadOnlyModelViewSet[Document]
else:
    LibraryViews = viewsets.ReadOnlyModelViewSet
    SourceViews = viewsets.GenericViewSet
    DocumentViews = viewsets.ReadOnlyModelViewSet


class SourceFilters(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    library = filters.CharFilter(field_name="library__key")

    class Meta:
        model = Source
        fields = ("library", "kind", "state", "outcome")


class DocumentFilters(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    library = filters.CharFilter(field_name="source__library__key")

    class Meta:
        model = Document
        fields = ("library", "source", "is_current")


class LibraryViewSet(LibraryViews):
    """The shelves you may read; each subject has one."""

    serializer_class = LibrarySerializer
    queryset = Library.objects.none()
    lookup_field = "key"
    filterset_fields = ("is_open",)

    def get_queryset(self) -> QuerySet[Library]:
        readable = Library.objects.visible_to(self.request.user)
        return readable.annotate(source_count=Count("sources", distinct=True)).order_by("name", "id")


class SourceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, SourceViews):
    """Where the knowledge of a library comes from, and what came of reading it."""

    serializer_class = SourceSerializer
    queryset = Source.objects.none()
    permission_classes = (IsAuthenticated, KeepersChange)
    filterset_class = SourceFilters

    def get_queryset(self) -> QuerySet[Source]:
        readable = Source.objects.visible_to(self.request.user).defer("original")
        return readable.select_related("library").prefetch_related("documents")

    @extend_schema(request=NewSourcesSerializer, responses={202: JobSerializer})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Add sources, in the order given; the answer is the job that reads them."""
        form = NewSourcesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        library = get_object_or_404(Library.objects.visible_to(request.user), key=asked["library"])
        check_may_edit(request.user, library)
        job = sources.add_sources(
            library,
            added_by=cast(User, request.user),
            uploads=[upload_of(file) for file in asked["files"]],
            urls=[url for url in (asked["url"], *asked["urls"], asked["youtube"]) if url],
            topic=asked["topic"],
            videos=asked["videos"],
            idempotency_key=_idempotency_key(request),
        )
        return accepted(job)

    @extend_schema(responses={202: JobSerializer})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove a source and what was read from it; refused while lessons cite it."""
        return accepted(sources.delete_source(self.get_object(), by=cast(User, request.user)))

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, **kwargs: Any) -> Response:
        """Fetch and read the source again; what has not changed is not embedded again."""
        job = sources.refresh(
            self.get_object(), by=cast(User, request.user), idempotency_key=_idempotency_key(request)
        )
        return accepted(job)


class DocumentViewSet(DocumentViews):
    """Clean texts, one per version of a source."""

    queryset = Document.objects.none()
    filterset_class = DocumentFilters

    def get_queryset(self) -> QuerySet[Document]:
        readable = Document.objects.visible_to(self.request.user).order_by("source__position", "-version")
        if self.action == "list":
            return readable.defer("text", "structure")
        return readable.prefetch_related("passages")

    def get_serializer_class(self) -> type[DocumentRowSerializer]:
        return DocumentRowSerializer if self.action == "list" else DocumentSerializer


def upload_of(file: UploadedFile[Any]) -> sources.Upload:
    """The file as the service takes it; one byte more than is allowed shows that there is more."""
    data = file.read(settings.MAX_UPLOAD_BYTES + 1)
    return sources.Upload(file.name or "", data, file.content_type or "")


def _idempotency_key(request: Request) -> str:
    return str(request.headers.get("Idempotency-Key", ""))
