"""Whether a sentence is understood where it stands alone: what it calls "it" or "this" must be said in it."""

from __future__ import annotations

import re

from vectorstore.words import stem, stems, words

_OPENS = re.compile(
    r"^[\"“(]?(?:it|its|this|that|these|those|they|their|them|he|she|his|her|such|then|so|but|and|or|hence|thus"
    r"|therefore|however|also|both|either|neither|here|there|another|again|instead|otherwise|yet|still|now"
    r"|in other words|the same|for this|after that|the (?:other|others|first|second|last|former|latter)"
    r"|which|even so|to see why|in fact|in that case|more generally|similarly|likewise|as usual|unlike the"
    r"|out there|the most \w+ (?:is|are)|if (?:he|she|they))"
    r"\b",
    re.I,
)
# "The lowest note, however, lies ...": a sentence against another one.
_JOINS = re.compile(r"^(?:\S+ ){1,7}(?:however|though|therefore|thus|too|instead|also)\b", re.I)
_POINTS = re.compile(r"\b(?P<word>this|these|those|such)\b(?: (?P<noun>[^\W\d_]+))?", re.I)
# "After a second it has gained half a cycle": who?
_SOMEBODY = re.compile(
    r"^(?:(?:after|at|in|for|from|on|by|where|when|once|as|with)\b(?: [\w’'-]+){0,6},? )(?:it|they|he|she)\b",
    re.I,
)
_NO_NOUNS = frozenset("is are was were means that as one ones here".split())
_SAME_AS = re.compile(r"\bthe same (?P<noun>[^\W\d_]+)\b(?! as\b)", re.I)
_CLOSES = re.compile(
    r"\b(?:as well|(?<!one )here|too)[.!]$|\b(?:both|sum|all) of them\b(?!,? (?:are|is) )", re.I
)
_POINTS_AWAY = re.compile(
    r"\b(?:(?:next|previous|last|following|earlier|later) "
    r"(?:chapter|section|lesson|page|part|unit|discussion)"
    r"|see (?:also|the (?:section|chapter)|section|chapter|figure|table|below|above)"
    r"|(?:discussed|listed|mentioned|described|shown|given|seen|introduced) (?:above|below|earlier|before)"
    r"|as we (?:already |have )?(?:discussed|seen|said)|we have (?:already )?(?:seen|met|discussed)|figure \d"
    r"|fig\. ?\d|table \d|comes next|click|subscribe|as we saw|we will see|you will learn|continues under)\b",
    re.I,
)
_IS_ITS = re.compile(r"^(?:\S+ ){1,3}(?:is|are) (?:its|their) ", re.I)


def leans_back(text: str) -> bool:
    """Say whether ``text`` cannot be understood without the sentence before it.

    Examples
    --------
    >>> leans_back("This is why the note is heard."), leans_back("A note is heard.")
    (True, False)
    >>> leans_back("The solution for this problem is a file.")
    True
    >>> leans_back("Every file has a name, and this name is unique.")
    False
    >>> leans_back("A cold flute, however, plays flat.")
    True
    """
    if any(pattern.match(text) for pattern in (_OPENS, _JOINS, _SOMEBODY, _IS_ITS)) or _CLOSES.search(text):
        return True
    return any(
        not _was_said(found["noun"], text[: found.start()])
        for pattern in (_POINTS, _SAME_AS)
        for found in pattern.finditer(text)
    )


def points_away(text: str) -> bool:
    """Say whether a sentence speaks of another place in its source, which a lesson does not show.

    Examples
    --------
    >>> points_away("The method discussed above is slow."), points_away("The method is slow.")
    (True, False)
    """
    return bool(_POINTS_AWAY.search(text))


def is_fragment(text: str) -> bool:
    """Say whether a sentence begins in its middle, as the text beside a term or a command does.

    Examples
    --------
    >>> is_fragment("shows a list of all changes."), is_fragment("os.path is a module.")
    (True, False)
    """
    first = text.split(maxsplit=1)[0] if text.split() else ""
    return first[:1].islower() and not re.search(r"[._()/\d]|[a-z][A-Z]", first)


def names_any(text: str, names: tuple[str, ...]) -> bool:
    """Say whether a text names one of ``names``, whatever the form of its words."""
    said = set(stems(text))
    return any(set(stems(name)) <= said for name in names if stems(name))


def labelled(text: str, names: tuple[str, ...]) -> str:
    """Return a definition with the name before it, where it does not tell of what it speaks.

    Examples
    --------
    >>> labelled("A point that does not move.", ("node",))
    'Node: A point that does not move.'
    >>> labelled("A node is a point that does not move.", ("node",))
    'A node is a point that does not move.'
    """
    if names_any(text, names) or leans_back(text) or points_away(text):
        return text
    return f"{names[0][:1].upper()}{names[0][1:]}: {text}"


def without_label(text: str, names: tuple[str, ...]) -> str:
    """Return a sentence without the name that `labelled` has put before it."""
    for name in names:
        if text.casefold().startswith(f"{name.casefold()}: "):
            return text[len(name) + 2 :]
    return text


def _was_said(noun: str | None, before: str) -> bool:
    """Whether what "this ..." points to was named earlier in the sentence, or at least something was."""
    if noun is None or noun.casefold() in _NO_NOUNS:
        return len(words(before)) >= 5
    return stem(noun) in {stem(word) for word in words(before)}
