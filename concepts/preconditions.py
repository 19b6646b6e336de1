"""Optimistic concurrency over HTTP: a graph's ETag is its revision; every edit names the one it saw."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from concepts.errors import RevisionNotNamed, RevisionNotUnderstood
from concepts.models import GraphDraft, Subject

ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
DRAFT_ETAG = re.compile(r'(?:W/)?"(?P<revision>\d{1,9})(?:\.(?P<version>\d{1,9}))?"')


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


@dataclass(frozen=True, slots=True)
class SeenDraft:
    """What somebody saw of a draft: its version and the revision of the graph; None matches any."""

    version: int | None = None
    revision: int | None = None


def tag_of(*, revision: int, version: int) -> str:
    """The entity tag of a draft: the revision of the graph that it would change, and its own version."""
    return f'"{revision}.{version}"'


def with_draft_etag(response: Response, draft: GraphDraft) -> Response:
    """Tell with an answer which draft on which graph it was read from."""
    response["ETag"] = tag_of(revision=draft.subject.revision, version=draft.version)
    return response


def seen_draft(request: Request, *, required: bool = False) -> SeenDraft:
    """What If-Match names: the tag of a draft, that of the graph alone, or ``*`` for whatever there is."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        if required:
            raise RevisionNotNamed
        return SeenDraft()
    if header == "*":
        return SeenDraft()
    match = DRAFT_ETAG.fullmatch(header)
    if match is None:
        raise RevisionNotUnderstood(header)
    version = None if match["version"] is None else int(match["version"])
    return SeenDraft(version=version, revision=int(match["revision"]))
