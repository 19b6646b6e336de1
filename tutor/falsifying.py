"""Makes sentences that say what a source says in other words, and sentences that say it falsely.

To choose a threshold and to count what the check of support lets through, both are needed in numbers. They
are made from a course's own sentences by rules that know nothing of the check, its word lists least of all:
the opposites here are a list of their own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from vectorstore.words import STOP_WORDS, words


@dataclass(frozen=True, slots=True)
class Made:
    """A sentence that was made from a source's, how, and whether the source still supports it."""

    source: str
    text: str
    kind: str
    is_true: bool


Change = Callable[[str], str | None]


def made_from(rows: Sequence[str], *, rng: random.Random) -> Iterator[Made]:
    """Yield what can be made from each sentence: one of each kind that its words allow.

    Parameters
    ----------
    rows
        Sentences in reading order; the neighbour of one is the next.
    """
    names = sorted({name for row in rows for name in _NAME.findall(row)})
    for at, row in enumerate(rows):
        for kind, change in _TRUE.items():
            yield from _made(row, change(row), kind, is_true=True)
        for kind, change in _FALSE.items():
            yield from _made(row, change(row), kind, is_true=False)
        yield from _made(row, _with_other_name(row, names, rng), "name", is_true=False)
        if at + 1 < len(rows):
            yield from _made(row, rows[at + 1], "neighbour's claim", is_true=False)
            yield from _made(row, _grafted(row, rows[at + 1]), "neighbour's predicate", is_true=False)


def _made(source: str, text: str | None, kind: str, *, is_true: bool) -> Iterator[Made]:
    if text and " ".join(text.split()) != " ".join(source.split()):
        yield Made(source, text, kind, is_true)


# --- in other words, and still true ----------------------------------------------------------------


def _table(text: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Read "pattern = replacement; ..." with whole words as patterns."""
    rows = (entry.split(" = ") for entry in " ".join(text.split()).split("; "))
    return tuple((re.compile(rf"\b(?:{pattern})\b", re.I), other) for pattern, other in rows)


_SAME = _table("""
    because = since; is called = is known as; are called = are known as; for example = for instance;
    begins? = starts; must = has to; exactly = precisely; makes = produces; gives = yields;
    needs = requires; quickly = rapidly; nearly = almost; part = portion; shows = demonstrates;
    big = large; keeps? = retains; every = each; does not = doesn't; is not = isn't; cannot = can't;
    twice as = two times as; get = obtain; helps = aids; stays = remains; also = as well;
    many = a lot of; end = finish; use = employ; way = manner; push = shove
""")
_LEADS = re.compile(
    r"^(?:for example|for instance|however|in other words|so|therefore|thus|of course|in fact|but|and|yet"
    r"|then|still|now),?\s+",
    re.I,
)
_ASIDE = re.compile(r",\s+which\s[^,;.]+(?=,)|\s+\([^)]*\)")
_REASON = re.compile(r"^(?P<one>[^,;:]+?),? because (?P<other>[^,;:]+)\.$")
_WHEN = re.compile(r"^(?P<word>When|If|Where)\s(?P<one>[^,;:]+), (?P<other>[^,;:]+)\.$")
_THIRD = "causes makes moves drives carries produces gives changes raises lowers sets"
_DOES = re.compile(
    r"^(?P<one>(?:The|A|An|Each|Every) (?:\w+ ){0,2}?\w+) (?P<does>" + _THIRD.replace(" ", "|") + r") "
    r"(?P<other>(?:the|a|an|its|their) (?:\w+ ){0,2}?\w+)(?P<rest>[.,;].*)$"
)
_DONE = dict(
    zip(
        _THIRD.split(),
        "caused made moved driven carried produced given changed raised lowered set".split(),
        strict=True,
    )
)
_DEFINES = re.compile(r"^(?P<one>(?:An?|The) [\w' -]{3,40}?) is (?P<other>the [^,;:]{15,})\.$")


def _other_words(row: str) -> str | None:
    text = row
    for plain, other in _SAME:
        text = _replaced(text, plain, other)
    return text if text != row else None


def _without_lead(row: str) -> str | None:
    found = _LEADS.match(row)
    return _capital(row[found.end() :]) if found else None


def _without_aside(row: str) -> str | None:
    text = _ASIDE.sub("", row)
    return text if len(words(text)) >= 5 else None


def _reason_first(row: str) -> str | None:
    found = _REASON.match(row)
    return f"Because {found['other']}, {_lower(found['one'])}." if found else None


def _condition_last(row: str) -> str | None:
    found = _WHEN.match(row)
    return f"{_capital(found['other'])} {found['word'].lower()} {found['one']}." if found else None


def _passive(row: str) -> str | None:
    found = _DOES.match(row)
    if not found:
        return None
    is_many = found["other"].endswith("s") and not found["other"].endswith("ss")
    told = f"{_capital(found['other'])} {'are' if is_many else 'is'} {_DONE[found['does']]} by"
    return f"{told} {_lower(found['one'])}{found['rest']}"


def _identity_turned(row: str) -> str | None:
    found = _DEFINES.match(row)
    return f"{_capital(found['other'])} is {_lower(found['one'])}." if found else None


def _first_clause(row: str) -> str | None:
    """The first of two clauses joined by ``and`` or a semicolon is told by both together."""
    found = re.match(r"^(?P<one>[^,;:]{25,})(?:;|, and)\s[^,;:]{15,}\.$", row)
    return f"{found['one']}." if found and not _LEADS.match(row) else None


_TRUE: dict[str, Change] = {
    "other words": _other_words,
    "lead left out": _without_lead,
    "aside left out": _without_aside,
    "reason first": _reason_first,
    "condition last": _condition_last,
    "passive": _passive,
    "identity turned": _identity_turned,
    "first of two": _first_clause,
}

# --- false ------------------------------------------------------------------------------------------

_OPPOSITES = """
    high low, higher lower, long short, longer shorter, fast slow, faster slower, loud quiet,
    strong weak, large small, larger smaller, more less, up down, rises falls, rise fall, before after,
    always never, same different, above below, heavy light, heavier lighter, increases decreases,
    open closed, inside outside, first last, begins ends, first second, near distant,
    forwards backwards, towards away, gains loses, thick thin, outer inner, odd even,
    simple complicated, rough smooth, add remove, local remote, include exclude, true false,
    mutable immutable, positive negative, left right, new old
"""
_OPPOSITE = {
    one: other for pair in _OPPOSITES.split(",") for one, other in (pair.split(), pair.split()[::-1])
}
_AUXILIARY = re.compile(r"\b(?P<verb>is|are|was|were|can|will|does|do|has)\b(?! not\b|n't)")
_NOT = re.compile(r"\s(?:not|never)\b")
_HEDGES = _table("""
    some = all; most = all; many = all; few = all; often = always; usually = always; sometimes = always;
    generally = always; may|might|could = must; nearly|almost = exactly; about(?= \\d) = exactly; can = must
""")
_DROPPED = re.compile(
    r"(?<!how )\b(?:usually|often|sometimes|nearly|almost|about(?= \d)|roughly|mostly|generally)\s+", re.I
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")
_INTEGER = re.compile(r"(?<![\w.])\d+(?![\w.]*\w)")
_UNITS = _table("""
    seconds? = minutes; hertz|Hz = decibels; metres? = kilometres; minutes? = hours; semitones? = octaves;
    cents = semitones; bytes? = megabytes; days? = years
""")


def _negated(row: str) -> str | None:
    if _NOT.search(row):
        return _NOT.sub("", row, count=1)
    found = _AUXILIARY.search(row)
    return f"{row[: found.end()]} not{row[found.end() :]}" if found else None


def _opposed(row: str) -> str | None:
    for found in re.finditer(r"[A-Za-z]+", row):
        other = _OPPOSITE.get(found.group().lower())
        if other:
            return f"{row[: found.start()]}{_cased(other, found.group())}{row[found.end() :]}"
    return None


def _other_number(row: str) -> str | None:
    found = _INTEGER.search(row)
    return f"{row[: found.start()]}{int(found.group()) * 2 + 1}{row[found.end() :]}" if found else None


def _other_unit(row: str) -> str | None:
    for unit, other in _UNITS:
        found = unit.search(row)
        if found and row[: found.start()].rstrip()[-1:].isdigit():
            return f"{row[: found.start()]}{other}{row[found.end() :]}"
    return None


def _over_generalised(row: str) -> str | None:
    for hedge, universal in _HEDGES:
        found = hedge.search(row)
        if found:
            return f"{row[: found.start()]}{_cased(universal, found.group())}{row[found.end() :]}"
    return None


def _hedge_dropped(row: str) -> str | None:
    text = _DROPPED.sub("", row, count=1)
    return _capital(text) if text != row else None


def _only_added(row: str) -> str | None:
    found = re.match(r"^(?P<one>[^,;:]+?\b(?:is|are|comes|depends|works|happens)\b)(?P<rest> .+)$", row)
    return f"{found['one']} only{found['rest']}" if found and " only" not in row else None


_COMPARES = re.compile(
    r"^(?P<one>(?:The|A|An) [\w ]{2,25}?) (?P<is>is \w+er) than (?P<other>(?:the|a|an) [\w ]+?)\.$"
)
_KIND_OF = re.compile(
    r"^(?P<one>An? [\w -]{3,30}?) is (?P<other>an? \w+(?: \w+)?)(?P<rest> (?:that|which|of) .+)\.$"
)


def _swapped(row: str) -> str | None:
    found = _DOES.match(row)
    if found:
        return f"{_capital(found['other'])} {found['does']} {_lower(found['one'])}{found['rest']}"
    than = re.match(
        r"^(?P<one>(?:The|A|An) [\w ]{2,25}?) (?P<is>is \w+er) than (?P<other>(?:the|a|an) [\w ]+?)\.$", row
    )
    return f"{_capital(than['other'])} {than['is']} than {_lower(than['one'])}." if than else None


def _kind_swapped(row: str) -> str | None:
    found = re.match(
        r"^(?P<one>An? [\w -]{3,30}?) is (?P<other>an? \w+(?: \w+)?)(?P<rest> (?:that|which|of) .+)\.$", row
    )
    return f"{_capital(found['other'])} is {_lower(found['one'])}{found['rest']}." if found else None


def _mistake_as_fact(row: str) -> str | None:
    found = re.search(r"\b(?:think|believe|assume|say) that (?P<claim>[^;:]{15,})\.$", row)
    return f"{_capital(found['claim'])}." if found else None


_FALSE: dict[str, Change] = {
    "negated": _negated,
    "antonym": _opposed,
    "number": _other_number,
    "unit": _other_unit,
    "over-generalised": _over_generalised,
    "hedge dropped": _hedge_dropped,
    "only added": _only_added,
    "roles swapped": _swapped,
    "kind swapped": _kind_swapped,
    "mistake as fact": _mistake_as_fact,
}


def _with_other_name(row: str, names: Sequence[str], rng: random.Random) -> str | None:
    found = _NAME.search(row)
    others = [name for name in names if name not in row]
    if not found or not others:
        return None
    return f"{row[: found.start()]}{rng.choice(others)}{row[found.end() :]}"


def _grafted(row: str, neighbour: str) -> str | None:
    """The subject of one sentence with what the next one says of another."""
    mine, theirs = _SUBJECT.match(row), _SUBJECT.match(neighbour)
    if not mine or not theirs or mine["one"].casefold() == theirs["one"].casefold():
        return None
    return f"{mine['one']} {theirs['rest']}"


_SUBJECT = re.compile(
    r"^(?P<one>(?:The|A|An|Each|Every) [\w -]{3,30}?) (?P<rest>(?:is|are|has|have|can|makes|gives) .+)$"
)


def _replaced(text: str, pattern: re.Pattern[str], other: str) -> str:
    return pattern.sub(lambda found: _cased(other, found.group()), text)


def _cased(text: str, like: str) -> str:
    return _capital(text) if like[:1].isupper() else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    is_word = text.split(maxsplit=1)[0].lower() in STOP_WORDS if text.split() else False
    return text[:1].lower() + text[1:] if is_word else text
