"""Who may do what: readers read, the educators who keep a library change what is on its shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import User
from research.models import Library

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from rest_framework.views import APIView

MESSAGE = "Only the educators who keep this library may change its sources."


def may_edit(user: User | AnonymousUser, library: Library) -> bool:
    """Whether ``user`` may add to this library and remove from it."""
    return Library.objects.editable_by(user).filter(pk=library.pk).exists()


def check_may_edit(user: User | AnonymousUser, library: Library) -> None:
    """Refuse whoever may read this library but not change it."""
    if not may_edit(user, library):
        raise PermissionDenied(MESSAGE)


class KeepersChange(BasePermission):
    """Safe methods for whoever sees the source; the others for the educators of its library."""

    message = MESSAGE

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return request.method in SAFE_METHODS or may_edit(request.user, obj.library)
