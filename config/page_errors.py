"""The same table of errors, told on a page to someone with a browser."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.api_errors import problem_for

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


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page, or not for this user; which of the two is nobody's business."""
    return _error_page(
        request, status=404, title="Not found", detail="There is no such page, or it is not open to you."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke; the request id is in the response's X-Request-Id header and in the log."""
    return _error_page(
        request,
        status=500,
        title="Something broke",
        detail="It has been logged. Going back and trying again is safe.",
    )


def _error_page(request: HttpRequest, *, status: int, title: str, detail: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "detail": detail}, status=status)
