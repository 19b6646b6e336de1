"""Edits one concept or one edge at a time; each is one operation in a revision of its own.

``expected`` is the revision that the editor saw. Whatever the edits and whoever makes them at the same
moment, what stands in the graph (accepted and proposed) never holds a cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.text import slugify

from accounts.models import User
from concepts.errors import ConceptNameTaken, ConceptNotOfSubject, PrerequisiteHeldAlready, UnnameableConcept
from concepts.models import Concept, Origin, Prerequisite, Subject
from concepts.services.graphs_of import names_in
from concepts.services.quoting import Quotation, define, find_quotation, support
from concepts.services.revising import Draft, revise
from graphs.building import check_addition
from graphs.errors import SelfPrerequisite

REMOVED = "Removed by an educator."


def add_concept(
    subject: Subject,
    *,
    name: str,
    author: User | None,
    expected: int | None = None,
    key: str = "",
    aliases: Sequence[str] = (),
    position: int | None = None,
    definition: Quotation | None = None,
    reason: str = "",
) -> Concept:
    """Add a published concept; it stands last in teaching order unless a position is given."""
    span = find_quotation(definition, subject=subject) if definition else None
    with revise(subject, author=author, reason=reason, expected=expected) as draft:
        key = _free_key(draft.subject, name=name, key=key)
        last = draft.subject.concepts.order_by("-position").values_list("position", flat=True).first()
        concept = Concept.objects.create(
            subject=draft.subject,
            key=key,
            name=name,
            aliases=list(aliases),
            position=position if position is not None else (-1 if last is None else last) + 1,
            status=Concept.Status.PUBLISHED,
            origin=Origin.EDUCATOR,
            decided_by=author,
        )
        if span:
            define(concept, span=span)
        draft.record("add_concept", concept=str(concept.pk), key=key, name=name)
    return concept


def change_concept(
    concept: Concept,
    *,
    author: User | None,
    expected: int | None = None,
    changes: dict[str, Any],
    definition: Quotation | None = None,
    reason: str = "",
) -> Concept:
    """Change ``name``, ``aliases``, ``position`` or ``status``, or quote another definition; the key stays.

    A rejected concept comes back only if its prerequisites still fit what was added meanwhile.
    """
    span = find_quotation(definition, subject=concept.subject) if definition else None
    with revise(concept.subject, author=author, reason=reason, expected=expected) as draft:
        concept.refresh_from_db()
        before = {name: getattr(concept, name) for name in changes}
        changed = {name: value for name, value in changes.items() if value != before[name]}
        if "status" in changes and concept.is_stale:
            before["is_stale"], changed["is_stale"] = True, False
        if "name" in changed:
            _check_name_free(draft.subject, changed["name"], but=concept)
        if span and span.quote != concept.summary:
            before["summary"], changed["summary"] = concept.summary, span.quote
            define(concept, span=span)
        if not changed:
            return concept
        for name, value in changed.items():
            setattr(concept, name, value)
        concept.decided_by = author
        concept.save(update_fields=[*changed, "decided_by"])
        if "status" in changed:
            draft.graph()  # refuses a cycle that a returning concept would close
        draft.record(
            "change_concept",
            concept=str(concept.pk),
            before={name: before[name] for name in changed},
            after=changed,
        )
    return concept


def remove_concept(
    concept: Concept, *, author: User | None, expected: int | None = None, reason: str = ""
) -> None:
    """Take a concept out of the graph, with its edges.

    One that was found in the sources is kept as rejected, so that it is not proposed again; one that an
    educator added is deleted, unless learners have a history with it, which is an error.
    """
    with revise(concept.subject, author=author, reason=reason, expected=expected) as draft:
        concept.refresh_from_db()
        draft.record("remove_concept", **_told_concept(concept))
        if concept.origin == Origin.EDUCATOR:
            concept.delete()
            return
        concept.status = Concept.Status.REJECTED
        concept.decided_by = author
        concept.save(update_fields=["status", "decided_by"])


def add_prerequisite(
    subject: Subject,
    *,
    prerequisite: Concept,
    dependent: Concept,
    author: User | None,
    expected: int | None = None,
    quotation: Quotation | None = None,
    reason: str = "",
) -> Prerequisite:
    """Say that ``dependent`` requires ``prerequisite``; a proposed or rejected edge is accepted instead."""
    span = find_quotation(quotation, subject=subject) if quotation else None
    with revise(subject, author=author, reason=reason, expected=expected) as draft:
        _check_ends(draft, prerequisite=prerequisite, dependent=dependent)
        edge = Prerequisite.objects.filter(prerequisite=prerequisite, dependent=dependent).first()
        if edge and edge.status == Prerequisite.Status.ACCEPTED:
            raise PrerequisiteHeldAlready(prerequisite.name, dependent=dependent.name)
        before = edge.status if edge else None
        if edge is None:
            edge = Prerequisite(
                subject=draft.subject,
                prerequisite=prerequisite,
                dependent=dependent,
                origin=Origin.EDUCATOR,
            )
        edge.status, edge.decided_by, edge.reason = Prerequisite.Status.ACCEPTED, author, reason
        edge.save()
        if span:
            support(edge, span=span)
        draft.record("add_prerequisite", before=before, **_told_edge(edge))
    return edge


def decide_prerequisite(
    edge: Prerequisite, *, status: str, author: User | None, expected: int | None = None, reason: str = ""
) -> Prerequisite:
    """Accept or reject an edge, or send it back to the queue of proposals.

    Accepting what was accepted by score alone confirms it: from then on it gates, whatever its score.
    """
    with revise(edge.subject, author=author, reason=reason, expected=expected) as draft:
        edge.refresh_from_db()
        decider = None if status == Prerequisite.Status.PROPOSED else author
        if (edge.status, edge.decided_by, edge.is_stale) == (status, decider, False):
            return edge
        if edge.status == Prerequisite.Status.REJECTED:
            _check_ends(draft, prerequisite=edge.prerequisite, dependent=edge.dependent)
        before = edge.status
        edge.status, edge.decided_by, edge.reason = status, decider, reason
        edge.is_stale = False  # whoever decides has looked at it as the sources are now
        edge.save(update_fields=["status", "decided_by", "reason", "is_stale"])
        draft.record("decide_prerequisite", before=before, after=status, **_told_edge(edge))
    return edge


def remove_prerequisite(
    edge: Prerequisite, *, author: User | None, expected: int | None = None, reason: str = ""
) -> None:
    """Take an edge out of the graph: an educator's is deleted, an extracted one kept as rejected."""
    with revise(edge.subject, author=author, reason=reason, expected=expected) as draft:
        edge.refresh_from_db()
        draft.record("remove_prerequisite", before=edge.status, **_told_edge(edge))
        if edge.origin == Origin.EDUCATOR:
            edge.delete()
            return
        edge.status, edge.decided_by, edge.reason = Prerequisite.Status.REJECTED, author, reason or REMOVED
        edge.save(update_fields=["status", "decided_by", "reason"])


def _free_key(subject: Subject, *, name: str, key: str) -> str:
    _check_name_free(subject, name)
    key = key or slugify(name)[:120]
    if not key:
        raise UnnameableConcept(name)
    holder = subject.concepts.filter(key=key).first()
    if holder:
        raise ConceptNameTaken(holder.name, key=key)
    return key


def _check_name_free(subject: Subject, name: str, *, but: Concept | None = None) -> None:
    others = subject.concepts.filter(name__iexact=name)
    holder = (others.exclude(pk=but.pk) if but else others).first()
    if holder:
        raise ConceptNameTaken(holder.name, key=holder.key)


def _check_ends(draft: Draft, *, prerequisite: Concept, dependent: Concept) -> None:
    for concept in (prerequisite, dependent):
        if concept.subject_id != draft.subject.pk:
            raise ConceptNotOfSubject(concept.name, subject=draft.subject.name)
    if prerequisite.pk == dependent.pk:
        raise SelfPrerequisite(prerequisite.name)
    graph = draft.graph()
    source, target = str(prerequisite.pk), str(dependent.pk)
    if source in graph and target in graph:  # else one of them is rejected: checked when it comes back
        check_addition(graph, source=source, target=target, names=names_in(graph))


def _told_concept(concept: Concept) -> dict[str, Any]:
    return {"concept": str(concept.pk), "key": concept.key, "name": concept.name, "status": concept.status}


def _told_edge(edge: Prerequisite) -> dict[str, Any]:
    return {
        "edge": str(edge.pk),
        "prerequisite": edge.prerequisite.key,
        "dependent": edge.dependent.key,
        "confidence": edge.confidence,
    }
