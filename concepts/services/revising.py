"""Every change of a graph is one numbered revision, made while nobody else can change the same graph."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

from accounts.models import User
from concepts.errors import StaleRevision
from concepts.models import Concept, Prerequisite, Revision, Subject
from concepts.services.graphs_of import place_concept, place_edge, standing_graph
from graphs.building import PrerequisiteGraph

Identify = Callable[[str], uuid.UUID]


def _at_random(name: str) -> uuid.UUID:
    return uuid.uuid4()


class Draft:
    """The revision in the making: what was done so far, on a subject whose row is locked."""

    def __init__(self, subject: Subject, *, identify: Identify = _at_random) -> None:
        self.subject = subject
        self.identify = identify
        self.operations: list[dict[str, Any]] = []
        self._graph: PrerequisiteGraph | None = None
        self._graph_is_of = 0

    def record(self, operation: str, **data: Any) -> None:
        """Write down one operation with all that is needed to understand it and to take it back."""
        self.operations.append({"operation": operation, **data})

    def graph(self, *, anew: bool = False) -> PrerequisiteGraph:
        """The graph as it stands inside this transaction; proposals count, since they may be accepted.

        It is read again only after an operation was recorded, or ``anew`` for an edit that has written
        rows and is not recorded yet.
        """
        if anew or self._graph is None or self._graph_is_of != len(self.operations):
            self._graph = standing_graph(self.subject)
            self._graph_is_of = len(self.operations)
        return self._graph

    def record_added(self, row: Concept | Prerequisite, operation: str, **data: Any) -> None:
        """Record an addition, and spare the next edit of this revision reading the whole graph for it."""
        is_current = self._graph is not None and self._graph_is_of == len(self.operations)
        self.record(operation, **data)
        if self._graph is None or not is_current:
            return
        if isinstance(row, Concept):
            place_concept(self._graph, row)
        else:
            place_edge(self._graph, row)
        self._graph_is_of = len(self.operations)

    def take_back(self, *, to: int) -> None:
        """Forget what was recorded since; its rows were rolled back."""
        del self.operations[to:]
        self._graph = None


_in_the_making: ContextVar[tuple[Draft, ...]] = ContextVar("revisions_in_the_making", default=())


@contextmanager
def revise(
    subject: Subject,
    *,
    author: User | None,
    reason: str = "",
    expected: int | None = None,
    identify: Identify = _at_random,
) -> Iterator[Draft]:
    """Change ``subject``'s graph: all of the block's operations become one revision, or nothing happens.

    ``expected`` is the revision the change was made for; another one at hand is an error. A block that
    records no operation makes no revision. Inside another such block on the same subject the operations
    become part of the outer revision, each with its own ``reason``. ``identify`` gives new rows their ids.
    """
    outer = next((draft for draft in _in_the_making.get() if draft.subject.pk == subject.pk), None)
    if outer is not None:
        _check_expected(outer.subject, expected)
        with _part_of(outer, reason=reason):
            yield outer
        return
    with transaction.atomic():
        locked = Subject.objects.select_for_update().get(pk=subject.pk)
        _check_expected(locked, expected)
        draft = Draft(locked, identify=identify)
        token = _in_the_making.set((*_in_the_making.get(), draft))
        try:
            yield draft
        finally:
            _in_the_making.reset(token)
        if draft.operations:
            _number(draft, author=author, reason=reason)
    subject.revision = locked.revision


@contextmanager
def _part_of(outer: Draft, *, reason: str) -> Iterator[None]:
    """One edit of several: what it did stays apart until it has succeeded."""
    before = len(outer.operations)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        outer.take_back(to=before)
        raise
    for operation in outer.operations[before:] if reason else ():
        operation.setdefault("reason", reason)


def _check_expected(locked: Subject, expected: int | None) -> None:
    if expected is not None and expected != locked.revision:
        raise StaleRevision(expected=expected, current=locked.revision)


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
