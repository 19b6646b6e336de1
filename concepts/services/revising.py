"""Every change of a graph is one numbered revision, made while nobody else can change the same graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.models import User
from concepts.errors import StaleRevision
from concepts.models import Revision, Subject
from concepts.services.comparing import changes_since
from concepts.services.following import tell_followers
from concepts.services.journalling import Journal


@contextmanager
def revise(
    subject: Subject, *, author: User | None, reason: str = "", expected: int | None = None
) -> Iterator[Journal]:
    """Change ``subject``'s graph: all of the block's operations become one revision, or nothing happens.

    ``expected`` is the revision the change was made for; another one at hand is an error that says what
    happened between. A block that records no operation makes no revision. Where a block moves what learners
    showed from one concept to another, their beliefs follow before the transaction ends.
    """
    with transaction.atomic():
        locked = Subject.objects.select_for_update().get(pk=subject.pk)
        if expected is not None and expected != locked.revision:
            since = changes_since(locked, expected)
            raise StaleRevision(expected=expected, current=locked.revision, since=since)
        journal = Journal(locked)
        yield journal
        if journal.operations:
            _number(journal, author=author, reason=reason)
            tell_followers(journal)
    subject.revision = locked.revision


def _number(journal: Journal, *, author: User | None, reason: str) -> None:
    subject = journal.subject
    subject.revision += 1
    subject.save(update_fields=["revision"])
    journal.revision = Revision.objects.create(
        subject=subject,
        number=subject.revision,
        kind=journal.kind,
        target=journal.target,
        standing=subject.revision if journal.standing is None else journal.standing,
        author=author,
        reason=reason[:500],
        operations=journal.operations,
        changes=journal.changes,
    )
