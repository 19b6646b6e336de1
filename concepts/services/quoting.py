"""Binds what an educator says to the words of a source: a quote that is not found is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from concepts.errors import PassageNotOfSubject
from concepts.models import Concept, Evidence, Prerequisite, Subject
from concepts.services.journalling import Journal
from research.models import Passage
from research.spans import Span, span_of

ENGINE = "educator"


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that someone says stand in a passage."""

    passage: Passage
    quote: str


def find_quotation(quotation: Quotation, *, subject: Subject) -> Span:
    """Find the words in the passage, which must be one of the subject's own; else raises."""
    if quotation.passage.document.source.library_id != subject.library_id:
        raise PassageNotOfSubject(quotation.passage.pk, subject=subject.name)
    return span_of(quotation.quote, passage_id=str(quotation.passage.pk), text=quotation.passage.text)


def define(journal: Journal, concept: Concept, *, span: Span, engine: str = ENGINE) -> None:
    """Make the quoted words the definition of ``concept``; the one before stays as a mention of it."""
    columns = _columns(span)
    held = {_place(row): row for row in concept.evidence.all()}
    here = held.get((str(span.passage_id), span.start, span.end))
    for row in held.values():
        if row.kind == Evidence.Kind.DEFINITION and row is not here:
            journal.change(row, kind=Evidence.Kind.MENTION)
    if here is None:
        kind = Evidence.Kind.DEFINITION
        journal.create(Evidence(concept=concept, kind=kind, engine=engine, **columns))
    else:
        journal.change(here, kind=Evidence.Kind.DEFINITION, engine=engine)
    journal.change(concept, summary=span.quote)


def support(journal: Journal, prerequisite: Prerequisite, *, span: Span) -> None:
    """Add the quoted words as what speaks for an edge, once."""
    held = {_place(row) for row in prerequisite.evidence.filter(engine=ENGINE, supports=True)}
    if (span.passage_id, span.start, span.end) in held:
        return
    kind = Evidence.Kind.MENTION
    journal.create(Evidence(prerequisite=prerequisite, kind=kind, engine=ENGINE, **_columns(span)))


def _place(row: Evidence) -> tuple[str, int, int]:
    return str(row.passage_id), row.start, row.end


def _columns(span: Span) -> dict[str, Any]:
    return {"passage_id": span.passage_id, "start": span.start, "end": span.end, "quote": span.quote}
