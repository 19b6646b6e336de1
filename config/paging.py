"""Paging for every list of the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination

if TYPE_CHECKING:
    from rest_framework.request import Request


class Pages(PageNumberPagination):
    """Numbered pages of 50, at most 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class EventPages(CursorPagination):
    """Stable pages over rows that keep arriving, newest first."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering = ("-occurred_at", "-id")

    def decode_cursor(self, request: Request) -> Any:
        """The place to go on from; one that is no time was not made here."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not _is_time(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


def is_storable(moment: datetime) -> bool:
    """Whether a moment names its time zone and is one in UTC too, as databases have it.

    Examples
    --------
    >>> is_storable(datetime.fromisoformat("2026-03-01T12:00:00Z"))
    True
    >>> is_storable(datetime.fromisoformat("0001-01-01T00:00:00+14:00"))
    False
    """
    try:
        return moment.tzinfo is not None and moment.astimezone(UTC).tzinfo is UTC
    except OverflowError:
        return False


def _is_time(text: str) -> bool:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return False
    return moment is not None and is_storable(moment)
