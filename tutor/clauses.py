"""The pieces of an answer that may each show one idea: clauses, sentences, and neighbouring sentences."""

from __future__ import annotations

import re
from itertools import pairwise

from research.sentences import sentence_spans

_MOST_PIECES = 240
_FEWEST_WORDS = 3
_JOINT = re.compile(
    r"[;:]\s+|\s[-–—]+\s|,\s+(?=(?:and|but|so|because|since|while|whereas|which|although|though|then|or)\b)"
    r"|\s+(?=(?:but|because|whereas|although|so that|and then|and so)\b)|\.{2,}\s*|\n+"
    r"|,\s+|\s+(?=and\s+(?:it|they|this|that|the|you|we|there|he|she|each|all|every|if|when)\b)"
)


def clause_spans(text: str) -> list[tuple[int, int]]:
    """Return ``(start, end)`` of each clause, in order; a joint splits only where both sides are clauses.

    Examples
    --------
    >>> text = "It slows down because of friction, but it never stops."
    >>> [text[start:end] for start, end in clause_spans(text)]
    ['It slows down', 'because of friction,', 'but it never stops.']
    """
    return [clause for start, end in sentence_spans(text) for clause in _clauses(text, start, end)]


def piece_spans(text: str) -> list[tuple[int, int]]:
    """Return every stretch that is held against a rubric point, shortest kind first, without repeats.

    Clauses, then sentences, then pairs of neighbouring clauses and of neighbouring sentences: an idea is
    often said in one clause and rounded off in the next.
    """
    sentences, clauses = sentence_spans(text), clause_spans(text)
    pieces = [*clauses, *sentences]
    for row in (clauses, sentences):
        pieces += [(first[0], second[1]) for first, second in pairwise(row)]
    if len(sentences) > 1 and len(text) <= 600:
        pieces.append((sentences[0][0], sentences[-1][1]))
    return list(dict.fromkeys(pieces))[:_MOST_PIECES]


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found, at = [], start
    for joint in _JOINT.finditer(text, start, end):
        before, after = text[at : joint.end()], text[joint.end() : end]
        if _is_long_enough(before) and _is_long_enough(after):
            found.append(_trimmed(text, at, joint.end()))
            at = joint.end()
    found.append(_trimmed(text, at, end))
    return [span for span in found if span[1] > span[0]]


def _is_long_enough(text: str) -> bool:
    return len(text.split()) >= _FEWEST_WORDS


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
