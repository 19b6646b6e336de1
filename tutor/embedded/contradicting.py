"""Signs that a piece of an answer turns a point round, beyond those that any two sentences show.

`tutor.conflicts` holds two sentences against each other. A grader knows more: the point's question and
neighbours, and that an answer brings opposites in other words than a source would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from tutor.clauses import clause_spans
from tutor.conflicts import OPPOSITES, Conflicts, is_negator, negated_stems, numbers_in, worst_conflicts
from vectorstore.words import STOP_WORDS, stem, stems, words

# Numbers that count nothing in particular: "one half", "the two of them", "twice".
_EVERYDAY = frozenset({"0.5", "1", "2"})
# Verbs of two words that have a plain opposite, as one word that has it too.
_IN_ONE_WORD = tuple(
    (re.compile(rf"\b(?:{verb}) (?:{particle})\b", re.I), plain)
    for verb, particle, plain in (
        ("take|takes|taking|took|taken", "in|up", "absorb"),
        ("give|gives|giving|gave|given|let|lets|letting", "off|out", "release"),
        ("go|goes|going|went|gone", "up", "rise"),
        ("go|goes|going|went|gone", "down", "fall"),
        ("speed|speeds|speeding|sped", "up", "accelerate"),
        ("slow|slows|slowing|slowed", "down", "decelerate"),
        ("throw|throws|throwing|threw|thrown", "away|out", "discard"),
    )
)
_OPPOSITES = """
    enter/leave keep/discard keep/lose sink/rise shrink/expand shrunk/expanded borrow/lend remember/forget
    store/release bring/remove take/bring add/remove cheap/dear cheaper/dearer firm/limp stiff/limp full/empty
    arrive/depart join/split gather/scatter freeze/melt sharpen/blur feed/starve awake/asleep tight/loose
    rapidly/slowly strongly/weakly often/seldom
"""
_PREFIXES = ("un", "in", "im", "ir", "dis", "non", "anti", "over", "under")
_PATH = (
    re.compile(
        r"\b(?:from|out of|leaves?|leaving)\s+(?P<start>(?:[\w'-]+\s+){0,4}?[\w'-]+)\s+(?:and\s+)?"
        r"(?:(?:in)?to|towards?|enters?)\s+(?P<end>(?:[\w'-]+\s*){1,5})",
        re.I,
    ),
    re.compile(
        r"\b(?:(?:in)?to|towards?)\s+(?P<end>(?:[\w'-]+\s+){0,4}?[\w'-]+)\s+(?:from|out of)\s+"
        r"(?P<start>(?:[\w'-]+\s*){1,5})",
        re.I,
    ),
)
# Opposites are of the same thing where they stand this near to a word that both texts have there.
NEAR = 3
_COORDINATED = re.compile(r",|\b(?:and|or|nor|but)\b", re.I)
_STOPS = re.compile(r"\b(?:stop|stops|stopped|cease|ceases)\s+(?=\w+ing\b)|\bno longer\b", re.I)
_NO_MORE = re.compile(r"\b(?:and )?no more\b(?! \w+ing)", re.I)
_DENIES_TOO = frozenset({"unless", "untrue", "wrong", "false", "impossible"})


def signs_against(point: str, sentences: Sequence[str], *, known: Sequence[str] = ()) -> Conflicts:
    """Return for each sign the strongest over ``sentences`` of a piece.

    Parameters
    ----------
    known
        Texts whose numbers an answer may bring: the question, the other points, the subject's statements.

    Examples
    --------
    >>> signs_against("Ice melts at zero degrees.", ["It melts at 40 degrees."]).number
    1.0
    >>> signs_against("It goes from weak to strong.", ["Out of the strong into the weak."]).direction
    1.0
    """
    found = worst_conflicts(_denials(point), [_denials(sentence) for sentence in sentences])
    # Against a point that denies something itself, a double denial can be the denial of it.
    if not any(map(_denies, words(point))) and any(is_twice_denied(sentence) for sentence in sentences):
        found = replace(found, negation=min(found.negation, 0.5))
    text = " ".join(sentences)
    return replace(
        found,
        number=max(found.number, float(bool(foreign_numbers(text, known=[point, *known])))),
        direction=max(found.direction, float(any(paths_turned(point, one) for one in sentences))),
        antonym=float(any(says_opposite(point, one) for one in sentences)),
    )


def foreign_numbers(text: str, *, known: Sequence[str]) -> frozenset[str]:
    """Return the numbers of ``text`` that nobody spoke of before, everyday ones aside.

    Examples
    --------
    >>> sorted(foreign_numbers("Two strings at 440 and 7 hertz", known=["440 hertz"]))
    ['7']
    """
    found = numbers_in(text) - _EVERYDAY
    return found - numbers_in(" ".join(known)) if found else found


def is_twice_denied(sentence: str) -> bool:
    """Say whether a clause denies twice: "not unless", "cannot fail to".

    Examples
    --------
    >>> is_twice_denied("It does not float unless it is light."), is_twice_denied("It never floats.")
    (True, False)
    """
    return any(
        sum(map(_denies, words(part))) >= 2
        for start, end in clause_spans(sentence)
        for part in _COORDINATED.split(sentence[start:end])
    )


def _denies(word: str) -> bool:
    return is_negator(word) or word in _DENIES_TOO


def paths_turned(point: str, sentence: str) -> bool:
    """Say whether what goes from A to B in a point goes from B to A in a sentence.

    Examples
    --------
    >>> paths_turned("Heat flows from hot to cold things.", "It flows out of cold things into hot ones.")
    True
    >>> paths_turned("Heat flows from hot to cold things.", "To the cold one from the hot one.")
    False
    """
    theirs, mine = _ends(point), _ends(sentence)
    return any(
        start & my_end and end & my_start and not (start & my_start and end & my_end)
        for start, end in theirs
        for my_start, my_end in mine
    )


def says_opposite(point: str, sentence: str) -> bool:
    """Say whether a sentence has the opposite of a word of the point, denied or not as the word itself is.

    Examples
    --------
    >>> says_opposite("The list is sorted.", "It works on an unsorted list.")
    True
    >>> says_opposite("Leaves take in carbon dioxide.", "The leaves give off carbon dioxide.")
    True
    >>> says_opposite("Leaves take in carbon dioxide.", "They give off oxygen.")
    False
    """
    point, sentence = _in_one_word(point), _in_one_word(sentence)
    theirs, mine = negated_stems(point), negated_stems(sentence)
    return any(
        other in mine
        and other not in theirs
        and mine[other] == denied
        and _beside(key, point) & _beside(other, sentence)
        for key, denied in theirs.items()
        if key not in mine
        for other in _opposites_of(key)
    )


def _beside(key: str, text: str) -> set[str]:
    """The content words near a word: opposites that share none speak of different things."""
    row = stems(text)
    places = [at for at, found in enumerate(row) if found == key]
    return {one for at in places for one in row[max(0, at - NEAR) : at + NEAR + 1]} - {key}


def _denials(text: str) -> str:
    """With "stops working" told as "not working", and without what only looks like a denial."""
    return _NO_MORE.sub("", _STOPS.sub("not ", text))


def _in_one_word(text: str) -> str:
    for pattern, plain in _IN_ONE_WORD:
        text = pattern.sub(plain, text)
    return text


@lru_cache(maxsize=8192)
def _opposites_of(key: str) -> tuple[str, ...]:
    with_prefix = [prefix + key for prefix in _PREFIXES]
    bare = [
        key.removeprefix(prefix)
        for prefix in _PREFIXES
        if key.startswith(prefix) and len(key) >= len(prefix) + 4
    ]
    return (*_listed().get(key, ()), *with_prefix, *bare)


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    pairs = [tuple(pair.split("/")) for pair in _OPPOSITES.split()]
    pairs += [(one, other) for one, others in OPPOSITES.items() for other in others]
    for one, other in {(stem(one), stem(other)) for one, other in pairs}:
        if one != other:
            table[one] = (*table.get(one, ()), other)
            table[other] = (*table.get(other, ()), one)
    return table


def _ends(text: str) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Where each movement of a text starts and ends, as stems that tell the two apart."""
    found = []
    for pattern in _PATH:
        for way in pattern.finditer(text):
            start, end = (
                frozenset(stem(word) for word in words(way[name]) if word not in STOP_WORDS)
                for name in ("start", "end")
            )
            found.append((start - end, end - start))
    return found
