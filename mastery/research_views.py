"""JSON and files: records for researchers, under pseudonyms, in the subjects that they were granted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.paging import EventPages
from mastery.exporting.columns import SCHEMA_VERSION, Layout
from mastery.exporting.formats import FORMATS
from mastery.exporting.writing import plain
from mastery.models import Enrolment
from mastery.research_filters import RecordFilter, filters_of
from mastery.research_serializers import DictionarySerializer, StudiedClassSerializer, serializer_for
from mastery.services.records import RecordTable, classes_studied_by, export_pieces, tables

if TYPE_CHECKING:
    pass

log = structlog.get_logger("cairn.research")

FILTERS = [
    OpenApiParameter(name, OpenApiTypes.UUID if kind == "UUIDFilter" else kind_of, description=label)
    for name, kind, kind_of, label in (
        (
            name,
            type(one).__name__,
            OpenApiTypes.DATETIME if type(one).__name__ == "IsoDateTimeFilter" else OpenApiTypes.STR,
            str(one.label),
        )
        for name, one in RecordFilter.base_filters.items()
    )
]
AS = OpenApiParameter("as", OpenApiTypes.STR, enum=sorted(FORMATS), default="csv")


class PagesById(CursorPagination):
    """Stable pages over rows without a time of their own."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering = ("pk",)

    def decode_cursor(self, request: Request) -> Any:
        """The place to go on from; one that is no id was not made here."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not _is_id(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


class RecordsView(APIView):
    """One kind of record, by cursor."""

    table: RecordTable

    def get(self, request: Request) -> Response:
        """The newest first; 100 a page, at most 1000."""
        rows = self.table.rows_for(request.user, filters_of(request.query_params))
        pages = _pages_of(self.table)
        page = pages.paginate_queryset(rows, request, view=self) or []
        told = self.table.read_page(self.table.query(), [row.pk for row in page])
        return pages.get_paginated_response([_told(row, self.table.layout) for row in told])


class RecordsExportView(APIView):
    """One kind of record, whole, as a file."""

    table: RecordTable

    def get(self, request: Request) -> HttpResponseBase:
        """By learner, then by time; streamed, so it may be of any length."""
        format_name = request.query_params.get("as", "csv")
        if format_name not in FORMATS:
            raise ValidationError({"as": [f"Choose one of: {', '.join(sorted(FORMATS))}."]})
        asked = filters_of(request.query_params)
        pieces = export_pieces(self.table, self.table.rows_for(request.user, asked), format_name=format_name)
        log.info(
            "records exported", user=str(request.user.pk), table=self.table.layout.name, format=format_name
        )
        return as_file(pieces, format_name=format_name, name=f"cairn-{self.table.layout.name}")


class DictionaryView(APIView):
    """What every column of the records means."""

    @extend_schema(responses=DictionarySerializer)
    def get(self, request: Request) -> Response:
        """The data dictionary."""
        layouts = [asdict(table.layout) for table in tables().values()]
        return Response({"schema_version": SCHEMA_VERSION, "tables": layouts})


class StudiedClassesView(APIView):
    """The classes of the learners whom you study, by pseudonym."""

    @extend_schema(responses=StudiedClassSerializer(many=True), filters=False)
    def get(self, request: Request) -> Response:
        """Names to filter by, and how many learners each stands for."""
        return Response(studied_classes(request.user))


def studied_classes(user: Any, *, subject: uuid.UUID | None = None) -> list[dict[str, Any]]:
    """The classes of the learners whom ``user`` studies, and of how many learners each tells."""
    studied = Enrolment.objects.studied_by(user)
    if subject:
        studied = studied.filter(subject=subject)
    return [
        {
            "name": name,
            "learners": studied.filter(learner__in=one.learners.order_by())
            .values("learner")
            .distinct()
            .count(),
        }
        for name, one in classes_studied_by(user, subject=subject).items()
    ]


def as_file(pieces: Iterable[bytes], *, format_name: str, name: str) -> StreamingHttpResponse:
    """A file that is sent piece by piece."""
    known = FORMATS[format_name]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}{known.suffix}"',
        "Cache-Control": "private, no-store",
        "Cairn-Schema-Version": SCHEMA_VERSION,
    }
    return StreamingHttpResponse(pieces, content_type=known.content_type, headers=headers)


def record_urls() -> list[URLPattern]:
    """The addresses of every kind of record."""
    found = []
    for name, table in tables().items():
        listed, exported = _views_of(table)
        found.append(path(f"research/{name}", listed.as_view(), name=f"research-{name}"))
        exporting = exported.as_view()
        found.append(path(f"research/{name}/export", exporting, name=f"research-{name}-export"))
    return found


def _views_of(table: RecordTable) -> tuple[type[RecordsView], type[RecordsExportView]]:
    """Views of their own for each table, so that the schema describes its columns."""
    layout = table.layout
    paging = [
        OpenApiParameter(
            "cursor", OpenApiTypes.STR, description="Where to go on from: take the link “next”."
        ),
        OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 1000."),
    ]

    class Listed(RecordsView):
        @extend_schema(
            operation_id=f"research_{layout.name}_list",
            description=layout.about,
            parameters=[*FILTERS, *paging],
            responses=_page_serializer(layout),
        )
        def get(self, request: Request) -> Response:
            return super().get(request)

    class Exported(RecordsExportView):
        @extend_schema(
            operation_id=f"research_{layout.name}_export",
            description=layout.about,
            parameters=[AS, *FILTERS],
            responses={(200, kind): OpenApiTypes.BINARY for kind in _content_types()},
        )
        def get(self, request: Request) -> HttpResponseBase:
            return super().get(request)

    Listed.table = Exported.table = table
    return Listed, Exported


def _content_types() -> list[str]:
    return sorted({one.content_type.split(";")[0] for one in FORMATS.values()})


def _page_serializer(layout: Layout) -> Any:
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": serializer_for(layout)(many=True),
    }
    return type(f"Research{layout.name.title()}PageSerializer", (serializers.Serializer,), fields)


def _pages_of(table: RecordTable) -> CursorPagination:
    if not table.pages_by_time:
        return PagesById()
    pages = EventPages()
    pages.ordering = (f"-{table.time}", "-id")
    return pages


def _told(row: dict[str, Any], layout: Layout) -> dict[str, Any]:
    return {column.name: plain(row[column.name], column) for column in layout.columns}


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
