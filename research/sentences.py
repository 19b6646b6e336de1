"""Where sentences begin and end in clean text that also holds headings, lists and code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

# Words after which a full stop does not end a sentence.
_ABBREVIATIONS = frozenset(
    "al approx ca cf ch chap col dept dr ed eds eq eqs est et fig figs gen gov hon inc jr ltd mr mrs ms mt "
    "no nos nr op p par pp prof pt rev sec sect sr st ste supt tab trans univ viz vol vols vs e.g i.e a.m "
    "p.m u.s u.k ph.d b.c a.d jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
# These end a sentence when a capital follows ("apples, etc. Then ...").
_ABBREVIATIONS_THAT_MAY_END = frozenset("etc inc ltd jr sr a.m p.m u.s u.k b.c a.d ph.d".split())
# "No." and "p." are abbreviations only in front of a number; "No. That is wrong." is a sentence.
_ABBREVIATIONS_BEFORE_NUMBERS = frozenset("no nos nr p pp ch chap sec eq fig vol par pt col tab op".split())

_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_BULLET = re.compile(r"\s*(?:[-*+•‣◦▪·–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,4}[.)])\s+\S")
_CODE_LINE = re.compile(r"(?: {4,}|\t|>>> ?|\.\.\.(?:\s|$)|\$ )")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_STOP = re.compile(r"""(?P<stop>[.!?…]+)(?P<close>['"’”»)\]]*)(?=\s)|(?P<wide>[。！？]+[」』”）]*)""")
_NUMBERED_START = re.compile(r"\s*(?:\(?\d{1,3}|[a-zA-Z]|[ivx]{1,4})$")
_LAST_WORD = re.compile(r"[^\s(\[\"“‘']+$")
_CODE_WORD = re.compile(r"[a-z_][\w.]*(?:\(|_\w)")
_SHORTEST_WRAPPED_LINE = 40
# Characters read before and after a full stop; more would make long texts quadratic.
_LOOK_AROUND = 60


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return ``(start, end)`` of each sentence, in order, without the white space around it.

    No sentence reaches out of its heading, list item or table row; a block of code stays whole.
    Hard-wrapped lines are read as one paragraph. Abbreviations, initials, decimals and ellipses do
    not end a sentence. Everything but white space is inside exactly one span.

    Examples
    --------
    >>> text = "Cairns\\n\\nA cairn (e.g. of slate) is 1.5 m high. Dr. Ahn built it."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Cairns', 'A cairn (e.g. of slate) is 1.5 m high.', 'Dr. Ahn built it.']
    """
    spans: list[tuple[int, int]] = []
    for start, end, is_code in _runs(text):
        if is_code:
            spans.extend(_trimmed(text, start, end))
        else:
            spans.extend(_sentences_of_run(text, start, end))
    return spans


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` as strings."""
    return [text[start:end] for start, end in sentence_spans(text)]


def is_hard_wrapped(lines: list[str]) -> bool:
    """Say whether ``lines`` are one paragraph broken to a width, and not lines that mean to be apart."""
    widest = max(map(len, lines), default=0)
    return all(_is_wrapped(line, following, width=widest) for line, following in pairwise(lines))


def _runs(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield ``(start, end, is_code)`` of stretches over which a sentence may not reach."""
    for code_start, code_end, is_code in _code_and_prose(text):
        if is_code:
            yield code_start, code_end, True
            continue
        at = code_start
        for gap in _PARAGRAPH_BREAK.finditer(text, code_start, code_end):
            yield from _lines_joined(text, at, gap.start())
            at = gap.end()
        yield from _lines_joined(text, at, code_end)


def _code_and_prose(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield alternating stretches of lines of prose and of code, in order."""
    start, was_code, fenced, session = 0, False, False, False
    for line_start, line_end in _lines(text, 0, len(text)):
        line = text[line_start:line_end]
        fence = bool(_FENCE.match(line))
        blank = not line.strip()
        is_code = fenced or fence or (was_code and blank) or (not blank and _is_code_line(line))
        # The output under a prompt ("3.14") belongs to the session until a blank line.
        session = not blank and (session or line.startswith(">>>"))
        is_code = is_code or session
        if is_code != was_code:
            if line_start > start:
                yield start, line_start, was_code
            start, was_code = line_start, is_code
        fenced = fenced != fence
    if start < len(text):
        yield start, len(text), was_code


def _is_code_line(line: str) -> bool:
    return bool(_CODE_LINE.match(line)) and not _BULLET.match(line)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        at = text.find("\n", start, end)
        stop = end if at < 0 else at
        yield start, stop
        start = stop + 1


def _lines_joined(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield one paragraph as runs: a single one if its lines are hard-wrapped, else line by line."""
    lines = list(_lines(text, start, end))
    widest = max((stop - begin for begin, stop in lines), default=0)
    run_start = start
    for (begin, stop), (next_begin, next_stop) in pairwise(lines):
        if not _is_wrapped(text[begin:stop], text[next_begin:next_stop], width=widest):
            yield run_start, stop, False
            run_start = next_begin
    if run_start < end:
        yield run_start, end, False


def _is_wrapped(line: str, following: str, *, width: int) -> bool:
    """Say whether ``following`` carries the sentence of ``line`` on.

    A wrapped line is one that could not have held the next line's first word.
    """
    if _BULLET.match(following) or not following.strip() or not line.strip():
        return False
    first_word = following.split(maxsplit=1)[0]
    if first_word[0].islower() and line.rstrip()[-1] not in ".!?:;|" and "|" not in line:
        return True
    full = len(line.rstrip()) + 1 + len(first_word) > width
    return full and len(line) >= _SHORTEST_WRAPPED_LINE and "|" not in line


def _sentences_of_run(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for stop in _STOP.finditer(text, start, end):
        if stop.end() < end and _ends_sentence(text, at, stop, end):
            yield from _trimmed(text, at, stop.end())
            at = stop.end()
    yield from _trimmed(text, at, end)


def _ends_sentence(text: str, start: int, stop: re.Match[str], end: int) -> bool:
    if stop["wide"]:
        return True
    before = text[max(start, stop.start() - _LOOK_AROUND) : stop.start()]
    following = text[stop.end() : min(end, stop.end() + _LOOK_AROUND)].lstrip()
    if not following or not before.strip():
        return False
    if stop["stop"] == ".":
        if _NUMBERED_START.match(before) and not stop["close"]:
            return False
        if _is_abbreviation(before, following):
            return False
    opener = following.lstrip("'\"“‘«([")[:1]
    return not opener.islower() or bool(_CODE_WORD.match(following))


def _is_abbreviation(before: str, following: str) -> bool:
    found = _LAST_WORD.search(before)
    word = found.group() if found else ""
    key = word.casefold()
    if key in _ABBREVIATIONS_THAT_MAY_END:
        return following[0].islower() or following[0] in ",;:"
    if key in _ABBREVIATIONS_BEFORE_NUMBERS:
        return following[0].isdigit() or following[0] in "(["
    # A single capital is an initial ("J. Napier"), unless it is the pronoun.
    return key in _ABBREVIATIONS or (len(word) == 1 and word.isupper() and word != "I")


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
