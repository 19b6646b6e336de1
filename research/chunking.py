"""Cuts a document into passages: 300 to 500 tokens, along its headings, with tables and code whole."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from research.parsing.structure import Block, BlockKind, ParsedDocument
from research.sentences import sentence_spans

CountTokens = Callable[[str], int]

CHUNKER = "passages 1"


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where one passage lies in its document's text, and what is known about the place.

    Attributes
    ----------
    heading_path
        The headings that all of the passage stands under, outermost first.
    seconds_end
        Where the following passage begins; for the last passage, where its last block begins.
    """

    start: int
    end: int
    heading_path: tuple[str, ...]
    page_start: int | None
    page_end: int | None
    seconds_start: float | None
    seconds_end: float | None
    token_count: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """The smallest stretch that packing moves about: a block, or a part of one that is too long."""

    start: int
    end: int
    tokens: int
    block: int
    kind: BlockKind
    path: tuple[str, ...]
    keeps_with_next: bool


def chunk(
    document: ParsedDocument, *, count_tokens: CountTokens, min_tokens: int = 300, max_tokens: int = 500
) -> list[PassageSpan]:
    """Return passages in reading order; together they hold every word exactly once.

    A document of at most ``max_tokens`` is one passage. Otherwise a passage ends before a heading as
    soon as it has ``min_tokens`` (half of them, if the section that begins would have to be cut), and
    wherever the next block would make it too long. A heading, a term and a line that ends in a colon
    stay with what they announce. Code and tables are cut only if one alone is longer than
    ``max_tokens``, and then between lines.

    Raises
    ------
    ValueError
        If the bounds are not ``0 < min_tokens <= max_tokens``.

    Examples
    --------
    >>> from research.parsing import parse
    >>> document = parse("markdown", b"# Cairns\\n\\nA pile of stones.")
    >>> [(p.start, p.end, p.heading_path) for p in chunk(document, count_tokens=lambda t: len(t.split()))]
    [(0, 25, ('Cairns',))]
    """
    if not 0 < min_tokens <= max_tokens:
        raise ValueError(f"Expected 0 < min_tokens <= max_tokens, got {min_tokens} and {max_tokens}.")
    units = list(_units(document, count_tokens=count_tokens, max_tokens=max_tokens))
    if sum(unit.tokens for unit in units) <= max_tokens:
        groups = [units] if units else []
    else:
        groups = _packed(units, min_tokens=min_tokens, max_tokens=max_tokens)
    starts = [group[0].start for group in groups]
    return [
        _passage(document, group, next_start=following, count_tokens=count_tokens)
        for group, following in zip(groups, [*starts[1:], None], strict=True)
    ]


def heading_paths(document: ParsedDocument) -> list[tuple[str, ...]]:
    """Return for each block the headings it stands under; a heading stands under itself.

    Examples
    --------
    >>> from research.parsing import parse
    >>> heading_paths(parse("markdown", b"# A\\n\\nx\\n\\n## B\\n\\ny"))
    [('A',), ('A',), ('A', 'B'), ('A', 'B')]
    """
    paths: list[tuple[str, ...]] = []
    open_headings: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind == BlockKind.HEADING:
            while open_headings and open_headings[-1][0] >= block.level:
                open_headings.pop()
            title = " ".join(document.text[block.start : block.end].split())
            open_headings.append((block.level, title))
        paths.append(tuple(title for _, title in open_headings))
    return paths


def _units(document: ParsedDocument, *, count_tokens: CountTokens, max_tokens: int) -> Iterator[_Unit]:
    paths = heading_paths(document)
    for number, block in enumerate(document.blocks):
        for start, end, tokens in _pieces(
            document.text, block, count_tokens=count_tokens, max_tokens=max_tokens
        ):
            announces = block.kind in (BlockKind.HEADING, BlockKind.TERM) or document.text[end - 1] == ":"
            yield _Unit(start, end, tokens, number, block.kind, paths[number], announces)


def _pieces(
    text: str, block: Block, *, count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[int, int, int]]:
    """Yield ``(start, end, tokens)`` of a block, or of its parts if it alone is too long."""
    tokens = count_tokens(text[block.start : block.end])
    if tokens <= max_tokens:
        yield block.start, block.end, tokens
        return
    by_line = block.kind in (BlockKind.CODE, BlockKind.TABLE)
    cuts = _lines(text, block) if by_line else _sentences(text, block)
    for start, end in cuts:
        piece_tokens = count_tokens(text[start:end])
        if piece_tokens <= max_tokens:
            yield start, end, piece_tokens
        else:
            yield from _cut_anywhere(text, start, end, count_tokens=count_tokens, max_tokens=max_tokens)


def _sentences(text: str, block: Block) -> Iterator[tuple[int, int]]:
    for start, end in sentence_spans(text[block.start : block.end]):
        yield block.start + start, block.start + end


def _lines(text: str, block: Block) -> Iterator[tuple[int, int]]:
    start = block.start
    while start < block.end:
        at = text.find("\n", start, block.end)
        end = block.end if at < 0 else at
        if text[start:end].strip():
            yield start, end
        start = end + 1


def _cut_anywhere(
    text: str, start: int, end: int, *, count_tokens: CountTokens, max_tokens: int
) -> Iterator[tuple[int, int, int]]:
    """Yield parts of one endless sentence or line, cut between words where there are any."""
    from semantic_text_splitter import TextSplitter

    splitter = TextSplitter.from_callback(count_tokens, max_tokens)
    for at, part in splitter.chunk_indices(text[start:end]):
        yield start + at, start + at + len(part), count_tokens(part)


def _packed(units: Sequence[_Unit], *, min_tokens: int, max_tokens: int) -> list[list[_Unit]]:
    """Return the units in groups of at most ``max_tokens``."""
    groups: list[list[_Unit]] = []
    group: list[_Unit] = []
    held = 0
    for unit, section in zip(units, _section_tokens(units), strict=True):
        full = held + unit.tokens > max_tokens
        at_heading = unit.kind == BlockKind.HEADING and (
            held >= min_tokens or (held >= min_tokens // 2 and held + section > max_tokens)
        )
        if group and (full or at_heading):
            carried = _announcing_end(group, room=max_tokens - unit.tokens)
            groups.append(group[: len(group) - len(carried)])
            group, held = carried, sum(moved.tokens for moved in carried)
        group.append(unit)
        held += unit.tokens
    groups.append(group)
    return _last_not_tiny(groups, min_tokens=min_tokens, max_tokens=max_tokens)


def _section_tokens(units: Sequence[_Unit]) -> list[int]:
    """Return for each unit the tokens from it to the end of its section."""
    counts: list[int] = []
    following = 0
    for unit in reversed(units):
        following += unit.tokens
        counts.append(following)
        if unit.kind == BlockKind.HEADING:
            following = 0
    return counts[::-1]


def _announcing_end(group: list[_Unit], *, room: int) -> list[_Unit]:
    """Return the units at the end of ``group`` that announce what follows and fit before it."""
    carried: list[_Unit] = []
    for unit in reversed(group[1:]):
        room -= unit.tokens
        if not unit.keeps_with_next or room < 0:
            break
        carried.insert(0, unit)
    return carried


def _last_not_tiny(groups: list[list[_Unit]], *, min_tokens: int, max_tokens: int) -> list[list[_Unit]]:
    """Return the groups with a last one that is too small to stand alone joined to the one before."""
    if len(groups) > 1:
        last, before = (sum(unit.tokens for unit in group) for group in (groups[-1], groups[-2]))
        if last < min_tokens // 3 and last + before <= max_tokens:
            return [*groups[:-2], groups[-2] + groups[-1]]
    return groups


def _passage(
    document: ParsedDocument, group: Sequence[_Unit], *, next_start: int | None, count_tokens: CountTokens
) -> PassageSpan:
    blocks = document.blocks[group[0].block : group[-1].block + 1]
    pages = [block.page for block in blocks if block.page is not None]
    seconds = [block.seconds for block in blocks if block.seconds is not None]
    following = None if next_start is None else _block_at(document, next_start).seconds
    start, end = group[0].start, group[-1].end
    return PassageSpan(
        start=start,
        end=end,
        heading_path=_common_path([unit.path for unit in group]),
        page_start=min(pages, default=None),
        page_end=max(pages, default=None),
        seconds_start=min(seconds, default=None),
        seconds_end=following if following is not None else max(seconds, default=None),
        token_count=count_tokens(document.text[start:end]),
    )


def _block_at(document: ParsedDocument, offset: int) -> Block:
    return document.blocks[bisect_right(document.blocks, offset, key=lambda block: block.start) - 1]


def _common_path(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the headings that all ``paths`` begin with; without any, where the passage begins."""
    common = paths[0]
    for path in paths[1:]:
        while path[: len(common)] != common:
            common = common[:-1]
    return common or paths[0]
