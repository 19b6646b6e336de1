"""Makes two concepts of one: named evidence and edges go to the new one, rubric points by source."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from accounts.models import User
from concepts.errors import ConceptIsRejected, NotOfThisConcept
from concepts.models import Concept, Evidence, PointHome, Prerequisite
from concepts.services.acyclicity import check_acyclic
from concepts.services.editing import check_not_merged, new_concept, told_concept
from concepts.services.following import Piece, followers
from concepts.services.journalling import Journal
from concepts.services.merging import edges_at, like_edge, move_evidence
from concepts.services.quoting import Quotation, define, find_quotation
from concepts.services.revising import revise

Ids = Collection[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Share:
    """What goes to the new concept.

    Attributes
    ----------
    evidence, prerequisites
        Ids of the old concept's evidence and of the edges at it.
    points
        Ids of rubric points and practice items that go along wherever their quotes stand. Any other goes if
        its quote overlaps evidence that goes, and overlaps what stays less.
    """

    aliases: Sequence[str] = ()
    evidence: Ids = field(default_factory=frozenset)
    prerequisites: Ids = field(default_factory=frozenset)
    points: Ids = field(default_factory=frozenset)


def split_concept(
    concept: Concept,
    *,
    name: str,
    share: Share,
    author: User | None,
    expected: int | None = None,
    key: str = "",
    definition: Quotation | None = None,
    remaining_definition: Quotation | None = None,
    reason: str = "",
) -> Concept:
    """Split a new concept off ``concept``; what learners showed of each point counts where its idea went.

    Without a quotation either part is defined by the definition among its evidence.
    """
    subject = concept.subject
    quotations = (definition, remaining_definition)
    spans = [find_quotation(one, subject=subject) if one else None for one in quotations]
    with revise(subject, author=author, reason=reason, expected=expected) as journal:
        concept.refresh_from_db()
        _check(concept, share)
        part = _begin(journal, concept, name=name, key=key, aliases=share.aliases, author=author)
        points = _points(concept, share)
        _move_edges(journal, concept, part, share.prerequisites, author=author)
        move_evidence(journal, concept.evidence.filter(pk__in=share.evidence), held=(), concept=part)
        _give_homes(journal, concept, part, points)
        for one, span in zip((part, concept), spans, strict=True):
            if span:
                define(journal, one, span=span)
            else:
                journal.change(one, summary=_definition(one))
        check_acyclic(journal.subject, through=[concept.pk, part.pk])
        for follower in followers():
            follower.split(journal, source=concept, target=part, points=points)
        journal.record(
            "split_concept",
            **told_concept(concept),
            new=part.name,
            new_concept=str(part.pk),
            evidence=len(share.evidence),
            prerequisites=len(share.prerequisites),
            points=len(points),
        )
    return part


def _check(concept: Concept, share: Share) -> None:
    check_not_merged(concept)
    if concept.status == Concept.Status.REJECTED:
        raise ConceptIsRejected(concept.name)
    own = {
        "evidence": (share.evidence, set(concept.evidence.values_list("pk", flat=True))),
        "prerequisite": (share.prerequisites, {edge.pk for edge in edges_at(concept)}),
        "rubric point": (
            share.points,
            {piece.point for piece in _pieces(concept)} if share.points else set(),
        ),
    }
    for what, (named, known) in own.items():
        for key in named:
            if key not in known:
                raise NotOfThisConcept(what, key, concept=concept.name)


def _begin(
    journal: Journal, concept: Concept, *, name: str, key: str, aliases: Sequence[str], author: User | None
) -> Concept:
    taken = {alias.casefold() for alias in (name, *aliases)}
    kept = [alias for alias in concept.aliases if str(alias).casefold() not in taken]
    part = new_concept(
        journal,
        name=name,
        key=key,
        aliases=aliases,
        position=concept.position,
        author=author,
        status=concept.status,
        confidence=concept.confidence,
        is_stale=concept.is_stale,
    )
    journal.change(concept, aliases=kept, decided_by=author)
    return part


def _move_edges(
    journal: Journal, concept: Concept, part: Concept, named: Ids, *, author: User | None
) -> None:
    """Give the new concept these edges; the old one has them no more."""
    for edge in edges_at(concept):
        if edge.pk not in named:
            continue
        moved = like_edge(edge, source=concept, target=part)
        moved.decided_by = author if moved.status != Prerequisite.Status.PROPOSED else None
        journal.create(moved)
        move_evidence(journal, edge.evidence.all(), held=(), prerequisite=moved)
        rejected = Prerequisite.Status.REJECTED
        journal.change(
            edge, status=rejected, decided_by=author, reason=f"It went to “{part.name}” by a split."
        )


def _pieces(concept: Concept) -> list[Piece]:
    """What learners are asked about the concept, wherever earlier splits have left it."""
    homes = dict(PointHome.objects.filter(subject=concept.subject_id).values_list("point", "concept_id"))
    here = [point for point, home in homes.items() if home == concept.pk]
    found = [piece for follower in followers() for piece in follower.pieces(concept, points=here)]
    return [piece for piece in found if homes.get(piece.point, concept.pk) == concept.pk]


def _points(concept: Concept, share: Share) -> frozenset[uuid.UUID]:
    """The points that go to the new concept."""
    going: list[Evidence] = []
    staying: list[Evidence] = []
    for row in concept.evidence.all():
        (going if row.pk in share.evidence else staying).append(row)
    return frozenset(
        piece.point
        for piece in _pieces(concept)
        if piece.point in share.points or _overlap(piece, going) > _overlap(piece, staying)
    )


def _overlap(piece: Piece, rows: Iterable[Evidence]) -> int:
    """How many characters of the source a point shares with some evidence, at most."""
    shared = [
        min(piece.end, row.end) - max(piece.start, row.start)
        for row in rows
        if row.passage_id == piece.passage
    ]
    return max([0, *shared])


def _give_homes(journal: Journal, concept: Concept, part: Concept, points: Ids) -> None:
    known = {home.point: home for home in PointHome.objects.filter(point__in=points)}
    journal.change_all((home, {"concept": part}) for home in known.values())
    journal.create(
        *(
            PointHome(subject=journal.subject, point=point, origin=concept, concept=part)
            for point in sorted(points)
            if point not in known
        )
    )


def _definition(concept: Concept) -> str:
    """The words that define a concept now: those of before if they are still its own."""
    quotes = concept.evidence.filter(kind=Evidence.Kind.DEFINITION).values_list("quote", flat=True)
    found = list(quotes.order_by("pk"))
    return concept.summary if concept.summary in found else next(iter(found), "")
