"""Optimistic concurrency over HTTP: a graph's ETag is its revision; every edit names the one it saw."""

from __future__ import annotations

import re

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from concepts.errors import RevisionNotNamed, RevisionNotUnderstood
from concepts.models import Subject

ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')


def etag_of(subject: Subject) -> str:
    """The entity tag of a subject's graph."""
    return f'"{subject.revision}"'


def with_etag(response: Response, subject: Subject) -> Response:
    """Tell with an answer which revision it was read from."""
    response["ETag"] = etag_of(subject)
    return response


def expected_revision(request: Request | HttpRequest) -> int | None:
    """The revision that If-Match names; None for ``*``, which matches whatever there is."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise RevisionNotNamed
    if header == "*":
        return None
    match = ETAG.fullmatch(header)
    if match is None:
        raise RevisionNotUnderstood(header)
    return int(match[1])
