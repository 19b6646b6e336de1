"""What an extractor reads: documents in teaching order, and the passages a span may point into."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from research.parsing.structure import Block, Mark, MarkKind
from research.spans import Span


@dataclass(frozen=True, slots=True)
class MaterialPassage:
    """A passage as offsets into its document: its text is ``document.text[start:end]``."""

    id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MaterialDocument:
    """One clean text with its blocks, marks and passages.

    Attributes
    ----------
    passages
        In reading order, none inside another.
    url
        Where it came from, in the same form as the targets of links; empty where unknown.
    """

    id: str
    title: str
    text: str
    passages: tuple[MaterialPassage, ...]
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    url: str = ""

    def span(self, start: int, end: int) -> Span | None:
        """Return the source span of ``text[start:end]``, or None where no passage holds any of it.

        A run that reaches over the end of a passage is cut to the part in the passage that holds most
        of it: a quote is always the exact text of one passage.

        Examples
        --------
        >>> document = MaterialDocument("d", "", "A pile of stones.", (MaterialPassage("p", 2, 17),))
        >>> document.span(2, 6)
        Span(passage_id='p', start=0, end=4, quote='pile')
        """
        # Those that hold some of it stand together; a book in one document has thousands of others.
        low = bisect_right(self.passages, start, key=lambda passage: passage.end)
        high = bisect_left(self.passages, end, key=lambda passage: passage.start)
        passage = max(
            self.passages[low:high],
            key=lambda passage: min(end, passage.end) - max(start, passage.start),
            default=None,
        )
        if passage is None:
            return None
        start, end = max(start, passage.start), min(end, passage.end)
        while start < end and self.text[start].isspace():
            start += 1
        while start < end and self.text[end - 1].isspace():
            end -= 1
        if start >= end:
            return None
        return Span(passage.id, start - passage.start, end - passage.start, self.text[start:end])

    def marks_of(self, *kinds: MarkKind) -> list[Mark]:
        """Return the marks of these kinds in reading order."""
        return sorted(
            (mark for mark in self.marks if mark.kind in kinds), key=lambda mark: (mark.start, mark.end)
        )


@dataclass(frozen=True, slots=True)
class Material:
    """Everything an extractor reads for one subject.

    Attributes
    ----------
    documents
        In teaching order: the order is itself evidence (what comes first is seldom the dependent).
    """

    documents: tuple[MaterialDocument, ...]

    def passage_texts(self) -> dict[str, str]:
        """Return the text of every passage by its id."""
        return {
            passage.id: document.text[passage.start : passage.end]
            for document in self.documents
            for passage in document.passages
        }
