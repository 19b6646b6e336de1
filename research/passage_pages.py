"""HTML: a passage in its document, with the quoted words marked."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from research.models import Passage
from research.places import link_to, place_at


@login_required
@require_safe
def passage(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open a source at its place; ``?start=&end=`` are offsets of the quote within the passage."""
    readable = Passage.objects.visible_to(request.user).select_related("document__source")
    shown = get_object_or_404(readable, pk=pk)
    start, end = _quoted(request, length=len(shown.text))
    place = place_at(shown.document.structure, offset=shown.start + start)
    neighbours = Passage.objects.filter(document=shown.document)
    return render(
        request,
        "research/passage.html",
        {
            "passage": shown,
            "document": shown.document,
            "source": shown.document.source,
            "before": shown.text[:start],
            "quote": shown.text[start:end],
            "after": shown.text[end:],
            "place": place.label,
            "link": link_to(shown.document.source.url, place=place),
            "previous": neighbours.filter(ordinal__lt=shown.ordinal).order_by("ordinal").last(),
            "next": neighbours.filter(ordinal__gt=shown.ordinal).order_by("ordinal").first(),
            "position": neighbours.filter(ordinal__lte=shown.ordinal).count(),
            "count": neighbours.count(),
        },
    )


def _quoted(request: HttpRequest, *, length: int) -> tuple[int, int]:
    """The offsets asked for, or nothing marked where they are no place in the passage."""
    try:
        start, end = int(request.GET.get("start", 0)), int(request.GET.get("end", 0))
    except ValueError:
        return 0, 0
    return (start, end) if 0 <= start < end <= length else (0, 0)
