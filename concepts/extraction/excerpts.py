"""What a question shows of the sources: whole sentences around the places where concepts are taught."""

from __future__ import annotations

from dataclasses import dataclass

from concepts.extraction.embedded import Draft
from concepts.extraction.homes import Home
from research.sentences import sentence_spans
from research.spans import Span

LONGEST_EXCERPT = 1600
LONGEST_JOINED = 2400
LONGEST_BRIEF = 320
LONGEST_DEFINITION = 500


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a passage that a question shows; ``text`` is ``passage[start:start + len(text)]``."""

    passage_id: str
    start: int
    text: str

    def joined(self, other: Excerpt) -> Excerpt | None:
        """Return the stretch that covers both, or None where they do not overlap.

        Examples
        --------
        >>> Excerpt("p", 0, "A pile").joined(Excerpt("p", 2, "pile of stones"))
        Excerpt(passage_id='p', start=0, text='A pile of stones')
        """
        first, second = sorted((self, other), key=lambda excerpt: excerpt.start)
        overlap = first.start + len(first.text) - second.start
        if first.passage_id != second.passage_id or overlap < 0:
            return None
        return Excerpt(first.passage_id, first.start, first.text + second.text[overlap:])


class Shown:
    """The excerpts of one question; what overlaps is shown once."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.excerpts: list[Excerpt] = []

    def index(self, number: int, *, briefly: bool = False) -> int:
        """Return which excerpt shows the home of a concept, adding it where it is new.

        ``briefly``: no more than the sentence or two that say what it is, wherever those stand already.
        """
        excerpt = home_excerpt(self._draft.homes[number], self._draft, briefly=briefly)
        for place, shown in enumerate(self.excerpts):
            joined = shown.joined(excerpt)
            if joined and len(joined.text) <= max(LONGEST_JOINED, len(shown.text)):
                self.excerpts[place] = joined
                return place
        self.excerpts.append(excerpt)
        return len(self.excerpts) - 1


def home_excerpt(home: Home, draft: Draft, *, briefly: bool = False) -> Excerpt:
    """Return the part of the passage at a concept's definition, or at its home, that fits a question."""
    order, start, end = home.definition or (home.order, home.start, home.start + 1)
    document = draft.readings[order].document
    span = document.span(start, max(end, start + 1)) or document.span(home.start, home.end)
    if span is None:
        return Excerpt("", 0, "")
    passage = next(one for one in document.passages if one.id == span.passage_id)
    text = document.text[passage.start : passage.end]
    at, lead, longest = span.start, LONGEST_EXCERPT // 4, LONGEST_EXCERPT
    if briefly:
        lead, longest = 0, LONGEST_BRIEF
    elif home.heading and home.order == order:
        # What a section says of its concept begins at its heading.
        heading = home.heading[0] - passage.start
        if 0 <= heading <= at and span.end - heading <= longest:
            at, lead = heading, 0
    begin, end = window(text, at=at, lead=lead, longest=longest)
    return Excerpt(span.passage_id, begin, text[begin:end])


def window(text: str, *, at: int, lead: int, longest: int) -> tuple[int, int]:
    """Return start and end of a stretch of at most ``longest`` characters around ``at``.

    About ``lead`` of them stand before ``at``. It begins and ends with whole sentences where there are any:
    half a sentence cannot be quoted, and half a listing tells nothing.

    Examples
    --------
    >>> text = "Cairns mark paths. A cairn is a pile of stones. Do not take stones away."
    >>> begin, end = window(text, at=19, lead=10, longest=45)
    >>> text[begin:end]
    'A cairn is a pile of stones.'
    """
    begin = max(0, min(at - longest // 4, len(text) - longest))
    end = min(len(text), begin + longest)
    spans = sentence_spans(text)
    starts = [first for first, _ in spans if begin <= first <= at]
    ends = [last for _, last in spans if at < last <= end]
    return (starts[0] if starts else begin, ends[-1] if ends else end)


def whole_sentence(span: Span, text: str) -> Span:
    """Return the span of the whole sentence, of passage ``text``, that ``span`` quotes from.

    Examples
    --------
    >>> text = "Cairns mark paths. A cairn is a pile of stones."
    >>> whole_sentence(Span("p", 21, 34, "cairn is a pi"), text).quote
    'A cairn is a pile of stones.'
    """
    inside = [ends for ends in sentence_spans(text) if ends[0] < span.end and span.start < ends[1]]
    while len(inside) > 1 and text[inside[0][1] - 1].isalnum():
        del inside[0]  # a heading that was quoted along with what stands below it
    start, end = inside[0][0], inside[-1][1]
    if end - start > LONGEST_DEFINITION:
        return span
    return Span(span.passage_id, start, end, text[start:end])
