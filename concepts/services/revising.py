"""Every change of a graph is one numbered revision, made while nobody else can change the same graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from accounts.models import User
from concepts.errors import StaleRevision
from concepts.models import Revision, Subject
from concepts.services.graphs_of import standing_graph
from graphs.building import PrerequisiteGraph


class Draft:
    """The revision in the making: what was done so far, on a subject whose row is locked."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.operations: list[dict[str, Any]] = []

    def record(self, operation: str, **data: Any) -> None:
        """Write down one operation with all that is needed to understand it and to take it back."""
        self.operations.append({"operation": operation, **data})

    def graph(self) -> PrerequisiteGraph:
        """The graph as it stands inside this transaction; proposals count, since they may be accepted."""
        return standing_graph(self.subject)


@contextmanager
def revise(
    subject: Subject, *, author: User | None, reason: str = "", expected: int | None = None
) -> Iterator[Draft]:
    """Change ``subject``'s graph: all of the block's operations become one revision, or nothing happens.

    ``expected`` is the revision the change was made for; another one at hand is an error. A block that
    records no operation makes no revision.
    """
    with transaction.atomic():
        locked = Subject.objects.select_for_update().get(pk=subject.pk)
        if expected is not None and expected != locked.revision:
            raise StaleRevision(expected=expected, current=locked.revision)
        draft = Draft(locked)
        yield draft
        if draft.operations:
            _number(draft, author=author, reason=reason)
    subject.revision = locked.revision


def _number(draft: Draft, *, author: User | None, reason: str) -> None:
    draft.subject.revision += 1
    draft.subject.save(update_fields=["revision"])
    Revision.objects.create(
        subject=draft.subject,
        number=draft.subject.revision,
        author=author,
        reason=reason[:500],
        operations=draft.operations,
    )
