"""Opens new subjects."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify

from accounts.models import User
from concepts.errors import SubjectKeyTaken, UnnameableConcept
from concepts.models import Subject
from research.models import Library


@transaction.atomic
def open_subject(*, name: str, keeper: User, key: str = "", is_open: bool = False) -> Subject:
    """Make a subject with an empty graph and the library it will be drawn from; ``keeper`` edits both."""
    key = key or slugify(name)[:80]
    if not key:
        raise UnnameableConcept(name)
    if Subject.objects.filter(key=key).exists() or Library.objects.filter(key=key).exists():
        raise SubjectKeyTaken(key)
    library = Library.objects.create(key=key, name=name, is_open=is_open)
    library.educators.add(keeper)
    return Subject.objects.create(key=key, name=name, library=library)
