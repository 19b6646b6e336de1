"""Who you are: user, role, class."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models


class User(AbstractUser):
    """Someone who signs in; operators are staff users of any role."""

    class Role(models.TextChoices):
        LEARNER = "learner"
        EDUCATOR = "educator"
        RESEARCHER = "researcher"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=16, choices=Role, default=Role.LEARNER)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["learner", "educator", "researcher"]), name="user_role_known"
            )
        ]

    @property
    def is_educator(self) -> bool:
        """Whether this user may create libraries and subjects."""
        return self.is_staff or self.role == self.Role.EDUCATOR


class ClassQuerySet(models.QuerySet["Class"]):
    def visible_to(self, user: User | AnonymousUser) -> ClassQuerySet:
        """The classes that ``user`` teaches or attends; all of them for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        taught_or_attended = models.Q(educators=user) | models.Q(learners=user)
        return self.filter(taught_or_attended).distinct()


class Class(models.Model):
    """Learners and the educators who follow them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    educators = models.ManyToManyField(User, related_name="classes_taught", blank=True)
    learners = models.ManyToManyField(User, related_name="classes_attended", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClassQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "classes"

    def __str__(self) -> str:
        return self.name


def learners_taught_by(user: User) -> models.QuerySet[User, Any]:
    """The learners of every class that ``user`` teaches."""
    return User.objects.filter(classes_attended__educators=user).distinct()
