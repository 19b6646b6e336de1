"""Gathers edits in a draft, tries them, and publishes them together as one revision.

A draft is checked by doing all of it in a transaction that is rolled back: what is refused then, with the
operation named, is exactly what publishing would refuse.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from concepts.draft_models import MAX_OPERATIONS
from concepts.errors import (
    CommandDoesNotFit,
    DraftChanged,
    DraftIsClosed,
    NoSuchOperation,
    NothingToPublish,
    OperationIsNeeded,
    OrderNotComplete,
    TooManyOperations,
)
from concepts.models import GraphDraft, Revision, Subject
from concepts.services.commands import REFUSALS, Bench, carry_out, understood
from concepts.services.journalling import Identify
from concepts.services.revising import revise

Operation = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """One edit that somebody wants: the name of the command, and its parameters as they came."""

    name: str
    parameters: Any


def open_draft(subject: Subject, *, author: User, title: str = "", reason: str = "") -> GraphDraft:
    """Begin to gather edits; the graph is not touched until they are published."""
    revision = Subject.objects.values_list("revision", flat=True).get(pk=subject.pk)
    return GraphDraft.objects.create(
        subject=subject, author=author, title=title, reason=reason, based_on=revision
    )


def append(draft: GraphDraft, *, commands: Sequence[Command], expected: int | None = None) -> GraphDraft:
    """Add edits at the end: all of them, or none with the first that does not fit."""
    wanted = [(command.name, understood(command.name, command.parameters)) for command in commands]
    with _changing(draft, expected=expected) as locked:
        if len(locked.operations) + len(wanted) > MAX_OPERATIONS:
            raise TooManyOperations(limit=MAX_OPERATIONS)
        for name, parameters in wanted:
            locked.last_number += 1
            locked.operations.append(
                {"number": locked.last_number, "command": name, "parameters": parameters}
            )
        misfit = first_misfit(locked)
        if misfit:
            raise misfit
    return _reread(draft)


def remove(draft: GraphDraft, *, number: int, expected: int | None = None) -> GraphDraft:
    """Take one operation out, unless a later one that fits now would no longer."""
    with _changing(draft, expected=expected) as locked:
        kept = [operation for operation in locked.operations if operation["number"] != number]
        if len(kept) == len(locked.operations):
            raise NoSuchOperation(number)
        _rearrange(locked, kept)
    return _reread(draft)


def describe(
    draft: GraphDraft,
    *,
    title: str | None = None,
    reason: str | None = None,
    order: Sequence[int] | None = None,
    expected: int | None = None,
) -> GraphDraft:
    """Change what the draft is called and why, or the order of its operations."""
    with _changing(draft, expected=expected) as locked:
        locked.title = locked.title if title is None else title
        locked.reason = locked.reason if reason is None else reason
        if order is not None:
            held = {operation["number"]: operation for operation in locked.operations}
            if sorted(order) != sorted(held):
                raise OrderNotComplete(sorted(held))
            _rearrange(locked, [held[number] for number in order])
    return _reread(draft)


def discard(draft: GraphDraft, *, author: User, expected: int | None = None) -> GraphDraft:
    """Give the draft up; it stays on record."""
    with _changing(draft, expected=expected) as locked:
        locked.state, locked.closed_by = GraphDraft.State.DISCARDED, author
    return _reread(draft)


def publish(
    draft: GraphDraft, *, author: User, expected: int | None = None, expected_revision: int | None = None
) -> Revision:
    """Do all of it on the graph as it is now, as one revision; or say which operation does not fit and why.

    ``expected`` is the version of the draft, ``expected_revision`` the revision of the graph, that the
    publisher has seen.
    """
    with _changing(draft, expected=expected) as locked:
        with revise(
            locked.subject,
            author=author,
            reason=": ".join(part for part in (locked.title, locked.reason) if part),
            expected=expected_revision,
            identify=_ids_of(locked),
        ) as revision:
            _carry_out(locked.operations, bench=Bench(revision.subject, author))
            if not revision.operations:
                raise NothingToPublish
        locked.state, locked.closed_by = GraphDraft.State.PUBLISHED, author
        locked.published_as = Revision.objects.get(subject=locked.subject_id, number=locked.subject.revision)
    published = _reread(draft).published_as
    assert published is not None
    return published


def check_open(draft: GraphDraft) -> None:
    """Refuse a draft that was published or discarded."""
    if not draft.is_open:
        revision = draft.published_as.number if draft.published_as else None
        raise DraftIsClosed(state=draft.state, revision=revision)


@contextmanager
def carried_out(draft: GraphDraft) -> Iterator[Subject]:
    """Inside the block the graph is as publishing would leave it; after the block it is as it was.

    The subject that is handed out carries the number that the revision would have, under which nothing must
    be kept past the block: read graphs with `read_gating`.
    """
    before = draft.subject.revision
    try:
        with transaction.atomic():
            with revise(draft.subject, author=draft.author, identify=_ids_of(draft)) as revision:
                _carry_out(draft.operations, bench=Bench(revision.subject, draft.author))
            yield revision.subject
            transaction.set_rollback(True)
    finally:
        draft.subject.revision = before


def first_misfit(draft: GraphDraft) -> CommandDoesNotFit | None:
    """The first operation that the graph as it is now would refuse, or None where all of it fits."""
    try:
        with carried_out(draft):
            return None
    except CommandDoesNotFit as misfit:
        return misfit


def _carry_out(operations: Sequence[Operation], *, bench: Bench) -> None:
    for operation in operations:
        try:
            carry_out(operation["command"], operation["parameters"], bench=bench)
        except REFUSALS as reason:
            raise CommandDoesNotFit(
                operation["number"], command=operation["command"], reason=reason
            ) from reason


def _ids_of(draft: GraphDraft) -> Identify:
    """The same ids each time: ties of the policy are settled by id, and a preview must settle them alike."""
    namespace = draft.pk

    def identify(name: str) -> uuid.UUID:
        return uuid.uuid5(namespace, name)

    return identify


@contextmanager
def _changing(draft: GraphDraft, *, expected: int | None) -> Iterator[GraphDraft]:
    """The row itself, locked, open and in the version that was seen; it is saved if the block succeeds."""
    with transaction.atomic():
        locked = GraphDraft.objects.select_for_update(of=("self",)).select_related("subject").get(pk=draft.pk)
        check_open(locked)
        if expected is not None and expected != locked.version:
            raise DraftChanged(expected=expected, current=locked.version)
        yield locked
        locked.version += 1
        locked.save()


def _rearrange(locked: GraphDraft, operations: Collection[Operation]) -> None:
    """Put other operations in place; a draft that fitted must fit still, one that did not may be mended."""
    fitted = first_misfit(locked) is None
    locked.operations = list(operations)
    if fitted:
        misfit = first_misfit(locked)
        if misfit:
            raise OperationIsNeeded(misfit)


def _reread(draft: GraphDraft) -> GraphDraft:
    """Bring the caller's instance up to date."""
    draft.refresh_from_db()
    return draft
