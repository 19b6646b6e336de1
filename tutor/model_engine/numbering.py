"""Numbers the sentences that a model may rest on, so that it names a source instead of retyping it.

A small model copies a quotation with slips; a name out of a closed list it cannot get wrong, and
the quotation that goes with the name is then exact because code has cut it out of the passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llm.prompting import fence
from research.parsing.structure import Block, BlockKind
from research.sentences import sentence_spans
from research.spans import Span
from tutor.ports import LessonPassage, PrerequisiteNote

_FEWEST_CHARACTERS = 15
_NOT_TEACHABLE = frozenset({BlockKind.HEADING, BlockKind.CAPTION})
_WHOLE = frozenset({BlockKind.CODE, BlockKind.TABLE})


@dataclass(frozen=True, slots=True)
class NumberedSentence:
    """A sentence (or a whole block of code, or a table) of a source, under the name the model uses."""

    id: str
    span: Span
    heading: str = ""
    is_code: bool = False

    def line(self) -> str:
        """Return the line of the prompt that holds it."""
        text = self.span.quote if self.is_code else " ".join(self.span.quote.split())
        return f"[{self.id}]\n{text}" if self.is_code else f"[{self.id}] {text}"


def number_passages(passages: Sequence[LessonPassage]) -> list[NumberedSentence]:
    """Return the sentences of `passages` in their order, named s1, s2 ...

    Headings and captions say nothing by themselves and get no number; a passage's heading is told
    above its first sentence.
    """
    numbered: list[NumberedSentence] = []
    for passage in passages:
        heading = " > ".join(passage.heading_path) or passage.title
        for start, end, is_code in _units(passage):
            quote = passage.text[start:end]
            is_heading = quote in passage.heading_path
            if not is_code and (is_heading or len(quote) < _FEWEST_CHARACTERS):
                continue
            span = Span(passage.id, start, end, quote)
            numbered.append(NumberedSentence(f"s{len(numbered) + 1}", span, heading, is_code))
    return numbered


def number_known(prerequisites: Sequence[PrerequisiteNote]) -> list[NumberedSentence]:
    """Return the definitions of mastered prerequisites, named k1, k2 ..."""
    defined = [note for note in prerequisites if note.is_mastered and note.definition]
    return [
        NumberedSentence(f"k{place}", note.definition, note.name)
        for place, note in enumerate(defined, start=1)
        if note.definition
    ]


def fenced(sentences: Sequence[NumberedSentence], label: str) -> str:
    """Return `sentences` as lines of quoted material, each run under its heading."""
    lines: list[str] = []
    heading = ""
    for sentence in sentences:
        if sentence.heading != heading:
            heading = sentence.heading
            lines.append(f"({heading})")
        lines.append(sentence.line())
    return fence("\n".join(lines), label)


def _units(passage: LessonPassage) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether it is code or a table, for each part that can be cited."""
    if not passage.blocks:
        yield from ((start, end, False) for start, end in sentence_spans(passage.text))
        return
    for block in passage.blocks:
        if block.kind in _WHOLE:
            yield block.start, block.end, True
        elif block.kind not in _NOT_TEACHABLE:
            yield from _sentences(passage.text, block)


def _sentences(text: str, block: Block) -> Iterator[tuple[int, int, bool]]:
    for start, end in sentence_spans(text[block.start : block.end]):
        yield block.start + start, block.start + end, False
