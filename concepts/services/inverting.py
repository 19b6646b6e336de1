"""Reads from journalled changes what rows were before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from concepts.models import Revision, Subject

Key = tuple[str, str]


@dataclass(slots=True)
class Earlier:
    """What a row was: all its columns if it is whole, or those alone that changed since."""

    values: dict[str, Any]
    is_whole: bool


def changes_after(
    subject: Subject, number: int, *, until: int | None = None
) -> Iterator[list[dict[str, Any]]]:
    """The changes of every revision after ``number``, the newest first, read one at a time."""
    revisions = Revision.objects.filter(subject=subject, number__gt=number).order_by("-number")
    if until is not None:
        revisions = revisions.filter(number__lte=until)
    return revisions.values_list("changes", flat=True).iterator(chunk_size=20)


def earlier_rows(changesets: Iterable[list[dict[str, Any]]]) -> dict[Key, Earlier | None]:
    """Return by table and id what each changed row was before all of ``changesets``; None: it was not there.

    Parameters
    ----------
    changesets
        The newest first, without a gap.
    """
    rows: dict[Key, Earlier | None] = {}
    for changes in changesets:
        for change in reversed(changes):
            table = str(change["table"])
            for key in change.get("created", ()):
                rows[table, key] = None
            for row in change.get("deleted", ()):
                rows[table, str(row["id"])] = Earlier(dict(row), is_whole=True)
            for key, before, _ in change.get("changed", ()):
                known = rows.get((table, key))
                if known is None:
                    known = rows[table, key] = Earlier({}, is_whole=False)
                known.values.update(before)
    return rows
