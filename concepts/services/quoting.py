"""Binds what an educator says to the words of a source: a quote that is not found is refused."""

from __future__ import annotations

from dataclasses import dataclass

from concepts.errors import PassageNotOfSubject
from concepts.models import Concept, Evidence, Prerequisite, Subject
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


def define(concept: Concept, *, span: Span, engine: str = ENGINE) -> None:
    """Make the quoted words the definition of ``concept``, in place of the one before."""
    concept.evidence.filter(kind=Evidence.Kind.DEFINITION).delete()
    Evidence.objects.create(concept=concept, kind=Evidence.Kind.DEFINITION, engine=engine, **_columns(span))
    concept.summary = span.quote
    concept.save(update_fields=["summary"])


def support(prerequisite: Prerequisite, *, span: Span) -> None:
    """Add the quoted words as what speaks for an edge."""
    Evidence.objects.create(
        prerequisite=prerequisite, kind=Evidence.Kind.MENTION, engine=ENGINE, **_columns(span)
    )


def _columns(span: Span) -> dict[str, str | int]:
    return {"passage_id": span.passage_id, "start": span.start, "end": span.end, "quote": span.quote}
