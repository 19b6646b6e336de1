"""The words that a finding rests on, as exact spans of passages."""

from __future__ import annotations

from collections.abc import Sequence

from concepts.extraction.findings import EvidenceItem, EvidenceKind
from concepts.extraction.homes import Home, mentions_between
from concepts.extraction.mentions import Mention
from concepts.extraction.reading import Reading
from research.spans import Span

MOST_MENTIONS = 3
MOST_OF_EDGE = 3

_Mentions = Sequence[Sequence[Mention]]


def mentions_of_each(mentions: _Mentions, *, count: int) -> list[list[tuple[int, Mention]]]:
    """Return, for each of ``count`` concepts, where it is named outside headings: document and mention."""
    found: list[list[tuple[int, Mention]]] = [[] for _ in range(count)]
    for order, here in enumerate(mentions):
        for mention in here:
            if not mention.in_heading:
                found[mention.concept].append((order, mention))
    return found


def concept_evidence(
    home: Home, readings: Sequence[Reading], named: Sequence[tuple[int, Mention]]
) -> tuple[Span | None, tuple[EvidenceItem, ...]]:
    """Return the span of a concept's definition, and its heading and the first places that name it."""
    definition = None
    if home.definition:
        order, start, end = home.definition
        definition = readings[order].document.span(start, end)
    items: list[EvidenceItem] = []
    if home.heading:
        _add(items, EvidenceKind.HEADING, readings[home.order].document.span(*home.heading))
    for order, mention in named:
        if len(items) > MOST_MENTIONS:
            break
        _add(items, EvidenceKind.MENTION, sentence_span(readings[order], mention))
    return definition, tuple(items)


def edge_evidence(
    prerequisite: int, dependent: int, homes: Sequence[Home], readings: Sequence[Reading], mentions: _Mentions
) -> tuple[EvidenceItem, ...]:
    """Return the sentences that show the edge, and any that speak for the other direction.

    For it speak the dependent's definition and home naming the prerequisite, and a definition that stands
    earlier; against it the prerequisite's definition naming the dependent.
    """
    items = _naming(prerequisite, homes[dependent], readings, mentions, supports=True)
    if not items:
        items = _both_introduced(homes[prerequisite], homes[dependent], readings)
    against = _naming(dependent, homes[prerequisite], readings, mentions, supports=False)[:1]
    return tuple(items + [item for item in against if items])


def _naming(
    named: int, home: Home, readings: Sequence[Reading], mentions: _Mentions, *, supports: bool
) -> list[EvidenceItem]:
    items: list[EvidenceItem] = []
    if home.definition:
        order, start, end = home.definition
        if any(mention.concept == named for mention in mentions_between(mentions[order], start, end)):
            _add(items, EvidenceKind.DEFINITION, readings[order].document.span(start, end), supports=supports)
    reading = readings[home.order]
    for mention in mentions_between(mentions[home.order], home.start, home.end):
        if mention.concept == named and len(items) < MOST_OF_EDGE:
            _add(items, EvidenceKind.MENTION, sentence_span(reading, mention), supports=supports)
    return items


def _both_introduced(before: Home, after: Home, readings: Sequence[Reading]) -> list[EvidenceItem]:
    """Return the two places of introduction, in order: what is left where no sentence names both."""
    items: list[EvidenceItem] = []
    for home in (before, after):
        place = home.heading or (home.definition[1:] if home.definition else None)
        if place is not None:
            order = home.order if home.heading or not home.definition else home.definition[0]
            _add(items, EvidenceKind.ORDER, readings[order].document.span(*place))
    return items


def sentence_span(reading: Reading, mention: Mention) -> Span | None:
    """Return the span of the sentence that holds a mention; of the mention alone where none does."""
    sentence = reading.sentence_at(mention.start)
    start, end = (sentence.start, sentence.end) if sentence else (mention.start, mention.end)
    return reading.document.span(start, end)


def _add(items: list[EvidenceItem], kind: EvidenceKind, span: Span | None, *, supports: bool = True) -> None:
    if span is not None and all(item.span != span for item in items):
        items.append(EvidenceItem(kind, span, supports))
