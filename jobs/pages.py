"""HTML: the progress of one job, polled by htmx, for any page that waits for one."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from jobs import services
from jobs.models import Job


@login_required
@require_GET
def progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One progress line; once the job has ended it tells the waiting page to load itself anew."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    response = render(request, "jobs/progress.html", {"job": job})
    if job.has_ended:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Queue a failed job again and return to the page that asked."""
    services.retry(get_object_or_404(Job.objects.visible_to(request.user), pk=pk))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else "home")
