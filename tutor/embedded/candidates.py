"""The sentences, code blocks and tables of passages, with what each might be good for in a lesson."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from research.parsing.structure import Block, BlockKind
from research.sentences import sentence_spans
from research.spans import Span
from tutor.conflicts import numbers_in
from tutor.context import is_fragment, leans_back, points_away
from tutor.ports import LessonPassage, LessonTask
from tutor.readability import ease_share
from vectorstore.ports import Embedder, Vectors
from vectorstore.words import stems, words

FEWEST_WORDS, MOST_WORDS = 5, 48
_WHY = re.compile(
    r"\b(?:because|since|so that|therefore|hence|thus|that is why|this is why|the reason|matters?|means that"
    r"|as a result|it follows|which is why|allows? (?:us|you)|in order to|for this reason)\b",
    re.I,
)
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|suppose|consider|imagine|say,|let us take|take the|example"
    r"|in this case|try|picture|think of)\b",
    re.I,
)
_PITFALL = re.compile(
    r"\b(?:mistake|misconception|careful|beware|confus\w+|pitfall|wrong(?:ly)?|error|caution|be aware"
    r"|contrary to|do not|don['’]t|note that|not the same|tempting|misleading|deceiv\w+|trap)\b",
    re.I,
)
# A request to the reader belongs into an example; as an explanation it explains nothing.
_INSTRUCTS = re.compile(
    r"^(?:turn|keep|ask|listen|look|put|hold|take|name|shake|pluck|try|think|imagine|suppose|consider|picture"
    r"|let us|notice|note|remember|see|start|begin|count|write|draw|play|sing)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence, code block or table that may enter a lesson.

    Attributes
    ----------
    order
        Reading order over all passages.
    block
        Which block of which passage it stands in: sentences of one block belong together.
    relevance
        0..1: how much it speaks of the concept.
    opens_block
        It is the first sentence of its block.
    ease
        0..1: how easily it reads.
    is_exact
        It names an amount.
    is_ahead
        It names a concept that comes later.
    leans_back
        It cannot be understood without the sentence before it ("This is why ...").
    """

    span: Span
    text: str
    order: int
    block: tuple[str, int]
    kind: BlockKind
    heading: str
    relevance: float
    names_concept: bool
    is_home: bool
    opens_block: bool
    leans_back: bool
    is_why: bool
    is_example: bool
    is_pitfall: bool
    instructs: bool
    opens_with_example: bool
    ease: float
    is_exact: bool
    is_ahead: bool
    vector: int

    @property
    def is_code(self) -> bool:
        """Shown as it stands, spaces kept."""
        return self.kind in (BlockKind.CODE, BlockKind.TABLE)


@dataclass(frozen=True, slots=True)
class Candidates:
    """All candidates in reading order and their vectors."""

    rows: tuple[Candidate, ...]
    vectors: Vectors

    def similarity(self, one: Candidate, other: Candidate) -> float:
        """Return the cosine of two candidates."""
        return float(self.vectors[one.vector] @ self.vectors[other.vector])


def gather(task: LessonTask, *, embedder: Embedder) -> Candidates:
    """Return every usable sentence, code block and table of the task's passages."""
    found = [row for passage in _in_reading_order(task.passages) for row in _pieces(passage)]
    unique = list({row[0].quote: row for row in found}.values())
    if not unique:
        return Candidates((), np.zeros((0, 1), dtype=np.float32))
    aim = f"{task.concept}. {task.definition.quote if task.definition else ''}"
    vectors = embedder.embed([aim, *(span.quote for span, _, _, _ in unique)])
    near = vectors[1:] @ vectors[0]
    names = [set(stems(name)) for name in (task.concept, *task.aliases) if stems(name)]
    own = {key for name in names for key in name}
    later = (set(stems(name)) for name in task.later_concepts)
    ahead = [key for key in later if key and not key <= own]
    home = {passage.id for passage in task.passages if passage.is_home}
    rows = []
    for at, (span, block, kind, heading) in enumerate(unique):
        said = set(stems(span.quote))
        named = any(name <= said for name in names)
        headed = any(name <= set(stems(heading)) for name in names)
        rows.append(
            Candidate(
                span=span,
                text=span.quote if kind in _AS_IT_STANDS else " ".join(span.quote.split()),
                order=at,
                block=block,
                kind=kind,
                heading=heading,
                relevance=min(
                    1.0,
                    max(0.0, float(near[at])) * 0.6
                    + 0.2 * named
                    + 0.1 * headed
                    + 0.15 * (span.passage_id in home),
                ),
                names_concept=named or (headed and kind in _AS_IT_STANDS),
                is_home=span.passage_id in home,
                opens_block=at == 0 or unique[at - 1][1] != block,
                leans_back=leans_back(span.quote),
                is_why=bool(_WHY.search(span.quote)),
                is_example=bool(_EXAMPLE.search(span.quote)) or "example" in heading.casefold(),
                is_pitfall=bool(_PITFALL.search(span.quote)) or "mistake" in heading.casefold(),
                instructs=bool(_INSTRUCTS.match(span.quote)),
                ease=ease_share(span.quote),
                is_exact=bool(numbers_in(span.quote)),
                is_ahead=any(key <= said for key in ahead),
                opens_with_example=bool(_EXAMPLE.match(span.quote)),
                vector=at + 1,
            )
        )
    return Candidates(tuple(rows), vectors)


_AS_IT_STANDS = (BlockKind.CODE, BlockKind.TABLE)
# A definition list's text lacks its subject ("A point that does not move."), so it is no sentence of a
# lesson.
_PROSE = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.QUOTE)
_Piece = tuple[Span, tuple[str, int], BlockKind, str]


def is_usable(text: str) -> bool:
    """Say whether a sentence can stand in a lesson: a statement of sensible length, on the matter itself."""
    count = len(words(text))
    if not FEWEST_WORDS <= count <= MOST_WORDS or text.rstrip().endswith(("?", ":")) or is_fragment(text):
        return False
    return not points_away(text) and text.rstrip()[-1:] in set('.!…"”’)')


def _in_reading_order(passages: Sequence[LessonPassage]) -> list[LessonPassage]:
    """Home passages first, then as retrieved; ``sorted`` keeps the order of equals."""
    return sorted(passages, key=lambda passage: not passage.is_home)


def _pieces(passage: LessonPassage) -> Iterable[_Piece]:
    blocks = passage.blocks or tuple(
        Block(BlockKind.PARAGRAPH, start, end) for start, end in _paragraphs(passage.text)
    )
    heading = passage.heading_path[-1] if passage.heading_path else passage.title
    for number, block in enumerate(blocks):
        text = passage.text[block.start : block.end]
        if block.kind == BlockKind.HEADING:
            heading = text
        elif block.kind in _AS_IT_STANDS:
            if text.strip() and text.count("\n") < 25:
                yield (
                    Span(passage.id, block.start, block.end, text),
                    (passage.id, number),
                    block.kind,
                    heading,
                )
        elif block.kind in _PROSE:
            for start, end in sentence_spans(text):
                quote = text[start:end]
                if is_usable(quote):
                    span = Span(passage.id, block.start + start, block.start + end, quote)
                    yield span, (passage.id, number), block.kind, heading


def _paragraphs(text: str) -> Iterable[tuple[int, int]]:
    at = 0
    for gap in re.finditer(r"\n\s*\n", text):
        if gap.start() > at:
            yield at, gap.start()
        at = gap.end()
    if at < len(text):
        yield at, len(text)
