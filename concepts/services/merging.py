"""Makes two concepts one: evidence, prerequisites, lessons and what learners showed of both."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from accounts.models import User
from concepts.errors import ConceptIsRejected, ConceptNotOfSubject, MergedWithItself
from concepts.models import Concept, Evidence, Origin, Prerequisite
from concepts.services.acyclicity import check_acyclic
from concepts.services.editing import check_not_merged, told_concept
from concepts.services.following import followers
from concepts.services.journalling import Journal
from concepts.services.revising import revise

_STRENGTH = (Prerequisite.Status.REJECTED, Prerequisite.Status.PROPOSED, Prerequisite.Status.ACCEPTED)


def merge_concepts(
    source: Concept, *, into: Concept, author: User | None, expected: int | None = None, reason: str = ""
) -> Concept:
    """Let ``into`` stand for ``source`` too: its names, evidence, edges, lessons and learners' record.

    ``source`` is kept as rejected and says where it went. Of two like edges a person's decision counts more
    than an engine's, and otherwise the stronger one. A merge that would close a circle is refused.
    """
    with revise(into.subject, author=author, reason=reason, expected=expected) as journal:
        for concept in (source, into):
            concept.refresh_from_db()
        _check(journal, source, into)
        told, edges = told_concept(source), edges_at(source)
        _unite(journal, source, into, author=author)
        move_evidence(journal, source.evidence.all(), held=into.evidence.all(), concept=into)
        for edge in edges:
            _carry(journal, edge, source=source, target=into)
        check_acyclic(journal.subject, through=[into.pk])
        for follower in followers():
            follower.merge(journal, source=source, target=into)
        journal.record("merge_concepts", **told, into=into.name, into_concept=str(into.pk))
    return into


def edges_at(concept: Concept) -> list[Prerequisite]:
    """Every edge at a concept, rejected ones too, but none that a merge left behind."""
    ends = (concept.rests_on, concept.unlocks)
    rows = [row for end in ends for row in end.select_related("prerequisite", "dependent").order_by("pk")]
    return [row for row in rows if not (row.prerequisite.merged_into_id or row.dependent.merged_into_id)]


def move_evidence(
    journal: Journal,
    rows: Iterable[Evidence],
    *,
    held: Iterable[Evidence],
    **owner: Concept | Prerequisite,
) -> None:
    """Let evidence speak for another concept or edge; a span that speaks for it already stays where it is."""
    known = {_said(row) for row in held}
    journal.change_all((row, owner) for row in rows if _said(row) not in known)


def like_edge(edge: Prerequisite, *, source: Concept, target: Concept) -> Prerequisite:
    """A new edge that says of ``target`` what ``edge`` says of ``source``."""
    ends = {end: getattr(edge, f"{end}_id") for end in ("prerequisite", "dependent")}
    moved = {f"{end}_id": target.pk if key == source.pk else key for end, key in ends.items()}
    copied = ("status", "origin", "confidence", "reverse_confidence", "reason", "is_stale", "decided_by_id")
    return Prerequisite(subject_id=edge.subject_id, **moved, **{name: getattr(edge, name) for name in copied})


def _check(journal: Journal, source: Concept, into: Concept) -> None:
    if source.subject_id != into.subject_id:
        raise ConceptNotOfSubject(source.name, subject=journal.subject.name)
    if source.pk == into.pk:
        raise MergedWithItself(source.name)
    for concept in (source, into):
        check_not_merged(concept)
        if concept.status == Concept.Status.REJECTED:
            raise ConceptIsRejected(concept.name)


def _unite(journal: Journal, source: Concept, into: Concept, *, author: User | None) -> None:
    published = Concept.Status.PUBLISHED
    journal.change(
        into,
        aliases=_names(into, [*into.aliases, source.name, *source.aliases]),
        summary=into.summary or source.summary,
        status=published if published in (source.status, into.status) else into.status,
        confidence=max(source.confidence, into.confidence),
        position=min(source.position, into.position),
        is_stale=source.is_stale or into.is_stale,
        decided_by=author,
    )
    journal.change(source, status=Concept.Status.REJECTED, merged_into=into, decided_by=author)


def _names(concept: Concept, names: Iterable[str]) -> list[str]:
    """Each name once, whatever its letter case; the concept's own is no alias."""
    once = {str(name).casefold(): str(name) for name in reversed(list(names))}
    once.pop(concept.name.casefold(), None)
    return list(reversed(once.values()))


def _carry(journal: Journal, edge: Prerequisite, *, source: Concept, target: Concept) -> None:
    wanted = like_edge(edge, source=source, target=target)
    if wanted.prerequisite_id == wanted.dependent_id:
        return
    ends: dict[str, uuid.UUID] = {
        "prerequisite": wanted.prerequisite_id,
        "dependent": wanted.dependent_id,
    }
    held = Prerequisite.objects.filter(**ends).first()
    if held is None:
        journal.create(wanted)
        move_evidence(journal, edge.evidence.all(), held=(), prerequisite=wanted)
        return
    journal.change(held, **_stronger(held, edge))
    move_evidence(journal, edge.evidence.all(), held=held.evidence.all(), prerequisite=held)


def _stronger(held: Prerequisite, other: Prerequisite) -> dict[str, Any]:
    """What two like edges come to."""
    rank_held, rank_other = _rank(held), _rank(other)
    values: dict[str, Any] = {
        "confidence": max(held.confidence, other.confidence),
        "reverse_confidence": max(held.reverse_confidence, other.reverse_confidence),
        "is_stale": held.is_stale and other.is_stale,
    }
    if rank_other > rank_held:
        names = ("status", "origin", "reason", "decided_by_id")
        values |= {name: getattr(other, name) for name in names}
    return values


def _rank(edge: Prerequisite) -> tuple[bool, int]:
    decided = edge.decided_by_id is not None or edge.origin == Origin.EDUCATOR
    return decided, _STRENGTH.index(Prerequisite.Status(edge.status))


def _said(row: Evidence) -> tuple[Any, ...]:
    return row.passage_id, row.start, row.end, row.kind, row.supports
