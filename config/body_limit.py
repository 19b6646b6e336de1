"""No request is received that announces more than the service will ever read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.page_errors import refusal
from config.parsers import BodyTooLarge


class BodyLimitMiddleware:
    """Refuse what announces itself as too large: forms are otherwise stored before a view is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if announced.isdigit() and int(announced) > settings.MAX_REQUEST_BYTES:
            error = BodyTooLarge(limit=settings.MAX_REQUEST_BYTES)
            return refusal(
                request, status=413, slug="body-too-large", title="Too large", detail=str(error.detail)
            )
        return self.get_response(request)
