"""Who may do what: readers read, the educators who keep a subject's library edit its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import User
from concepts.models import Subject

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from rest_framework.views import APIView


def may_edit(user: User | AnonymousUser, subject: Subject) -> bool:
    """Whether ``user`` may change this subject's graph."""
    return Subject.objects.editable_by(user).filter(pk=subject.pk).exists()


def check_may_edit(user: User | AnonymousUser, subject: Subject) -> None:
    """Refuse whoever may read this subject but not change it."""
    if not may_edit(user, subject):
        raise PermissionDenied("Only the educators who keep this subject may change it.")


def check_may_see_all(user: User | AnonymousUser, subject: Subject) -> None:
    """Refuse whoever may read this subject, but not what is undecided or doubtful in it."""
    if not Subject.objects.open_to(user).filter(pk=subject.pk).exists():
        raise PermissionDenied("Only the educators who keep this subject and its researchers may see this.")


class KeepersEdit(BasePermission):
    """Safe methods for whoever sees the row; the others for the educators of its subject."""

    message = "Only the educators who keep this subject may change it."

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        subject = obj if isinstance(obj, Subject) else obj.subject
        return request.method in SAFE_METHODS or may_edit(cast(User, request.user), subject)


class EducatorsOpen(BasePermission):
    """Only educators open new subjects."""

    message = "Only educators may open a subject."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method != "POST" or bool(getattr(request.user, "is_educator", False))
