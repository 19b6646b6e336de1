"""Transcripts (.vtt, .srt, text with time stamps, caption snippets): sentences that know their second."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from research.errors import NothingToRead
from research.parsing.building import DocumentBuilder, clean_characters
from research.parsing.structure import BlockKind, ParsedDocument
from research.sentences import sentence_spans

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_ARROW = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}")
_STAMPED_LINE = re.compile(rf"\s*[\[(]?{_CLOCK}[\])]?(?:\s*[-–]\s*[\[(]?{_CLOCK}[\])]?)?[\s:–-]*(.*)$")
_TAG = re.compile(r"</?[^<>\n]{0,200}>")
_SSA_TAG = re.compile(r"\{\\[^{}\n]{0,200}\}")
_NOISE = re.compile(
    r"[\[(](?:music|applause|laughter|laughs|inaudible|silence|cheering|__+)[^\])\n]{0,40}[\])]|[♪♫]", re.I
)
# ">> JOHN:", ">> Ann:", "Ann Lee:", "Speaker 2:"; but "Note:" begins a sentence.
_NAME = r"[A-Z][\w.'’-]*"
_SPEAKER = re.compile(
    rf"\s*(?:>>+\s*(?:{_NAME}(?:\s+{_NAME}){{0,2}}:)?|[-–]?\s*(?:[A-Z][A-Z.'’-]+(?:\s[A-Z0-9.'’-]+){{0,2}}"
    rf"|[Ss]peaker\s\d+|{_NAME}\s{_NAME}):(?=\s|$))\s*"
)
_LONGEST_PAUSE_S = 3.0
_BLOCK_S = 30.0
_UNPUNCTUATED_WORDS = 60
_PIECE_WORDS = 30
_FEWEST_REPEATED_WORDS = 3


@dataclass(frozen=True, slots=True)
class Cue:
    """Words and when they are spoken, in seconds from the start."""

    start_s: float
    end_s: float
    text: str


def parse_transcript(text: str, *, title: str = "") -> ParsedDocument:
    """Return a transcript as a document whose blocks know the second at which they begin.

    Raises
    ------
    NothingToRead
        If no words with a time are in it.

    Examples
    --------
    >>> document = parse_transcript("[00:05] A cairn marks\\n[00:08] a path.")
    >>> document.text, document.blocks[0].seconds
    ('A cairn marks a path.', 5.0)
    """
    text = clean_characters(text)
    cues = list(_captions(text)) if "-->" in text else list(_stamped_lines(text))
    return from_cues(cues, title=title)


def has_time_stamps(text: str) -> bool:
    """Say whether a text file is a transcript: at least two of its lines begin with a rising time."""
    times = [cue.start_s for cue in _stamped_lines(text[:200_000])]
    return "-->" in text[:5000] or (len(times) >= 2 and times == sorted(times))


def from_cues(cues: Iterable[Cue], *, title: str = "", extractor: str = "transcript 1") -> ParsedDocument:
    """Return cues as a document: rolling repetition removed, cues joined into sentences."""
    cleaned = list(_without_repetition(_cleaned(cues)))
    if not cleaned:
        raise NothingToRead("The transcript")
    builder = DocumentBuilder(extractor=extractor)
    for words, start_s in _blocks(cleaned):
        builder.add(BlockKind.PARAGRAPH, words, seconds=start_s)
    return builder.build(title=title)


def _captions(text: str) -> Iterator[Cue]:
    """Yield the cues of WebVTT or SubRip: a line with an arrow, then words until a blank line."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        arrow = _ARROW.match(lines[at])
        at += 1
        if not arrow:
            continue  # headers, notes, styles and cue numbers
        words = []
        while at < len(lines) and lines[at].strip() and not _ARROW.match(lines[at]):
            words.append(lines[at])
            at += 1
        if words and at < len(lines) and _ARROW.match(lines[at]) and words[-1].strip().isdigit():
            words.pop()  # the number of a cue that follows without a blank line
        yield Cue(_seconds(*arrow.groups()[:4]), _seconds(*arrow.groups()[4:8]), "\n".join(words))


def _stamped_lines(text: str) -> Iterator[Cue]:
    """Yield cues of lines that begin with ``[mm:ss]``; lines without belong to the one before."""
    stamped: list[tuple[float, list[str]]] = []
    for line in text.split("\n"):
        stamp = _STAMPED_LINE.match(line)
        if stamp:
            stamped.append((_seconds(*stamp.groups()[:4]), [stamp.groups()[8]]))
        elif stamped:
            stamped[-1][1].append(line)
    for at, (start_s, words) in enumerate(stamped):
        # Without an end time a cue lasts until the next: no pause can be told.
        end_s = stamped[at + 1][0] if at + 1 < len(stamped) else start_s
        yield Cue(start_s, end_s, "\n".join(words))


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (int(fraction.ljust(3, "0")) / 1000 if fraction else 0.0)


def _cleaned(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield cues without markup, noise words and speakers' names, one per line of words."""
    for cue in sorted(cues, key=lambda cue: cue.start_s):
        for line in cue.text.split("\n"):
            words = html.unescape(_SSA_TAG.sub("", _TAG.sub("", line)))
            speaker = _SPEAKER.match(words)
            words = _NOISE.sub(" ", words[speaker.end() :] if speaker else words)
            words = " ".join(clean_characters(words).split())
            if words:
                yield Cue(cue.start_s, max(cue.start_s, cue.end_s), words)


def _without_repetition(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield cues without the words that a rolling caption shows a second time."""
    said: list[str] = []
    last_end_s = -1.0
    for cue in cues:
        words = cue.text.split()
        repeated = _repeated(said, words) if cue.start_s <= last_end_s + 0.5 else 0
        last_end_s = max(last_end_s, cue.end_s)
        fresh = words[repeated:]
        if fresh:
            said = (said + fresh)[-60:]
            yield Cue(cue.start_s, cue.end_s, " ".join(fresh))


def _repeated(said: list[str], words: list[str]) -> int:
    """Return how many words at the start of ``words`` are the last ones of ``said``."""
    for count in range(min(len(said), len(words)), 0, -1):
        if said[-count:] == words[:count]:
            whole_line = count == len(words) and count > 1
            return count if whole_line or count >= _FEWEST_REPEATED_WORDS else 0
    return 0


def _blocks(cues: list[Cue]) -> Iterator[tuple[str, float]]:
    """Yield ``(words, start_s)`` of blocks of whole sentences, about half a minute each."""
    text, starts = cues[0].text, [0]
    for before_cue, cue in pairwise(cues):
        # After a long pause a new sentence begins, whether or not the captions bear full stops.
        text += "\n\n" if cue.start_s - before_cue.end_s >= _LONGEST_PAUSE_S else " "
        starts.append(len(text))
        text += cue.text
    pieces = [piece for span in sentence_spans(text) for piece in _short_pieces(text, span, starts)]
    block_start, block_time = pieces[0][0], _cue_at(cues, starts, pieces[0][0]).start_s
    for before, piece in pairwise(pieces):
        ended_s = _cue_at(cues, starts, before[1] - 1).end_s
        begins_s = _cue_at(cues, starts, piece[0]).start_s
        if begins_s - ended_s >= _LONGEST_PAUSE_S or begins_s - block_time >= _BLOCK_S:
            yield text[block_start : before[1]], block_time
            block_start, block_time = piece[0], begins_s
    yield text[block_start : pieces[-1][1]], block_time


def _short_pieces(text: str, span: tuple[int, int], starts: list[int]) -> Iterator[tuple[int, int]]:
    """Yield a sentence, or, where captions bear no punctuation, its parts between cues."""
    start, end = span
    if text.count(" ", start, end) < _UNPUNCTUATED_WORDS:
        yield span
        return
    for cue_start in starts[bisect_right(starts, start) : bisect_right(starts, end - 1)]:
        if text.count(" ", start, cue_start) >= _PIECE_WORDS:
            yield start, cue_start - 1
            start = cue_start
    yield start, end


def _cue_at(cues: list[Cue], starts: list[int], offset: int) -> Cue:
    return cues[bisect_right(starts, offset) - 1]
