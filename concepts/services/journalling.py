"""Writes rows and remembers what they were, so that whatever was done can be taken back to the byte.

A change is ``{"table", "created": [id]}``, ``{"table", "deleted": [row]}`` or ``{"table", "changed":
[[id, before, after]]}``. A created row is named by its id alone: what it holds stands in its table, and
where it changes later that change says what it was.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.apps import apps
from django.db import models

from concepts.models import Concept, PointHome, Revision, Subject
from concepts.services.acyclicity import load_links
from graphs.building import PrerequisiteGraph

Row = TypeVar("Row", bound=models.Model)
Values = dict[str, Any]
Identify = Callable[[str], uuid.UUID]
Place = tuple[int, int, frozenset[uuid.UUID]]
BATCH = 500


def at_random(name: str) -> uuid.UUID:
    """Give a new row an id that nobody can foretell."""
    return uuid.uuid4()


class Journal:
    """The revision in the making: what was done so far, on a subject whose row is locked."""

    def __init__(self, subject: Subject, *, identify: Identify = at_random) -> None:
        self.subject = subject
        self.identify = identify
        self.operations: list[Values] = []
        self.changes: list[Values] = []
        self.kind = Revision.Kind.EDIT
        self.target: int | None = None
        self.standing: int | None = None
        self.moved: set[uuid.UUID] = set()
        self.moved_points = False
        self.revision: Revision | None = None

    def record(self, operation: str, **data: Any) -> None:
        """Write down one operation with all that a person needs to understand it."""
        self.operations.append({"operation": operation, **data})

    def place(self) -> Place:
        """How far it is, for `take_back`."""
        return len(self.operations), len(self.changes), frozenset(self.moved)

    def take_back(self, *, to: Place) -> None:
        """Forget what was done since; its rows were rolled back."""
        del self.operations[to[0] :]
        del self.changes[to[1] :]
        self.moved = set(to[2])

    def graph(self) -> PrerequisiteGraph:
        """The graph as it stands inside this transaction; proposals count, since they may be accepted."""
        return load_links(self.subject)

    def create(self, *rows: models.Model) -> None:
        """Insert rows, whose keys are chosen already or by the database, one statement for each table."""
        for model, group in _by_model(rows).items():
            model._base_manager.bulk_create(group)
            self.changes.append({"table": model._meta.label_lower, "created": [key_of(row) for row in group]})
            self._note_homes(group)

    def change(self, row: models.Model, **values: Any) -> Values:
        """Set values on a row; returns what they were where they differ."""
        before, after = _set(row, values)
        if before:
            row.save(update_fields=list(before))
            self._remember(type(row), [(row, before, after)])
        return before

    def change_all(self, pairs: Iterable[tuple[models.Model, Mapping[str, Any]]]) -> None:
        """Set values on many rows, in one statement for all of a table that differ in the same columns."""
        groups: dict[Any, list[tuple[models.Model, Values, Values]]] = defaultdict(list)
        for row, values in pairs:
            before, after = _set(row, values)
            if before:
                groups[type(row), tuple(sorted(before))].append((row, before, after))
        for (model, names), group in groups.items():
            fields = [model._meta.get_field(name).name for name in names]
            model._base_manager.bulk_update([row for row, _, _ in group], fields, batch_size=BATCH)
            self._remember(model, group)

    def delete(self, *rows: models.Model) -> None:
        """Remove rows, and nothing that hangs on them: whoever asks has dealt with that."""
        for model, group in _by_model(rows).items():
            self._note_homes(group)
            self.changes.append(
                {"table": model._meta.label_lower, "deleted": [plain_row(row) for row in group]}
            )
            keys = [row.pk for row in group]
            for start in range(0, len(keys), BATCH):
                found: Any = model._base_manager.filter(pk__in=keys[start : start + BATCH])
                found._raw_delete(found.db)

    def _remember(self, model: type[models.Model], group: list[tuple[models.Model, Values, Values]]) -> None:
        changed = [[key_of(row), before, after] for row, before, after in group]
        self.changes.append({"table": model._meta.label_lower, "changed": changed})
        for row, before, after in group:
            names = [name for name in _home_fields(row) if name in before]
            if names:
                self._note(row)
                self.moved |= {
                    uuid.UUID(side[name]) for side in (before, after) for name in names if side[name]
                }

    def _note_homes(self, rows: Iterable[models.Model]) -> None:
        for row in rows:
            if any(getattr(row, name) for name in _home_fields(row)):
                self._note(row)

    def _note(self, row: models.Model) -> None:
        """Remember whose record is read otherwise now: the concepts at both ends of a move."""
        if isinstance(row, PointHome):
            self.moved_points = True
            self.moved |= {row.origin_id, row.concept_id}
        elif isinstance(row, Concept):
            self.moved |= {row.pk} | ({row.merged_into_id} if row.merged_into_id else set())


def key_of(row: models.Model) -> str:
    """The row's key as JSON has it."""
    return str(row.pk)


def plain_row(row: models.Model) -> Values:
    """All columns of a row as plain JSON values."""
    return {field.attname: plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def plain(value: Any) -> Any:
    """One value of a column as plain JSON."""
    if isinstance(value, uuid.UUID | str):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def read_values(model: type[models.Model], values: Mapping[str, Any]) -> Values:
    """Turn plain JSON values back into those of the columns."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in values.items()}


def model_of(table: str) -> type[models.Model]:
    """The model whose table a change names."""
    return apps.get_model(table)


def _home_fields(row: models.Model) -> tuple[str, ...]:
    """Which columns say where what learners showed is counted."""
    if isinstance(row, Concept):
        return ("merged_into_id",)
    return ("origin_id", "concept_id") if isinstance(row, PointHome) else ()


def _set(row: models.Model, values: Mapping[str, Any]) -> tuple[Values, Values]:
    before: Values = {}
    after: Values = {}
    for name, value in values.items():
        field = row._meta.get_field(name)
        column = str(getattr(field, "attname", name))
        old, new = (
            plain(getattr(row, column)),
            plain(value.pk if isinstance(value, models.Model) else value),
        )
        if old != new:
            before[column], after[column] = old, new
            setattr(row, name, value)
    return before, after


def _by_model(rows: Iterable[Row]) -> dict[type[Row], list[Row]]:
    groups: dict[type[Row], list[Row]] = {}
    for row in rows:
        groups.setdefault(type(row), []).append(row)
    return groups
