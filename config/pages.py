"""The front door, and whether the service is alive and ready."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from config import health


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where a signed-in user starts."""
    return redirect("subjects")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: this process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready: every part that serving needs works; a part that does not is named."""
    parts = health.check_parts()
    ready = all(part["ok"] for part in parts.values())
    return JsonResponse(
        {"status": "ok" if ready else "failing", "parts": parts}, status=200 if ready else 503
    )
