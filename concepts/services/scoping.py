"""How far an extraction may change a graph: all of it, or only what rests on changed words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from concepts.models import Concept, Prerequisite, Subject
from research.models import Document
from research.services.versions import unread_passages

SCOPES = ("auto", "all")


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a graph that an extraction may change: stale rows, and what unread passages newly show."""

    unread: frozenset[str]

    def keeps(self, row: Concept | Prerequisite) -> bool:
        """Whether a row is to stay as it is, byte for byte."""
        return not row.is_stale

    def is_news(self, passages: Iterable[str]) -> bool:
        """Whether a finding that is not in the graph yet rests on words that nobody has read before."""
        return not self.unread.isdisjoint(passages)


def scope_of(subject: Subject, *, engine: str, asked: str = "auto") -> Scope | None:
    """Return what an extraction by ``engine`` may change; None is everything.

    Only the engine that drew the graph goes on from where it stopped: another one has other opinions of all
    of it. With nothing stale and nothing unread there is nothing to go on from, and the whole is compared.
    """
    if asked == "all" or not subject.drawn_by or subject.drawn_by != engine[:60]:
        return None
    unread = unread_passages(subject.drawn_from.all(), library_id=subject.library_id)
    standing = (subject.concepts.standing(), subject.prerequisites.standing())
    if not unread and not any(rows.filter(is_stale=True).exists() for rows in standing):
        return None
    return Scope(frozenset(str(pk) for pk in unread))


def note_drawn(subject: Subject, *, documents: Iterable[str], engine: str) -> None:
    """Keep which versions the graph was drawn from, and by which engine."""
    subject.drawn_from.set(Document.objects.filter(pk__in=list(documents)))
    Subject.objects.filter(pk=subject.pk).update(drawn_by=engine[:60])
