"""Takes revisions back and brings them again; history itself is only ever added to."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models

from accounts.models import User
from concepts.errors import AlreadyAtRevision, CannotTakeBack, NothingToRedo, NothingToUndo, UnknownRevision
from concepts.models import Concept, Evidence, Judgement, PointHome, Prerequisite, Revision, Subject
from concepts.services.acyclicity import check_acyclic
from concepts.services.following import followers
from concepts.services.inverting import Earlier, changes_after, earlier_rows
from concepts.services.journalling import BATCH, Journal, model_of, read_values
from concepts.services.revising import revise
from concepts.services.telling import tell_revision

OWN = (Concept, Prerequisite, Evidence, PointHome, Judgement)
WITHDRAWN = "Its making was undone, but it is in use."


def undo(subject: Subject, *, author: User | None, expected: int | None = None, reason: str = "") -> Revision:
    """Take back the newest revision that is not undone, as a new revision."""
    with revise(subject, author=author, reason=reason, expected=expected) as journal:
        number = _standing(journal.subject)
        if not number:
            raise NothingToUndo(subject.name)
        undone = _revision(journal.subject, number)
        withdrawn = _take_back(journal, [undone.changes])
        _forget_drawing(journal, since=number)
        _return_to_origin(journal, withdrawn, since=number)
        journal.kind, journal.target = Revision.Kind.UNDO, number
        journal.standing = _standing(journal.subject, before=number)
        journal.record("undo", revision=number, told=tell_revision(undone))
    return _made(journal)


def redo(subject: Subject, *, author: User | None, expected: int | None = None, reason: str = "") -> Revision:
    """Bring back what the newest undo took; after any other edit there is nothing to bring back."""
    with revise(subject, author=author, reason=reason, expected=expected) as journal:
        taken = redoable(journal.subject)
        if taken is None or taken.target is None:
            raise NothingToRedo(subject.name)
        _take_back(journal, [taken.changes])
        journal.kind, journal.target, journal.standing = Revision.Kind.REDO, taken.target, taken.target
        redone = _revision(journal.subject, taken.target)
        journal.record("redo", revision=taken.target, told=tell_revision(redone))
    return _made(journal)


def restore(
    subject: Subject, number: int, *, author: User | None, expected: int | None = None, reason: str = ""
) -> Revision:
    """Make the graph what it was after revision ``number``, in one revision that can itself be undone."""
    with revise(subject, author=author, reason=reason, expected=expected) as journal:
        if not 0 <= number <= journal.subject.revision:
            raise UnknownRevision(number, newest=journal.subject.revision)
        withdrawn = _take_back(journal, changes_after(journal.subject, number))
        _forget_drawing(journal, since=number + 1)
        _return_to_origin(journal, withdrawn, since=number + 1)
        if not journal.changes:
            raise AlreadyAtRevision(number)
        journal.kind, journal.target = Revision.Kind.RESTORE, number
        journal.record("restore", revision=number)
    return _made(journal)


def undoable(subject: Subject) -> Revision | None:
    """The revision that `undo` would take back."""
    number = _standing(subject)
    return Revision.objects.defer("changes").filter(subject=subject, number=number).first()


def redoable(subject: Subject) -> Revision | None:
    """The undoing that `redo` would take back: the newest that no redo has answered yet."""
    answered = 0
    revisions = Revision.objects.defer("changes").filter(subject=subject).order_by("-number")
    for revision in revisions.iterator(chunk_size=10):
        if revision.kind == Revision.Kind.REDO:
            answered += 1
        elif revision.kind != Revision.Kind.UNDO:
            return None
        elif answered == 0:
            return revision
        else:
            answered -= 1
    return None


def undone_numbers(subject: Subject) -> set[int]:
    """The numbers of the edits that are taken back as the graph is now."""
    rows = {
        number: (kind, standing)
        for number, kind, standing in subject.revisions.values_list("number", "kind", "standing")
    }
    edits = {
        number for number, (kind, _) in rows.items() if kind in (Revision.Kind.EDIT, Revision.Kind.RESTORE)
    }
    number = rows[max(rows)][1] if rows else 0
    while number:
        edits.discard(number)
        number = rows[number - 1][1] if number > 1 else 0
    return edits


def _standing(subject: Subject, *, before: int | None = None) -> int:
    """The newest revision that is not undone, now or just before a revision was made; 0 if there is none."""
    revisions = Revision.objects.filter(subject=subject).order_by("-number")
    if before is not None:
        revisions = revisions.filter(number__lt=before)
    return revisions.values_list("standing", flat=True).first() or 0


def _revision(subject: Subject, number: int) -> Revision:
    return Revision.objects.get(subject=subject, number=number)


def _made(journal: Journal) -> Revision:
    assert journal.revision is not None
    return journal.revision


def _take_back(journal: Journal, changesets: Iterable[list[dict[str, Any]]]) -> set[uuid.UUID]:
    """Make every row again what it was before ``changesets``, the newest first.

    Returns the concepts that should be gone and are only rejected, because learners have something of them.
    """
    by_table: dict[str, dict[str, Earlier | None]] = defaultdict(dict)
    for (name, key), earlier in earlier_rows(changesets).items():
        by_table[name][key] = earlier
    tables = [_Table(journal, model_of(name), rows) for name, rows in by_table.items()]
    tables.sort(key=lambda table: OWN.index(table.model) if table.model in OWN else len(OWN))
    own = [table for table in tables if table.model in OWN]
    others = tables[len(own) :]
    for table in others:  # first, so that what returns to its concept holds no other one back
        table.set_again()
    # Whatever refers to a row goes before it and comes after it; the database checks when all is done.
    withdrawn = {row.pk for table in reversed(tables) for row in table.remove() if table.model is Concept}
    for table in tables:
        table.bring_back()
    for table in own:
        table.set_again()
    check_acyclic(journal.subject, through=_with_new_edges(own))
    return withdrawn


def _return_to_origin(journal: Journal, withdrawn: set[uuid.UUID], *, since: int) -> None:
    """Let what learners showed of a part since it was split off count for the whole again."""
    revisions = Revision.objects.filter(subject=journal.subject, number__gte=since)
    splits = {
        uuid.UUID(one["new_concept"]): uuid.UUID(one["concept"])
        for operations in revisions.order_by("number").values_list("operations", flat=True)
        for one in operations
        if one["operation"] == "split_concept"
    }
    for part in Concept.objects.filter(pk__in=withdrawn & splits.keys()).order_by("pk"):
        origin = Concept.objects.get(pk=splits[part.pk])
        journal.change(part, merged_into=origin)
        for follower in followers():
            follower.merge(journal, source=part, target=origin)


def _forget_drawing(journal: Journal, *, since: int) -> None:
    """Let the next extraction look at everything where one was taken back: what it read counts as unread."""
    operations = Revision.objects.filter(subject=journal.subject, number__gte=since)
    kinds = {one["operation"] for told in operations.values_list("operations", flat=True) for one in told}
    if any(kind.startswith("extract_") for kind in kinds):
        Subject.objects.filter(pk=journal.subject.pk).update(drawn_by="")


def _with_new_edges(tables: Iterable[_Table]) -> set[uuid.UUID]:
    """The concepts that a circle would have to lead through: those that came back, or have an edge back."""
    concepts: set[uuid.UUID] = set()
    for table in tables:
        keys = [
            uuid.UUID(key) for key, earlier in table.rows.items() if earlier and "status" in earlier.values
        ]
        if table.model is Concept:
            concepts |= set(keys)
        elif table.model is Prerequisite:
            ends = Prerequisite.objects.standing().filter(pk__in=keys)
            concepts |= set(ends.values_list("prerequisite_id", flat=True))
    return concepts


class _Table:
    """What has to become of the rows of one table."""

    def __init__(self, journal: Journal, model: type[models.Model], rows: dict[str, Earlier | None]) -> None:
        self.journal = journal
        self.model = model
        self.rows = rows
        self.there = _by_key(model, rows)

    def remove(self) -> list[models.Model]:
        """Remove what was not there; returns what another room holds on to, which is rejected instead."""
        gone = [
            self.there[key] for key, earlier in self.rows.items() if earlier is None and key in self.there
        ]
        return remove_rows(self.journal, self.model, gone)

    def bring_back(self) -> None:
        """Insert again what is missing, unless what it rests on is gone for good."""
        missing = {
            key: read_values(self.model, earlier.values)
            for key, earlier in self.rows.items()
            if earlier and earlier.is_whole and key not in self.there
        }
        able = _that_can_stand(self.model, missing).values()
        self.journal.create(*(self.model(**values) for values in able if not self._is_there_anew(values)))

    def _is_there_anew(self, values: dict[str, Any]) -> bool:
        """Whether someone in another room has made the same row again meanwhile, under a key of its own."""
        if self.model in OWN:
            return False
        content = {name: value for name, value in values.items() if name != self.model._meta.pk.attname}
        return self.model._base_manager.filter(**content).exists()

    def set_again(self) -> None:
        """Give back their values to the rows that are there."""
        wanted = {}
        for key, earlier in self.rows.items():
            if earlier is None or (key not in self.there and earlier.is_whole):
                continue
            if key in self.there:
                wanted[key] = read_values(self.model, earlier.values)
            elif self.model in (Concept, Prerequisite):
                raise CannotTakeBack(str(self.model._meta.verbose_name), key=key)
        able = _that_can_stand(self.model, wanted)
        pairs = [(self.there[key], values) for key, values in able.items()]
        if self.model not in OWN:
            for follower in followers():
                pairs = follower.returning(self.journal, pairs)
        self.journal.change_all(pairs)


def _by_key(model: type[models.Model], keys: Iterable[str]) -> dict[str, models.Model]:
    found: dict[str, models.Model] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), BATCH):
        rows = model._base_manager.filter(pk__in=wanted[start : start + BATCH])
        found |= {str(row.pk): row for row in rows}
    return found


def remove_rows(
    journal: Journal, model: type[models.Model], gone: Collection[models.Model]
) -> list[models.Model]:
    """Remove rows of one table; returns what another room holds on to, which is rejected instead."""
    held = _held(model, [row.pk for row in gone])
    journal.delete(*(row for row in gone if row.pk not in held))
    kept = [row for row in gone if row.pk in held]
    journal.change_all((row, _withdrawn(row)) for row in kept)
    return kept


def _withdrawn(row: models.Model) -> dict[str, Any]:
    if isinstance(row, Concept):
        return {"status": Concept.Status.REJECTED}
    if isinstance(row, Prerequisite):
        return {"status": Prerequisite.Status.REJECTED, "reason": WITHDRAWN}
    return {}


def _held(model: type[models.Model], keys: list[Any]) -> set[Any]:
    """Which of these rows something outside the graph's own tables refers to and cannot do without."""
    held: set[Any] = set()
    if not keys or model not in (Concept, Prerequisite):
        return held
    if model is Concept:
        held = {key for follower in followers() for key in follower.needed(keys)}
    computed = [one for follower in followers() for one in follower.computed]
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        other, field = relation.related_model, relation.field  # type: ignore[union-attr]
        if other is None or isinstance(other, str) or other in (*OWN, *computed):
            continue
        for start in range(0, len(keys), BATCH):
            rows = other._base_manager.filter(**{f"{field.name}__in": keys[start : start + BATCH]})
            held |= set(rows.values_list(field.attname, flat=True).distinct())
    return held


def _that_can_stand(model: type[models.Model], rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave out rows whose source passage or learner was deleted since, and forget deleted people."""
    for field in model._meta.concrete_fields:
        other = field.related_model
        if other is None or isinstance(other, str) or other in OWN:
            continue
        named = {values[field.attname] for values in rows.values() if values.get(field.attname) is not None}
        lost = named - _existing(other, named)
        if lost and field.null:
            rows = {
                key: {**values, field.attname: None} if values.get(field.attname) in lost else values
                for key, values in rows.items()
            }
        elif lost:
            rows = {key: values for key, values in rows.items() if values.get(field.attname) not in lost}
    return rows


def _existing(model: type[models.Model], keys: set[Any]) -> set[uuid.UUID]:
    wanted = list(keys)
    found: set[Any] = set()
    for start in range(0, len(wanted), BATCH):
        found |= set(
            model._base_manager.filter(pk__in=wanted[start : start + BATCH]).values_list("pk", flat=True)
        )
    return found
