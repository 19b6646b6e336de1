"""The accounts of a demonstration: one of each role, an operator, and the class that joins two of them."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Class, User
from concepts.models import Subject
from curriculum.errors import DemoNameTaken

DEMO_PASSWORD = "cairn-demo"  # noqa: S105  (printed on purpose; these accounts exist only where DEBUG is on)
DEMO_CLASS = "Demo class"
DEMO_MAIL = "@demo.invalid"
DEMO_ROLES = {
    "learner": User.Role.LEARNER,
    "educator": User.Role.EDUCATOR,
    "researcher": User.Role.RESEARCHER,
    "operator": User.Role.EDUCATOR,
}


@transaction.atomic
def create_demo_users() -> list[User]:
    """Make or restore the demo accounts, and give them every open subject."""
    users = {name: _restore(name, role) for name, role in DEMO_ROLES.items()}
    demo_class, _ = Class.objects.get_or_create(name=DEMO_CLASS)
    demo_class.educators.add(users["educator"])
    demo_class.learners.add(users["learner"])
    for subject in Subject.objects.filter(library__is_open=True).select_related("library"):
        subject.researchers.add(users["researcher"])
        subject.library.educators.add(users["educator"])
        subject.library.classes.add(demo_class)
    return list(users.values())


@transaction.atomic
def close_demo_users() -> int:
    """Bar the demo accounts from signing in; what they did stays on record."""
    users = User.objects.filter(username__in=DEMO_ROLES, email__endswith=DEMO_MAIL, is_active=True)
    for user in users:
        user.is_active = False
        user.set_unusable_password()
        user.save()
    return len(users)


def _restore(name: str, role: str) -> User:
    is_operator = name == "operator"
    user, _ = User.objects.get_or_create(username=name, defaults={"email": name + DEMO_MAIL})
    if not user.email.endswith(DEMO_MAIL):
        raise DemoNameTaken(name)
    if not user.check_password(DEMO_PASSWORD):
        user.set_password(DEMO_PASSWORD)
    user.role, user.is_staff, user.is_superuser, user.is_active = role, is_operator, is_operator, True
    user.save()
    return user
