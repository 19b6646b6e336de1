"""Edits one concept or one edge at a time; each is one operation in a revision of its own.

``expected`` is the revision that the editor saw. Whatever the edits and whoever makes them at the same
moment, what stands in the graph (accepted and proposed) never holds a cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.text import slugify

from accounts.models import User
from concepts.errors import (
    ConceptNameTaken,
    ConceptNotOfSubject,
    ConceptWasMerged,
    PrerequisiteHeldAlready,
    UnnameableConcept,
)
from concepts.models import Concept, Origin, Prerequisite, Subject
from concepts.services.acyclicity import check_acyclic, check_new_edge
from concepts.services.journalling import Journal
from concepts.services.quoting import Quotation, define, find_quotation, support
from concepts.services.revising import revise
from concepts.services.standing_orders import check_addition
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
    """Add a published concept; it stands last in teaching order unless a position is given.

    A rejected concept of this name comes back instead, with its evidence, its edges and all that hangs on it.
    """
    span = find_quotation(definition, subject=subject) if definition else None
    with revise(subject, author=author, reason=reason, expected=expected) as journal:
        concept = _rejected(journal.subject, name=name, key=key)
        operation = "bring_back_concept" if concept else "add_concept"
        if concept:
            _bring_back(journal, concept, name=name, aliases=aliases, position=position, author=author)
        else:
            concept = new_concept(
                journal, name=name, key=key, aliases=aliases, position=position, author=author
            )
        if span:
            define(journal, concept, span=span)
        journal.record(operation, concept=str(concept.pk), key=concept.key, name=name)
    return concept


def new_concept(
    journal: Journal,
    *,
    name: str,
    author: User | None,
    key: str = "",
    aliases: Sequence[str] = (),
    position: int | None = None,
    **values: Any,
) -> Concept:
    """Write a concept of an educator within a revision."""
    key = free_key(journal.subject, name=name, key=key)
    if position is None:
        last = journal.subject.concepts.order_by("-position").values_list("position", flat=True).first()
        position = (-1 if last is None else last) + 1
    fixed = {"status": Concept.Status.PUBLISHED, "origin": Origin.EDUCATOR, "decided_by": author}
    concept = Concept(
        id=journal.identify(f"concept {key}"),
        subject=journal.subject,
        key=key,
        name=name,
        aliases=list(aliases),
        position=position,
        **fixed | values,
    )
    journal.create(concept)
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
    with revise(concept.subject, author=author, reason=reason, expected=expected) as journal:
        concept.refresh_from_db()
        check_not_merged(concept)
        if "status" in changes:  # whoever decides has looked at it as the sources are now
            changes = {**changes, "is_stale": False}
        before = {name: getattr(concept, name) for name in (*changes, "summary")}
        if "name" in changes and changes["name"] != concept.name:
            _check_name_free(journal.subject, changes["name"], but=concept)
        is_changed = bool(journal.change(concept, **changes))
        if span and span.quote != concept.summary:
            define(journal, concept, span=span)
            is_changed = True
        if not is_changed:
            return concept
        journal.change(concept, decided_by=author)
        if concept.status != before.get("status", concept.status):
            check_acyclic(journal.subject, through=[concept.pk])  # a returning concept brings its edges back
        after = {name: getattr(concept, name) for name in before if getattr(concept, name) != before[name]}
        journal.record(
            "change_concept",
            concept=str(concept.pk),
            name=concept.name,
            before={name: before[name] for name in after},
            after=after,
        )
    return concept


def remove_concept(
    concept: Concept, *, author: User | None, expected: int | None = None, reason: str = ""
) -> None:
    """Take a concept out of the graph, with its edges.

    It is kept as rejected, so that it is not proposed again, and nothing that learners have of it is lost;
    adding it again brings it back.
    """
    with revise(concept.subject, author=author, reason=reason, expected=expected) as journal:
        concept.refresh_from_db()
        check_not_merged(concept)
        if journal.change(concept, status=Concept.Status.REJECTED):
            journal.change(concept, decided_by=author)
            journal.record("remove_concept", **told_concept(concept))


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
    with revise(subject, author=author, reason=reason, expected=expected) as journal:
        check_ends(journal, prerequisite=prerequisite, dependent=dependent)
        edge = Prerequisite.objects.filter(prerequisite=prerequisite, dependent=dependent).first()
        if edge and edge.status == Prerequisite.Status.ACCEPTED:
            raise PrerequisiteHeldAlready(prerequisite.name, dependent=dependent.name)
        before = edge.status if edge else None
        values = {"status": Prerequisite.Status.ACCEPTED, "decided_by": author, "reason": reason}
        if edge is None:
            ends = {"prerequisite": prerequisite, "dependent": dependent}
            edge = Prerequisite(
                id=journal.identify(f"prerequisite {prerequisite.pk} {dependent.pk}"),
                subject=journal.subject,
                origin=Origin.EDUCATOR,
                **ends,
                **values,
            )
            journal.create(edge)
        else:
            journal.change(edge, **values, is_stale=False)
        if span:
            support(journal, edge, span=span)
        journal.record("add_prerequisite", before=before, **told_edge(edge))
    return edge


def decide_prerequisite(
    edge: Prerequisite, *, status: str, author: User | None, expected: int | None = None, reason: str = ""
) -> Prerequisite:
    """Accept or reject an edge, or send it back to the queue of proposals.

    Accepting what was accepted by score alone confirms it: from then on it gates, whatever its score.
    """
    with revise(edge.subject, author=author, reason=reason, expected=expected) as journal:
        edge.refresh_from_db()
        decider = None if status == Prerequisite.Status.PROPOSED else author
        if (edge.status, edge.decided_by, edge.is_stale) == (status, decider, False):
            return edge
        if edge.status == Prerequisite.Status.REJECTED:
            check_ends(journal, prerequisite=edge.prerequisite, dependent=edge.dependent)
        before = edge.status
        # Whoever decides has looked at it as the sources are now.
        journal.change(edge, status=status, decided_by=decider, reason=reason, is_stale=False)
        journal.record("decide_prerequisite", before=before, after=status, **told_edge(edge))
    return edge


def reweigh_prerequisite(
    edge: Prerequisite,
    *,
    confidence: float,
    author: User | None,
    expected: int | None = None,
    reason: str = "",
) -> Prerequisite:
    """Set how far an edge is believed; on an accepted or rejected one no extraction overwrites the figure."""
    with revise(edge.subject, author=author, reason=reason, expected=expected) as journal:
        edge.refresh_from_db()
        before = edge.confidence
        if not journal.change(edge, confidence=confidence):
            return edge
        values: dict[str, Any] = {"decided_by": author} if edge.status != Prerequisite.Status.PROPOSED else {}
        journal.change(edge, **values | ({"reason": reason} if reason else {}))
        journal.record("reweigh_prerequisite", before=before, after=confidence, **told_edge(edge))
    return edge


def remove_prerequisite(
    edge: Prerequisite, *, author: User | None, expected: int | None = None, reason: str = ""
) -> None:
    """Take an edge out of the graph; it is kept as rejected, so that it is not proposed again."""
    with revise(edge.subject, author=author, reason=reason, expected=expected) as journal:
        edge.refresh_from_db()
        before = edge.status
        if journal.change(edge, status=Prerequisite.Status.REJECTED):
            journal.change(edge, decided_by=author, reason=reason or REMOVED)
            journal.record("remove_prerequisite", before=before, **told_edge(edge))


def free_key(subject: Subject, *, name: str, key: str = "") -> str:
    """The key of a new concept; refused where its name or key is taken."""
    _check_name_free(subject, name)
    key = key or slugify(name)[:120]
    if not key:
        raise UnnameableConcept(name)
    holder = subject.concepts.filter(key=key).first()
    if holder:
        raise ConceptNameTaken(holder.name, key=key)
    return key


def check_not_merged(concept: Concept) -> None:
    """Refuse to edit a concept that another one stands for."""
    if concept.merged_into:
        raise ConceptWasMerged(concept.name, into=concept.merged_into.name)


def check_ends(journal: Journal, *, prerequisite: Concept, dependent: Concept) -> None:
    """Refuse an edge that leaves the subject, joins a concept to itself, or would close a circle."""
    for concept in (prerequisite, dependent):
        if concept.subject_id != journal.subject.pk:
            raise ConceptNotOfSubject(concept.name, subject=journal.subject.name)
    if prerequisite.pk == dependent.pk:
        raise SelfPrerequisite(prerequisite.name)
    if journal.changes:
        check_new_edge(journal.subject, prerequisite=prerequisite.pk, dependent=dependent.pk)
    else:
        check_addition(journal.subject, source=str(prerequisite.pk), target=str(dependent.pk))


def told_concept(concept: Concept) -> dict[str, Any]:
    """What an operation says of a concept."""
    return {"concept": str(concept.pk), "key": concept.key, "name": concept.name, "status": concept.status}


def told_edge(edge: Prerequisite) -> dict[str, Any]:
    """What an operation says of an edge."""
    return {
        "edge": str(edge.pk),
        "prerequisite": edge.prerequisite.key,
        "dependent": edge.dependent.key,
        "prerequisite_name": edge.prerequisite.name,
        "dependent_name": edge.dependent.name,
        "confidence": edge.confidence,
    }


def _rejected(subject: Subject, *, name: str, key: str) -> Concept | None:
    """The concept of this name that was taken out; one that was merged is found under the other's name."""
    gone = subject.concepts.filter(status=Concept.Status.REJECTED, name__iexact=name).first()
    if gone is None or key not in ("", gone.key):
        return None
    check_not_merged(gone)
    return gone


def _bring_back(
    journal: Journal,
    concept: Concept,
    *,
    name: str,
    aliases: Sequence[str],
    position: int | None,
    author: User | None,
) -> None:
    values: dict[str, Any] = {"name": name, "status": Concept.Status.PUBLISHED, "decided_by": author}
    values["is_stale"] = False
    values |= {"aliases": list(aliases)} if aliases else {}
    values |= {"position": position} if position is not None else {}
    journal.change(concept, **values)
    check_acyclic(journal.subject, through=[concept.pk])


def _check_name_free(subject: Subject, name: str, *, but: Concept | None = None) -> None:
    others = subject.concepts.filter(name__iexact=name)
    holder = (others.exclude(pk=but.pk) if but else others).first()
    if holder:
        raise ConceptNameTaken(holder.name, key=holder.key)
