"""The same table of errors, told on a page to someone with a browser."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from config.api_errors import PROBLEM_JSON, problem_for

log = structlog.get_logger("cairn.pages")


class PageErrorMiddleware:
    """Turn a known error of any room into a page that says what to do, with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        problem = problem_for(error)
        if problem is None:
            return None
        log.warning("page refused", problem=problem.slug)
        return _error_page(request, status=problem.status, title=problem.title, detail=str(error))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What the framework refuses before a view is asked: unknown host, too many fields, too much data."""
    if isinstance(exception, RequestDataTooBig):
        detail = "More text was sent than one form may hold. Send less at once, or upload it as a file."
        return refusal(request, status=413, slug="body-too-large", title="Too large", detail=detail)
    detail = "The request is not in order. Go back, load the page again and repeat it."
    return refusal(request, status=400, slug="bad-request", title="Not understood", detail=detail)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Signed in, but not as someone who may do this."""
    detail = str(exception) or "This is for the educators who keep this subject. Ask one of them."
    return refusal(request, status=403, slug="permission-denied", title="Not allowed", detail=detail)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: sent from another site, or from a page of an ended session."""
    detail = "The page was too old to be sent. Go back, load it again and repeat; cookies must be on."
    return refusal(request, status=403, slug="csrf-failed", title="Please send it again", detail=detail)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page, or not for this user; which of the two is nobody's business."""
    detail = "There is no such page, or it is not open to you."
    return refusal(request, status=404, slug="not-found", title="Not found", detail=detail)


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """An address of the API that no room knows."""
    detail = f"There is no {request.path} here. /api/docs/ lists every address; none ends in a slash."
    return refusal(request, status=404, slug="not-found", title="Not Found", detail=detail)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke; the request id is in the response's X-Request-Id header and in the log."""
    detail = "It has been logged. Going back and trying again is safe."
    return refusal(request, status=500, slug="server-error", title="Something broke", detail=detail)


def refusal(request: HttpRequest, *, status: int, slug: str, title: str, detail: str) -> HttpResponse:
    """A refusal in the language of who asked: a problem for programs, a page for people."""
    if not request.path.startswith("/api/"):
        return _error_page(request, status=status, title=title, detail=detail)
    body = {
        "type": f"urn:cairn:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
    }
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON)


def _error_page(request: HttpRequest, *, status: int, title: str, detail: str) -> HttpResponse:
    context = {"title": title, "detail": detail, "came_from": _came_from(request)}
    return render(request, "error.html", context, status=status)


def _came_from(request: HttpRequest) -> str:
    """The page of ours that led here, without its host; empty if it is unknown, foreign or this very one."""
    origin = f"{request.scheme}://{request.META.get('HTTP_HOST', '')}/"
    referer = request.headers.get("Referer", "")
    path = "/" + referer.removeprefix(origin).lstrip("/\\")
    return path if referer.startswith(origin) and path != request.get_full_path() else ""
