"""Turns a prerequisite round: the same evidence, read the other way."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from concepts.errors import PrerequisiteHeldAlready
from concepts.models import Concept, Evidence, Origin, Prerequisite
from concepts.services.graphs_of import names_in
from concepts.services.revising import Draft, revise
from graphs.building import check_addition

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
    with revise(edge.subject, author=author, reason=reason, expected=expected) as draft:
        edge.refresh_from_db()
        opposite = Prerequisite.objects.filter(
            prerequisite=edge.dependent_id, dependent=edge.prerequisite_id
        ).first()
        if opposite and opposite.status == Prerequisite.Status.ACCEPTED:
            raise PrerequisiteHeldAlready(edge.dependent.name, dependent=edge.prerequisite.name)
        held = edge.status
        edge.status, edge.decided_by, edge.is_stale = Prerequisite.Status.REJECTED, author, False
        edge.reason = reason or FLIPPED
        edge.save(update_fields=["status", "decided_by", "is_stale", "reason"])
        _check_direction(draft, edge)
        before = plain_state(opposite, EDGE_FIELDS) if opposite else None
        turned = _accepted(edge, opposite, author=author, reason=reason)
        evidence = _carry_evidence(edge, to=turned)
        draft.record(
            "flip_prerequisite",
            edge=str(edge.pk),
            opposite=str(turned.pk),
            prerequisite=edge.prerequisite.key,
            dependent=edge.dependent.key,
            before=held,
            before_opposite=before["status"] if before else None,
            evidence=evidence,
        )
    return Flipped(turned, before, evidence)


def plain_state(row: Concept | Prerequisite, fields: Iterable[str]) -> dict[str, Any]:
    """Some fields of a row as data that survives JSON; setting them again gives the same row."""
    values = {name: getattr(row, name) for name in fields}
    return {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in values.items()}


def _check_direction(draft: Draft, edge: Prerequisite) -> None:
    graph = draft.graph()
    source, target = str(edge.dependent_id), str(edge.prerequisite_id)
    if source in graph and target in graph:
        check_addition(graph, source=source, target=target, names=names_in(graph))


def _accepted(
    edge: Prerequisite, opposite: Prerequisite | None, *, author: User, reason: str
) -> Prerequisite:
    turned = opposite or Prerequisite(
        subject_id=edge.subject_id,
        prerequisite=edge.dependent,
        dependent=edge.prerequisite,
        origin=Origin.EDUCATOR,
        confidence=edge.reverse_confidence,
        reverse_confidence=edge.confidence,
    )
    turned.status, turned.decided_by, turned.reason = Prerequisite.Status.ACCEPTED, author, reason
    turned.is_stale = False
    turned.save()
    return turned


def _carry_evidence(edge: Prerequisite, *, to: Prerequisite) -> list[str]:
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
    Evidence.objects.bulk_create(new)
    return [str(row.pk) for row in new]


def _place(row: Evidence) -> tuple[object, ...]:
    return row.passage_id, row.start, row.end, row.supports
