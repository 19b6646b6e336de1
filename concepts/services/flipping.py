"""Turns a prerequisite round: the same evidence, read the other way."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from concepts.errors import PrerequisiteHeldAlready
from concepts.models import Concept, Evidence, Origin, Prerequisite
from concepts.services.editing import check_ends, check_not_merged, told_edge
from concepts.services.journalling import Journal
from concepts.services.revising import revise

EDGE_FIELDS = ("status", "decided_by_id", "reason", "is_stale")
FLIPPED = "Turned round by an educator."


@dataclass(frozen=True, slots=True)
class Flipped:
    """The edge that holds now, what it was before (None: there was none), and the evidence it was given."""

    edge: Prerequisite
    before: dict[str, Any] | None
    evidence: list[str]


def flip_prerequisite(
    edge: Prerequisite, *, author: User, expected: int | None = None, reason: str = ""
) -> Flipped:
    """Reject u -> v and accept v -> u in one revision; the words for one speak against the other."""
    with revise(edge.subject, author=author, reason=reason, expected=expected) as journal:
        edge.refresh_from_db()
        for end in (edge.prerequisite, edge.dependent):
            check_not_merged(end)
        opposite = Prerequisite.objects.filter(
            prerequisite=edge.dependent_id, dependent=edge.prerequisite_id
        ).first()
        if opposite and opposite.status == Prerequisite.Status.ACCEPTED:
            raise PrerequisiteHeldAlready(edge.dependent.name, dependent=edge.prerequisite.name)
        held = edge.status
        given_up = {"status": Prerequisite.Status.REJECTED, "decided_by": author, "is_stale": False}
        journal.change(edge, **given_up, reason=reason or FLIPPED)
        check_ends(journal, prerequisite=edge.dependent, dependent=edge.prerequisite)
        before = plain_state(opposite, EDGE_FIELDS) if opposite else None
        turned = _accepted(journal, edge, opposite, author=author, reason=reason)
        evidence = _carry_evidence(journal, edge, to=turned)
        journal.record(
            "flip_prerequisite",
            **told_edge(edge),
            opposite=str(turned.pk),
            before=held,
            before_opposite=before["status"] if before else None,
            evidence=evidence,
        )
    return Flipped(turned, before, evidence)


def plain_state(row: Concept | Prerequisite, fields: Iterable[str]) -> dict[str, Any]:
    """Some fields of a row as data that survives JSON; setting them again gives the same row."""
    values = {name: getattr(row, name) for name in fields}
    return {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in values.items()}


def _accepted(
    journal: Journal, edge: Prerequisite, opposite: Prerequisite | None, *, author: User, reason: str
) -> Prerequisite:
    values: dict[str, Any] = {
        "status": Prerequisite.Status.ACCEPTED,
        "decided_by": author,
        "reason": reason,
        "is_stale": False,
    }
    if opposite:
        journal.change(opposite, **values)
        return opposite
    turned = Prerequisite(
        id=journal.identify(f"prerequisite {edge.dependent_id} {edge.prerequisite_id}"),
        subject=journal.subject,
        prerequisite=edge.dependent,
        dependent=edge.prerequisite,
        origin=Origin.EDUCATOR,
        confidence=edge.reverse_confidence,
        reverse_confidence=edge.confidence,
        **values,
    )
    journal.create(turned)
    return turned


def _carry_evidence(journal: Journal, edge: Prerequisite, *, to: Prerequisite) -> list[str]:
    """Copy the words, so that the rejected edge keeps its own; what ``to`` holds already is not doubled."""
    held = {_place(row) for row in to.evidence.all()}
    made = [
        Evidence(
            id=uuid.uuid4(),
            prerequisite=to,
            passage_id=row.passage_id,
            start=row.start,
            end=row.end,
            quote=row.quote,
            kind=row.kind,
            supports=not row.supports,
            engine=row.engine,
        )
        for row in edge.evidence.all()
    ]
    new = [row for row in made if _place(row) not in held]
    journal.create(*new)
    return [str(row.pk) for row in new]


def _place(row: Evidence) -> tuple[object, ...]:
    return row.passage_id, row.start, row.end, row.supports
