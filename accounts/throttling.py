"""Guessing passwords is slow, at every door: the API, the sign-in page and the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class SignInThrottle(SimpleRateThrottle):
    """So many tries from one address, whoever else is signed in there."""

    rate = "20/min"
    scope = "sign-in"

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class FailureThrottle(SignInThrottle):
    """Counts only tries that failed: a whole class behind one address may come in at once."""

    scope = "sign-in-failures"

    def refuses(self, request: Any) -> bool:
        """Whether this address has failed too often of late."""
        return not self.allow_request(request, cast("APIView", None))

    def throttle_success(self) -> bool:
        return True

    def note_failure(self, request: Any) -> None:
        """Count one more failed try."""
        if self.allow_request(request, cast("APIView", None)):
            super().throttle_success()


class SlowToGuess:
    """For sign-in forms: after too many failures no password is looked at for a while."""

    request: Any

    def clean(self) -> dict[str, Any]:
        if FailureThrottle().refuses(self.request):
            raise forms.ValidationError(
                "Too many failed tries from here. Wait a minute, then try again.", code="throttled"
            )
        try:
            return cast("dict[str, Any]", super().clean())  # type: ignore[misc]
        except forms.ValidationError:
            FailureThrottle().note_failure(self.request)
            raise


class SignInForm(SlowToGuess, AuthenticationForm):
    """The form of the sign-in page."""


class AdminSignInForm(SlowToGuess, AdminAuthenticationForm):
    """The form of the admin's own sign-in page."""
