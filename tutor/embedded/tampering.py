"""Makes wrong answers that look right, and right answers that look odd, out of right ones.

A grader that only counts words is fooled by the first kind and put off by the second. Graded answers of
learners hold too few of either to learn from.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tutor.conflicts import OPPOSITES
from vectorstore.words import STOP_WORDS

Change = Callable[[str, random.Random], str]
FEWEST_WORDS = 5
_AUXILIARIES = frozenset(
    "is are was were can will would could should must has have had does do did may might".split()
)
_DENIAL = re.compile(r"\b(?:not|never|no) ")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")
_THIRD_PERSON = re.compile(r"[a-z]{3,}s")
_BEFORE_NOUNS = frozenset("the a an of in and to some many several two three these those its their".split())
_RELATION = re.compile(
    r" (?:causes?|because|leads? to|before|after|produces?|needs?|requires?|contains?|makes?|depends? on"
    r"|(?:is|are) (?:greater|less|higher|lower|larger|smaller|bigger|longer|shorter) than) "
)
_HEDGES = (
    "I think ",
    "i believe ",
    "I guess ",
    "Basically, ",
    "well, ",
    "In my opinion, ",
    "It means that ",
    "From what I remember, ",
    "because ",
)
_REMARKS = (
    " That is how I understand it.",
    " I hope this is clear.",
    " We did this in class.",
    " This is important.",
)
_DENIALS = ("It is not true that ", "It is false that ", "It is not the case that ")


def wrong_answer(text: str, *, rng: random.Random) -> str:
    """Return ``text`` turned into something false or senseless, or "" where this change found no hold."""
    if len(text.split()) < FEWEST_WORDS:
        return ""
    made = rng.choice(WRONG)(text, rng)
    return "" if made.strip().casefold() == text.strip().casefold() else made


def odd_answer(text: str, *, question: str, rng: random.Random) -> str:
    """Return ``text`` said in a way that changes nothing about what it says."""
    if question and rng.random() < 0.1:
        return f"{question} {text}"
    return rng.choice(HARMLESS)(text, rng)


def shuffled(text: str, rng: random.Random) -> str:
    """All words in any order."""
    row = _row(text)
    return " ".join(rng.sample(row, len(row)))


def rearranged(text: str, rng: random.Random) -> str:
    """Whole phrases in another order."""
    row = _row(text)
    cuts = sorted(rng.sample(range(1, len(row)), min(rng.randint(2, 4), len(row) - 1)))
    parts = [row[start:end] for start, end in zip([0, *cuts], [*cuts, len(row)], strict=True)]
    rng.shuffle(parts)
    return " ".join(word for part in parts for word in part)


def keywords(text: str, rng: random.Random) -> str:
    """The content words side by side."""
    row = [word for word in map(_bare, text.split()) if word and word not in STOP_WORDS]
    if rng.random() < 0.5:
        rng.shuffle(row)
    return rng.choice([", ", " ", " and ", "; "]).join(row) if len(row) >= 3 else ""


def denied(text: str, rng: random.Random) -> str:
    """A "not" put in or taken out."""
    if _DENIAL.search(text):
        return _DENIAL.sub("", text, count=1)
    row = text.split()
    places = [at for at, word in enumerate(row) if word.casefold() in _AUXILIARIES]
    if places:
        at = rng.choice(places) + 1
        return " ".join([*row[:at], rng.choice(["not", "not", "never"]), *row[at:]])
    verbs = [
        at
        for at in range(1, len(row))
        if _THIRD_PERSON.fullmatch(row[at])
        and row[at] not in STOP_WORDS
        and row[at - 1].casefold() not in _BEFORE_NOUNS
    ]
    if verbs and rng.random() < 0.6:
        at = verbs[0]
        return " ".join([*row[:at], "does not", row[at][:-1], *row[at + 1 :]])
    return rng.choice(_DENIALS) + _lower_first(text)


def opposite(text: str, rng: random.Random) -> str:
    """One word replaced by its opposite."""
    row = text.split()
    places = [at for at, word in enumerate(row) if _bare(word) in OPPOSITES]
    if not places:
        return ""
    at = rng.choice(places)
    row[at] = row[at].casefold().replace(_bare(row[at]), rng.choice(OPPOSITES[_bare(row[at])]))
    return " ".join(row)


def other_number(text: str, rng: random.Random) -> str:
    """One number replaced by another."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return ""
    number = rng.choice(found)
    other = int(float(number.group())) + rng.choice([1, 2, 3, 5, 10])
    return f"{text[: number.start()]}{other}{text[number.end() :]}"


def exchanged(text: str, rng: random.Random) -> str:
    """Two content words in each other's place."""
    row = _row(text)
    places = [at for at, word in enumerate(row) if len(word) > 3 and _bare(word) not in STOP_WORDS]
    if len(places) < 3:
        return ""
    one, other = sorted(rng.sample(places, 2))
    row[one], row[other] = row[other], row[one]
    return " ".join(row) if other - one > 1 else ""


def turned(text: str, rng: random.Random) -> str:
    """What stands before and after a relation in each other's place."""
    text = text.rstrip(".")
    found = [one for one in _RELATION.finditer(text) if text[: one.start()] and text[one.end() :]]
    if not found:
        return ""
    relation = rng.choice(found)
    before, after = text[: relation.start()], text[relation.end() :]
    return f"{after[0].upper()}{after[1:]}{relation.group()}{_lower_first(before)}"


def hedged(text: str, rng: random.Random) -> str:
    """With a modest beginning."""
    return rng.choice(_HEDGES) + _lower_first(text)


def remarked(text: str, rng: random.Random) -> str:
    """With a remark at the end that says nothing."""
    return text + rng.choice(_REMARKS)


def mistyped(text: str, rng: random.Random) -> str:
    """With one or two typing errors in long words."""
    row = text.split()
    places = [at for at, word in enumerate(row) if len(word) > 4]
    for at in rng.sample(places, min(len(places), rng.randint(1, 2))):
        word, place = row[at], rng.randrange(1, len(row[at]) - 1)
        head, one, two, tail = word[:place], word[place], word[place + 1], word[place + 2 :]
        row[at] = rng.choice(
            [f"{head}{two}{tail}", f"{head}{two}{one}{tail}", f"{head}{one}{one}{two}{tail}"]
        )
    return " ".join(row)


def hurried(text: str, rng: random.Random) -> str:
    """Without most articles, in small letters."""
    row = [word for word in _row(text) if word.casefold() not in {"the", "a", "an"} or rng.random() < 0.3]
    return " ".join(row).casefold()


def loud(text: str, rng: random.Random) -> str:
    """In capitals."""
    return text.upper()


def listed(text: str, rng: random.Random) -> str:
    """As a bullet."""
    return f"{rng.choice('-*•')} {text}"


def unchanged(text: str, rng: random.Random) -> str:
    """As it is."""
    return text


WRONG: tuple[Change, ...] = (
    shuffled,
    rearranged,
    keywords,
    denied,
    denied,
    opposite,
    opposite,
    other_number,
    exchanged,
    turned,
)
HARMLESS: tuple[Change, ...] = (
    hedged,
    hedged,
    remarked,
    mistyped,
    mistyped,
    hurried,
    loud,
    listed,
    unchanged,
)


def _row(text: str) -> list[str]:
    return text.rstrip(".").split()


def _bare(word: str) -> str:
    return word.casefold().strip(".,;:!?\"'()")


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
