"""Every change of a graph is one numbered revision, made while nobody else can change the same graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from accounts.models import User
from concepts.errors import StaleRevision
from concepts.models import Revision, Subject
from concepts.services.comparing import changes_since
from concepts.services.following import tell_followers
from concepts.services.journalling import Identify, Journal, at_random

_in_the_making: ContextVar[tuple[Journal, ...]] = ContextVar("revisions_in_the_making", default=())


class UntoldChange(RuntimeError):
    """An edit changed rows and recorded no operation: it could neither be told nor undone."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"An edit of {subject} recorded no operation. Call journal.record() for what it did."
        )


@contextmanager
def revise(
    subject: Subject,
    *,
    author: User | None,
    reason: str = "",
    expected: int | None = None,
    identify: Identify = at_random,
) -> Iterator[Journal]:
    """Change ``subject``'s graph: all of the block's operations become one revision, or nothing happens.

    ``expected`` is the revision the change was made for; another one at hand is an error that says what
    happened between. A block that records no operation makes no revision. Where a block moves what learners
    showed from one concept to another, their beliefs follow before the transaction ends. Inside another such
    block on the same subject the operations become part of the outer revision, each with its own ``reason``.
    ``identify`` gives new rows their ids.
    """
    outer = next((journal for journal in _in_the_making.get() if journal.subject.pk == subject.pk), None)
    if outer is not None:
        _check_expected(outer.subject, expected)
        with _part_of(outer, reason=reason):
            yield outer
        return
    with transaction.atomic():
        locked = Subject.objects.select_for_update().get(pk=subject.pk)
        _check_expected(locked, expected)
        journal = Journal(locked, identify=identify)
        token = _in_the_making.set((*_in_the_making.get(), journal))
        try:
            yield journal
        finally:
            _in_the_making.reset(token)
        if journal.changes and not journal.operations:
            raise UntoldChange(locked.name)
        if journal.operations:
            _number(journal, author=author, reason=reason)
            tell_followers(journal)
    subject.revision = locked.revision


@contextmanager
def _part_of(outer: Journal, *, reason: str) -> Iterator[None]:
    """One edit of several: what it did stays apart until it has succeeded."""
    place = outer.place()
    try:
        with transaction.atomic():
            yield
    except BaseException:
        outer.take_back(to=place)
        raise
    for operation in outer.operations[place[0] :] if reason else ():
        operation.setdefault("reason", reason)


def _check_expected(locked: Subject, expected: int | None) -> None:
    if expected is not None and expected != locked.revision:
        since = changes_since(locked, expected)
        raise StaleRevision(expected=expected, current=locked.revision, since=since)


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
