"""One document as an extractor sees it: sections, and sentences of prose with their words."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from concepts.extraction.material import MaterialDocument
from concepts.extraction.terms import Token, tokens
from research.parsing.structure import Block, BlockKind, MarkKind
from research.sentences import sentence_spans

_PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.DEFINITION, BlockKind.QUOTE})
SHORTEST_SECTION = 250
LONGEST_HOME = 5000


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text under it; ``start:end`` leaves the heading itself out."""

    heading: Block | None
    start: int
    end: int
    own_end: int

    @property
    def home_end(self) -> int:
        """Where the text that teaches the heading's subject ends.

        Subsections are about things of their own, unless the section says little before the first of them.
        """
        own = self.own_end if self.own_end - self.start >= SHORTEST_SECTION else self.end
        return min(own, self.start + LONGEST_HOME)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of prose with its words, in the numbering of its document."""

    start: int
    end: int
    kind: BlockKind
    words: tuple[Token, ...]
    opens_block: bool


class Reading:
    """A document cut into sections and sentences.

    Code and tables hold no sentences: their words are not prose. A document without blocks is read as
    one paragraph.
    """

    def __init__(self, document: MaterialDocument, *, order: int) -> None:
        self.document = document
        self.order = order
        self.text = document.text
        self.blocks = document.blocks or self._one_paragraph()
        self.code_marks = document.marks_of(MarkKind.CODE)
        self.stress_marks = document.marks_of(MarkKind.EMPHASIS, MarkKind.STRONG)
        self.links = document.marks_of(MarkKind.LINK)

    def _one_paragraph(self) -> tuple[Block, ...]:
        end = len(self.text.rstrip())
        return (Block(BlockKind.PARAGRAPH, 0, end),) if end else ()

    @cached_property
    def sections(self) -> list[Section]:
        """Sections in reading order; words before the first heading are a section without one."""
        headings = [block for block in self.blocks if block.kind is BlockKind.HEADING]
        whole = len(self.text)
        first = headings[0].start if headings else whole
        found = [Section(None, 0, first, first)] if self.text[:first].strip() else []
        for number, heading in enumerate(headings):
            later = headings[number + 1 :]
            own_end = later[0].start if later else whole
            end = next((other.start for other in later if other.level <= heading.level), whole)
            found.append(Section(heading, heading.end, end, own_end))
        return found

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Every sentence of prose in reading order."""
        found = []
        for block in self.blocks:
            if block.kind not in _PROSE:
                continue
            for start, end in sentence_spans(self.text[block.start : block.end]):
                words = tuple(tokens(self.text, start=block.start + start, end=block.start + end))
                if words:
                    at = block.start + start
                    found.append(Sentence(at, block.start + end, block.kind, words, start == 0))
        return found

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    def sentence_at(self, offset: int) -> Sentence | None:
        """Return the sentence of prose that holds ``offset``, or None."""
        number = bisect_right(self._sentence_starts, offset) - 1
        if number < 0 or offset >= self.sentences[number].end:
            return None
        return self.sentences[number]

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.heading.start if section.heading else 0 for section in self.sections]

    def section_at(self, offset: int) -> Section:
        """Return the innermost section that holds ``offset``."""
        return self.sections[max(0, bisect_right(self._section_starts, offset) - 1)]

    def sentences_between(self, start: int, end: int) -> list[Sentence]:
        """Return the sentences that begin inside ``start:end``."""
        low = bisect_right(self._sentence_starts, start - 1)
        high = bisect_right(self._sentence_starts, end - 1)
        return self.sentences[low:high]
