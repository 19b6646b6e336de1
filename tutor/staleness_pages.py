"""HTML: what a change of the sources means for a subject; also a panel on the page of its graph."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from concepts.models import Subject
from concepts.permissions import may_edit
from tutor.services.staleness import staleness_report


@login_required
@require_safe
def staleness(request: HttpRequest, key: str) -> HttpResponse:
    """Changed sources and what rests on them, with the way to draw the graph from them anew."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    if not Subject.objects.open_to(request.user).filter(pk=subject.pk).exists():
        raise PermissionDenied
    name = "tutor/_staleness.html" if getattr(request, "htmx", False) else "tutor/staleness.html"
    context = {
        "subject": subject,
        "report": staleness_report(subject),
        "may_edit": may_edit(request.user, subject),
    }
    return render(request, name, context)
