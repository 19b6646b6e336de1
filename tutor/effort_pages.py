"""HTML: what a subject's goals are expected to cost a learner; also a panel on the page of its graph."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from concepts.models import Subject
from concepts.permissions import may_edit
from tutor.services.foreseeing import latest_foresight, request_foresight, running_foresight


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def effort(request: HttpRequest, key: str) -> HttpResponse:
    """The latest forecast as a table; POST simulates anew, unless that is under way."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    if not may_edit(request.user, subject):
        raise PermissionDenied
    running = running_foresight(subject)
    if request.method == "POST":
        if running is None:
            request_foresight(subject, requested_by=cast(User, request.user))
        return redirect("subject-effort-page", key=key)
    name = "tutor/_effort.html" if getattr(request, "htmx", False) else "tutor/effort.html"
    shown = {"subject": subject, "foresight": latest_foresight(subject), "running": running}
    return render(request, name, shown)
